package identity_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

func TestVerifiedTokenSaysWhoTheJobIs(t *testing.T) {
	w := newWorld()
	got, err := w.verifier().Verify(t.Context(), w.token(nil), "")
	wantKind(t, err, "")
	want, _ := identity.DecodeClaims([]byte(text(w.claims(nil))))
	if diff := cmp.Diff(want, got.Claims()); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if got.Issuer().Name != "gh" {
		t.Errorf("issuer %q", got.Issuer().Name)
	}
}

// P10: the issuer is one of the list, to the letter; T7: nothing is read from
// where a token says.
func TestP10IssuerIsExact(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	for _, iss := range []any{
		issuerURL + "/", issuerURL + "/acme", issuerURL + ".evil.example", strings.ToUpper(issuerURL), "https://token.actions.exampl",
		"http://token.actions.example", " " + issuerURL, "https://evil.example", "", 1, nil,
		[]any{issuerURL},
	} {
		_, err := verifier.Verify(t.Context(), w.token(map[string]any{"iss": iss}), "")
		wantKind(t, err, fault.Untrusted)
	}
	_, err := verifier.Verify(t.Context(), sign(rsaKey(), header("RS256", "k1"), `{"ISS":"`+issuerURL+`"}`), "")
	wantRefused(t, err, "no iss")
	if len(w.reads) != 0 {
		t.Errorf("read %v", w.reads)
	}
}

// P11: the keys of one issuer do not vouch for another.
func TestP11KeysBelongToTheirIssuer(t *testing.T) {
	w := newWorld()
	forge := w.issuer
	forge.Name, forge.URL, forge.JWKSURL = "forge", "https://forge.example", issuerURL+"/forge"
	w.serve("/forge", `{"keys":[`+jwk("k1", otherKey().Public())+`]}`)
	verifier := identity.NewVerifier(identity.VerifierConfig{Issuers: []identity.Issuer{w.issuer, forge}, Fetch: w.fetch, Now: w.clock})

	_, err := verifier.Verify(t.Context(), sign(otherKey(), header("RS256", "k1"), text(w.claims(map[string]any{"iss": forge.URL}))), "")
	wantKind(t, err, "")
	_, err = verifier.Verify(t.Context(), sign(otherKey(), header("RS256", "k1"), text(w.claims(nil))), "")
	wantRefused(t, err, "named by kid")
}

// P20: claims that nobody has seen before do not matter here.
func TestP20UnknownClaims(t *testing.T) {
	w := newWorld()
	got, err := w.verifier().Verify(t.Context(), w.token(map[string]any{"issuer_scope": "enterprise", "new": []any{1, true}}), "")
	wantKind(t, err, "")
	if _, there := got.Claims().Text("issuer_scope"); !there {
		t.Error("the claim is missing")
	}
}

// The reasons are for the operator's log: short, in one line, without the token.
func TestReasonsDoNotShowTheToken(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	long := strings.Repeat("A\n\x1b", 300) // below the bound on tokens
	for _, token := range []secret.Value{
		w.token(map[string]any{"aud": "other"}),
		w.token(map[string]any{"aud": long}),
		w.token(map[string]any{"iss": long}),
		w.token(map[string]any{"jti": nil}),
		w.token(map[string]any{"sub": 1}),
		w.token(map[string]any{"exp": long}),
		sign(rsaKey(), header("RS256", long), text(w.claims(nil))),
		sign(rsaKey(), header(long, "k1"), text(w.claims(nil))),
		sign(rsaKey(), header("RS256", "k1"), `{"`+long+`"`),
		sign(otherKey(), header("RS256", "k1"), text(w.claims(nil))),
		secret.New("Bearer " + w.token(nil).Reveal()),
	} {
		_, err := verifier.Verify(t.Context(), token, "")
		wantKind(t, err, fault.Untrusted)
		reason := err.Error()
		if len(reason) > 500 || strings.ContainsAny(reason, "\n\x1b") {
			t.Errorf("reason %q", reason)
		}
		for part := range strings.SplitSeq(token.Reveal(), ".") {
			if strings.Contains(reason, part[:min(len(part), 20)]) {
				t.Errorf("reason %q shows a part of the token", reason)
			}
		}
	}
}

// Check agrees with Verify on every genuine token.
func TestCheckIsVerify(t *testing.T) {
	w := newWorld()
	v := w.verifier()
	for name, changes := range map[string]map[string]any{
		"as it should be":  nil,
		"another issuer":   {"iss": "https://other.example"},
		"another audience": {"aud": "https://other.example"},
		"two audiences":    {"aud": []any{broker, "x"}},
		"stale":            {"iat": w.now.Unix() - 661, "exp": w.now.Unix() + 9999},
		"nearly stale":     {"iat": w.now.Unix() - 659, "exp": w.now.Unix() + 9999},
		"expired":          {"exp": w.now.Unix() - 61},
		"from the future":  {"iat": w.now.Unix() + 61},
		"no id":            {"jti": nil},
	} {
		payload, err := identity.DecodeClaims([]byte(text(w.claims(changes))))
		if err != nil {
			t.Fatal(err)
		}
		_, refused := v.Verify(t.Context(), w.token(changes), "")
		if got := w.issuer.Check(payload, w.now); (got == nil) != (refused == nil) {
			t.Errorf("%s: Check says %v, Verify %v", name, got, refused)
		}
	}
}
