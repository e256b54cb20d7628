package identity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

func mustVerify(t *testing.T, w *world, token secret.Value) identity.Identity {
	t.Helper()
	got, err := w.verifier().Verify(t.Context(), token, "")
	wantKind(t, err, "")
	return got
}

// S15, T3: a use is that of issuer and jti, whatever else the token says.
func TestS15UseKeyIsOfIssuerAndID(t *testing.T) {
	w := newWorld()
	first := mustVerify(t, w, w.token(nil))
	again := mustVerify(t, w, w.token(map[string]any{"exp": w.clock().Unix() + 299}))
	other := mustVerify(t, w, w.token(map[string]any{"jti": "2f0d6a6d"}))
	if first.UseKey() != again.UseKey() || first.UseKey() == other.UseKey() || first.UseKey() == [32]byte{} {
		t.Errorf("keys %x, %x, %x", first.UseKey(), again.UseKey(), other.UseKey())
	}
	w.issuer.URL = issuerURL + "/acme"
	w.issuer.JWKSURL = issuerURL + "/jwks"
	if elsewhere := mustVerify(t, w, w.token(nil)); elsewhere.UseKey() == first.UseKey() {
		t.Error("two issuers share a key")
	}
}

// S15: CI systems send a jti; without one the signed text stands for the token,
// because anybody can make a second valid ECDSA signature out of a first.
func TestS15TokensWithoutID(t *testing.T) {
	w := newWorld()
	for _, jti := range []any{nil, "", 1, true, []any{"x"}} {
		_, err := w.verifier().Verify(t.Context(), w.token(map[string]any{"jti": jti}), "")
		wantRefused(t, err, "jti")
	}

	w.issuer.Kind, w.issuer.Algorithms = "oidc", []string{"ES256"}
	w.publish(jwk("k1", p256Key().Public()))
	payload := text(w.claims(map[string]any{"jti": nil}))
	one := sign(p256Key(), header("ES256", "k1"), payload)
	two := sign(p256Key(), header("ES256", "k1"), payload)
	if one.Equal(two) {
		t.Fatal("the two signatures are the same")
	}
	key := mustVerify(t, w, one).UseKey()
	if key != mustVerify(t, w, two).UseKey() {
		t.Error("another signature makes another use")
	}
	later := text(w.claims(map[string]any{"jti": "", "exp": w.clock().Unix() + 299}))
	if key == mustVerify(t, w, sign(p256Key(), header("ES256", "k1"), later)).UseKey() {
		t.Error("another token is the same use")
	}
	named := text(w.claims(map[string]any{"jti": strings.Split(one.Reveal(), ".")[0]}))
	if key == mustVerify(t, w, sign(p256Key(), header("ES256", "k1"), named)).UseKey() {
		t.Error("a jti can stand for a token without one")
	}
	_, err := w.verifier().Verify(t.Context(), sign(p256Key(), header("ES256", "k1"), text(w.claims(map[string]any{"jti": 1}))), "")
	wantRefused(t, err, "jti is not a string")
}

// S15, T3: what is remembered until UsableUntil is refused from then on.
func TestS15UsableUntilIsWhenVerifyRefuses(t *testing.T) {
	for name, changes := range map[string]map[string]any{
		"by exp": nil,
		"by age": {"exp": int64(1_790_086_400)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			token, start := w.token(changes), w.clock()
			until := mustVerify(t, w, token).UsableUntil()
			want := map[string]time.Duration{"by exp": 6 * time.Minute, "by age": 11 * time.Minute}[name]
			if got := until.Sub(start); got != want {
				t.Fatalf("usable for %s, want %s", got, want)
			}
			w.pass(until.Sub(start) - time.Nanosecond)
			mustVerify(t, w, token)
			w.pass(time.Nanosecond)
			_, err := w.verifier().Verify(t.Context(), token, "")
			wantKind(t, err, fault.Untrusted)
		})
	}
}

// S15, T3: a process that remembers uses in memory cannot know those before it.
func TestS15TokensOlderThanTheProcess(t *testing.T) {
	w := newWorld()
	verifier := identity.NewVerifier(identity.VerifierConfig{
		Issuers: []identity.Issuer{w.issuer}, Fetch: w.fetch, Now: w.clock, Started: w.clock().Add(500 * time.Millisecond),
	})
	old := w.token(nil)
	w.pass(time.Second)
	_, err := verifier.Verify(t.Context(), old, "")
	wantKind(t, err, fault.Unavailable)
	if wait := retryAfter(t, err); wait != time.Second {
		t.Errorf("retry after %s", wait)
	}
	_, err = verifier.Verify(t.Context(), w.token(nil), "")
	wantKind(t, err, "")
	_, err = verifier.Verify(t.Context(), sign(otherKey(), header("RS256", "k1"), text(w.claims(map[string]any{"iat": w.clock().Unix() - 5}))), "")
	wantKind(t, err, fault.Untrusted)
}

func TestNobodyHasNoIssuer(t *testing.T) {
	var nobody identity.Identity
	if nobody.Issuer().Name != "" || nobody.Claims() != nil || !nobody.UsableUntil().IsZero() {
		t.Errorf("the zero Identity is %v", nobody)
	}
}
