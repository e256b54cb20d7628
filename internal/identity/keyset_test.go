package identity_test

import (
	"crypto"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	failure, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("%v is no fault", err)
	}
	return failure.RetryAfter
}

// tokenBy is a good token by that key.
func (w *world) tokenBy(kid string, key crypto.Signer) secret.Value {
	return sign(key, header("RS256", kid), text(w.claims(nil)))
}

// T9: a new key counts from its first token on, and an old one not a moment
// longer than the issuer publishes it.
func TestT9Rotation(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	w.wantVerify(t, verifier, "k1", rsaKey(), "")

	w.pass(time.Minute)
	w.publish(jwk("k2", otherKey().Public()))
	w.wantVerify(t, verifier, "k2", otherKey(), "")
	w.pass(time.Minute)
	w.wantVerify(t, verifier, "k1", rsaKey(), fault.Untrusted)
}

func (w *world) wantVerify(t *testing.T, verifier *identity.Verifier, kid string, key crypto.Signer, want fault.Kind) {
	t.Helper()
	_, err := verifier.Verify(t.Context(), w.tokenBy(kid, key), "")
	wantKind(t, err, want)
}

// T9, S14: a withdrawn key is forgotten within the hour though no token asks.
func TestT9WithdrawnKeyIsForgotten(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	w.wantVerify(t, verifier, "k1", rsaKey(), "")
	w.publish(jwk("k2", otherKey().Public()))
	w.pass(59 * time.Minute)
	w.wantVerify(t, verifier, "k1", rsaKey(), "")
	w.pass(time.Minute)
	w.wantVerify(t, verifier, "k1", rsaKey(), fault.Untrusted)
}

// T9: a key set that cannot be used does not replace one that can, and one bad
// key does not spoil the others.
func TestT9BadKeySets(t *testing.T) {
	good := jwk("k2", otherKey().Public())
	for name, test := range map[string]struct {
		page string
		good bool
	}{
		"empty":             {`{"keys":[]}`, false},
		"no keys":           {`{}`, false},
		"not JSON":          {`<html>`, false},
		"short RSA":         {`{"keys":[` + jwk("k2", shortKey().Public()) + `]}`, false},
		"P-521":             {`{"keys":[` + jwk("k2", p521Key().Public()) + `]}`, false},
		"not of the list":   {`{"keys":[` + jwk("k2", p256Key().Public()) + `]}`, false},
		"EdDSA not listed":  {`{"keys":[` + jwk("k2", edKey().Public()) + `]}`, false},
		"symmetric":         {`{"keys":[{"kty":"oct","kid":"k2","k":"c2VjcmV0c2VjcmV0c2VjcmV0"}]}`, false},
		"for encryption":    {`{"keys":[` + jwk("k2", otherKey().Public(), "use", "enc") + `]}`, false},
		"other algorithm":   {`{"keys":[` + jwk("k2", otherKey().Public(), "alg", "RS512") + `]}`, false},
		"without kid":       {`{"keys":[` + jwk("", otherKey().Public()) + `]}`, false},
		"two keys, one kid": {`{"keys":[` + good + "," + jwk("k2", rsaKey().Public()) + `]}`, false},
		"the same twice":    {`{"keys":[` + good + "," + good + `]}`, true},
		"for signatures":    {`{"keys":[` + jwk("k2", otherKey().Public(), "use", "sig", "alg", "RS256") + `]}`, true},
		"one bad":           {`{"keys":[{"kty":"RSA","kid":"k3","n":"!"}, 1, null, {"kty":"?"},` + good + `]}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			verifier := w.verifier()
			w.wantVerify(t, verifier, "k1", rsaKey(), "")
			w.pass(time.Hour)
			w.serve("/jwks", test.page)
			// A good set replaces k1, a bad one leaves it.
			kept, came := fault.Kind(""), fault.Unavailable
			if test.good {
				kept, came = fault.Unavailable, ""
			}
			w.wantVerify(t, verifier, "k2", otherKey(), came)
			w.wantVerify(t, verifier, "k1", rsaKey(), kept)
		})
	}
}

// T10: what is held goes on while the issuer is down, for a day.
func TestT10StaleKeysLastADay(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	w.wantVerify(t, verifier, "k1", rsaKey(), "")
	w.mu.Lock()
	w.pages = nil
	w.mu.Unlock()

	w.pass(24*time.Hour - time.Second)
	w.wantVerify(t, verifier, "k1", rsaKey(), "")
	if status := verifier.Keys()[0]; !status.Usable || status.Err == nil || !verifier.Ready() {
		t.Errorf("status %+v", status)
	}
	w.pass(time.Second)
	w.wantVerify(t, verifier, "k1", rsaKey(), fault.Unavailable)
	if status := verifier.Keys()[0]; status.Usable || verifier.Ready() {
		t.Errorf("status %+v", status)
	}
	if err := verifier.Refresh(t.Context()); err == nil {
		t.Error("Refresh says that all is well")
	}
}

// T11, S14: tokens cause one read a minute, and meanwhile an unknown key may
// be one that the issuer took up since: that is not for the job to suffer from.
func TestT11UnknownKeysCauseOneReadAMinute(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	w.wantVerify(t, verifier, "k1", rsaKey(), "")
	w.pass(time.Minute)
	w.wantVerify(t, verifier, "evil", otherKey(), fault.Untrusted)
	w.pass(20 * time.Second)
	for range 100 {
		_, err := verifier.Verify(t.Context(), w.tokenBy("evil", otherKey()), "")
		wantKind(t, err, fault.Unavailable)
		if wait := retryAfter(t, err); wait != 40*time.Second {
			t.Fatalf("retry after %s", wait)
		}
	}
	if n := w.jwksReads(); n != 2 {
		t.Errorf("%d reads", n)
	}
	w.pass(40 * time.Second)
	w.publish(jwk("k1", rsaKey().Public()), jwk("evil", otherKey().Public()))
	w.wantVerify(t, verifier, "evil", otherKey(), "")
}

// T11, S14: a bad signature for a key that is held never causes a read.
func TestT11BadSignaturesCauseNoRead(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	w.wantVerify(t, verifier, "k1", rsaKey(), "")
	for range 10 {
		w.pass(2 * time.Minute)
		w.wantVerify(t, verifier, "k1", otherKey(), fault.Untrusted)
	}
	if n := w.jwksReads(); n != 1 {
		t.Errorf("%d reads", n)
	}
}

// T10, T11: an issuer that is down is asked once a minute too.
func TestT10IssuerThatIsDownIsLeftAlone(t *testing.T) {
	w := newWorld()
	delete(w.pages, issuerURL+"/jwks")
	verifier := w.verifier()
	for range 10 {
		_, err := verifier.Verify(t.Context(), w.tokenBy("k1", rsaKey()), "")
		wantKind(t, err, fault.Unavailable)
		if wait := retryAfter(t, err); wait != time.Minute {
			t.Fatalf("retry after %s", wait)
		}
	}
	if n := w.jwksReads(); n != 1 {
		t.Errorf("%d reads", n)
	}
}

func TestRefreshReadsAllIssuersAndSaysWhichFail(t *testing.T) {
	w := newWorld()
	dead := identity.Issuer{Name: "dead", Kind: "oidc", URL: "https://dead.example", Audience: broker}
	verifier := identity.NewVerifier(identity.VerifierConfig{Issuers: []identity.Issuer{dead, w.issuer, dead}, Fetch: w.fetch, Now: w.clock})
	if verifier.Ready() {
		t.Error("ready without keys")
	}
	err := verifier.Refresh(t.Context())
	if err == nil || !strings.Contains(err.Error(), dead.URL) || strings.Contains(err.Error(), issuerURL) {
		t.Errorf("error %v", err)
	}
	if !verifier.Ready() {
		t.Error("one issuer with keys is enough")
	}
	status := verifier.Keys()
	if len(status) != 2 || status[0].Usable || status[0].Err == nil || !status[1].Usable || !status[1].Read.Equal(w.clock()) {
		t.Errorf("status %+v", status)
	}
	w.pass(time.Second)
	_ = verifier.Refresh(t.Context())
	if n := w.jwksReads(); n != 2 {
		t.Errorf("%d reads", n)
	}
}

func TestClockThatIsPutBack(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	w.wantVerify(t, verifier, "k1", rsaKey(), "")
	w.pass(-48 * time.Hour)
	w.publish(jwk("k2", otherKey().Public()))
	w.wantVerify(t, verifier, "k1", rsaKey(), fault.Untrusted)
	w.wantVerify(t, verifier, "k2", otherKey(), "")
	w.pass(-48 * time.Hour)
	wantKind(t, verifier.Refresh(t.Context()), "")
	if n := w.jwksReads(); n != 3 {
		t.Errorf("%d reads", n)
	}
}
