package identity_test

import (
	"crypto"
	"fmt"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/secret"
)

// T1: the issuer's list says which algorithms are fine, never the token.
func TestT1AlgorithmIsNotTheTokensChoice(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	for _, alg := range []string{"none", "None", "", "HS256", "HS512", "RS384", "PS256", "ES256", "EdDSA", "rs256"} {
		_, err := verifier.Verify(t.Context(), sign(rsaKey(), header(alg, "k1"), text(w.claims(nil))), "")
		wantRefused(t, err, fmt.Sprintf("algorithm %q is not accepted", alg))
	}
	_, err := verifier.Verify(t.Context(), sign(rsaKey(), `{"kid":"k1"}`, text(w.claims(nil))), "")
	wantRefused(t, err, `algorithm "" is not accepted`)

	// Refused before anybody looks for a key: it must not cause a fetch.
	if n := w.jwksReads(); n != 0 {
		t.Errorf("%d reads of the key set", n)
	}
}

func TestAlgorithmsOfTheIssuer(t *testing.T) {
	for _, test := range []struct {
		alg    string
		key    crypto.Signer
		listed []string
		want   string
	}{
		{"RS256", rsaKey(), nil, ""},
		{"RS384", rsaKey(), []string{"RS384"}, ""},
		{"RS512", rsaKey(), []string{"RS512"}, ""},
		{"PS256", rsaKey(), []string{"RS256", "PS256"}, ""},
		{"ES256", p256Key(), []string{"ES256"}, ""},
		{"ES384", p384Key(), []string{"ES384"}, ""},
		{"EdDSA", edKey(), []string{"EdDSA"}, ""},
		{"RS256", rsaKey(), []string{"ES256", "RS384"}, "is not accepted"},
		{"HS256", rsaKey(), []string{"HS256", "RS256"}, "is not accepted"},
		{"none", rsaKey(), []string{"none", "RS256"}, "is not accepted"},
		{"RS256", p256Key(), []string{"RS256", "ES256"}, "named by kid"},
		{"ES256", rsaKey(), []string{"RS256", "ES256"}, "named by kid"},
		{"ES256", p384Key(), []string{"ES256", "ES384"}, "named by kid"},
		{"EdDSA", p256Key(), []string{"ES256", "EdDSA"}, "named by kid"},
	} {
		w := newWorld()
		w.issuer.Algorithms = test.listed
		w.publish(jwk("k1", test.key.Public()))
		_, err := w.verifier().Verify(t.Context(), sign(test.key, header(test.alg, "k1"), text(w.claims(nil))), "")
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s with %T, issuer's list %q: %v, want %q", test.alg, test.key, test.listed, err, test.want)
		}
	}
}

// T2, T12, S14: the header names one key of the issuer, and brings none along.
func TestT2T12Header(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	wantKind(t, verifier.Refresh(t.Context()), "")
	for head, reason := range map[string]string{
		`{"alg":"RS256"}`:                                                         "no kid",
		`{"alg":"RS256","kid":""}`:                                                "no kid",
		`{"alg":"RS256","kid":1}`:                                                 "no kid",
		`{"alg":"RS256","KID":"k1"}`:                                              "no kid",
		`{"alg":"RS256","kid":["k1"]}`:                                            "no kid",
		`{"alg":"RS256","kid":null}`:                                              "null",
		`{"alg":"RS256","kid":"k0","kid":"k1"}`:                                   `the name "kid" occurs twice`,
		`{"alg":"none","alg":"RS256","kid":"k1"}`:                                 `the name "alg" occurs twice`,
		`{"alg":"RS256","kid":"k1","crit":["exp"]}`:                               "crit is not accepted",
		`{"alg":"RS256","kid":"k1","crit":null}`:                                  "null",
		`{"alg":"RS256","kid":"k1","jku":"https://evil.example"}`:                 "jku is not accepted",
		`{"alg":"RS256","kid":"k1","x5u":"https://evil.example"}`:                 "x5u is not accepted",
		`{"alg":"RS256","kid":"k1","x5c":["MIIB"]}`:                               "x5c is not accepted",
		`{"alg":"RS256","kid":"k1","jwk":` + jwk("k1", otherKey().Public()) + `}`: "jwk is not accepted",
		`{"alg":"RS256","kid":"k1"} `:                                             "",
		`["RS256","k1"]`:                                                          "not an object",
	} {
		_, err := verifier.Verify(t.Context(), sign(rsaKey(), head, text(w.claims(nil))), "")
		if reason == "" {
			wantKind(t, err, "")
			continue
		}
		wantRefused(t, err, reason)
	}
}

// T1, T2: a signature counts only if it is by the key that kid names.
func TestSignatureIsThatOfTheNamedKey(t *testing.T) {
	w := newWorld()
	w.publish(jwk("k1", rsaKey().Public()), jwk("k2", otherKey().Public()))
	verifier := w.verifier()
	_, err := verifier.Verify(t.Context(), sign(otherKey(), header("RS256", "k2"), text(w.claims(nil))), "")
	wantKind(t, err, "")
	_, err = verifier.Verify(t.Context(), sign(otherKey(), header("RS256", "k1"), text(w.claims(nil))), "")
	wantRefused(t, err, "not that of the key named by kid")
}

// T5: size and shape are looked at before anything is taken apart.
func TestT5Shape(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	good := w.token(nil).Reveal()
	parts := strings.Split(good, ".")
	deep := strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000)
	for name, test := range map[string]struct{ token, reason string }{
		"empty":             {"", "three parts"},
		"periods":           {strings.Repeat(".", 16<<10), "three parts"},
		"too long":          {good + strings.Repeat("A", 16<<10), "longer than 16 KiB"},
		"too many periods":  {strings.Repeat(".", 1<<20), "longer than 16 KiB"},
		"two parts":         {parts[0] + "." + parts[1], "three parts"},
		"four parts":        {good + ".", "three parts"},
		"JSON form":         {`{"payload":"` + parts[1] + `"}`, "three parts"},
		"no header":         {"." + parts[1] + "." + parts[2], "header"},
		"no payload":        {parts[0] + ".." + parts[2], "payload"},
		"no signature":      {parts[0] + "." + parts[1] + ".", "no signature"},
		"padding":           {good + "==", "no signature"},
		"other alphabet":    {parts[0] + "." + parts[1] + "." + strings.Repeat("+", 342), "no signature"},
		"line break behind": {good + "\n", "line break"},
		"line break within": {parts[0] + "." + parts[1] + ".\r\n" + parts[2], "line break"},
		"space before":      {" " + good, "header"},
		"prefix":            {"Bearer " + good, "header"},
		"deep":              {sign(rsaKey(), header("RS256", "k1"), deep[:9000]).Reveal(), "nested deeper"},
		"duplicate claim":   {sign(rsaKey(), header("RS256", "k1"), `{"iss":"`+issuerURL+`","aud":"x","aud":"`+broker+`"}`).Reveal(), "occurs twice"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier.Verify(t.Context(), secret.New(test.token), "")
			wantRefused(t, err, test.reason)
		})
	}
	if n := w.jwksReads(); n != 0 {
		t.Errorf("%d reads of the key set", n)
	}
}

// T5: one signed text has one spelling, so a second one is not a second use.
func TestT5SpareBitsOfBase64AreZero(t *testing.T) {
	w := newWorld()
	good := w.token(nil).Reveal() // 256 bytes of signature leave four spare bits
	last := good[len(good)-1]
	respelt := good[:len(good)-1] + string(last+1)
	_, err := w.verifier().Verify(t.Context(), secret.New(respelt), "")
	wantRefused(t, err, "no signature in base64url")
}
