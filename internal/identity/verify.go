package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

// VerifierConfig is what a Verifier needs; Fetch and Now are required.
type VerifierConfig struct {
	Issuers []Issuer // with distinct URLs; of two with the same the first counts

	// Fetch returns the body of a 200. It follows no redirects, bounds what it
	// reads and obeys ctx.
	Fetch func(ctx context.Context, url string) ([]byte, error)

	Now func() time.Time

	// Started is set where uses of ID tokens are remembered in memory alone: older
	// tokens may have been used before, and are refused. Zero: they are not.
	Started time.Time
}

// Verifier tells genuine ID tokens of its issuers from all others. It is safe
// for concurrent use.
type Verifier struct {
	issuers []*keySet
	byURL   map[string]*trusted
	now     func() time.Time
	started time.Time
}

// trusted is an issuer ready to verify its tokens.
type trusted struct {
	Issuer
	keys *keySet
	oidc *oidc.Config
}

// NewVerifier returns a Verifier that has no keys yet: Refresh reads them, or
// the first token does.
func NewVerifier(config VerifierConfig) *Verifier {
	v := &Verifier{byURL: map[string]*trusted{}, now: config.Now, started: config.Started}
	for _, issuer := range config.Issuers {
		if v.byURL[issuer.URL] != nil {
			continue
		}
		keys := &keySet{issuer: issuer, fetch: config.Fetch, now: config.Now}
		v.issuers = append(v.issuers, keys)
		v.byURL[issuer.URL] = &trusted{issuer, keys, &oidc.Config{
			SupportedSigningAlgs: issuer.algorithms(),
			// go-oidc is content with one audience among several, takes exp without
			// leeway and ignores iat: checkAudience and checkTimes stand for these.
			SkipClientIDCheck: true,
			SkipExpiryCheck:   true,
			SkipIssuerCheck:   true,
		}}
	}
	return v
}

// Verify returns who the holder of an ID token for that audience is; "" is the
// issuer's own. Its errors are Untrusted, with a reason for the operator and not
// for the caller, or Unavailable where trying again may help. They show at most
// the beginning of unverified claims, and never the token.
func (v *Verifier) Verify(ctx context.Context, idToken secret.Value, audience string) (Identity, error) {
	t, err := parse(idToken.Reveal())
	if err != nil {
		return Identity{}, untrusted(err)
	}
	issuer, known := v.byURL[t.issuer]
	if !known {
		return Identity{}, untrusted(fmt.Errorf("issuer %s is not configured", show(t.issuer)))
	}
	if err = issuer.checkSignature(ctx, t); err != nil {
		return Identity{}, err
	}
	lifetime, id, err := issuer.examine(t.claims, cmp.Or(audience, issuer.Audience), v.now())
	if err != nil {
		return Identity{}, untrusted(err)
	}
	if lifetime.issued.Before(v.started) {
		return Identity{}, fault.New(fault.Unavailable, "ID token is older than this process, which cannot know whether it was used").After(time.Second)
	}
	return Identity{issuer.Issuer, t.claims, useKey(t, id), lifetime.end}, nil
}

func untrusted(err error) error { return fault.New(fault.Untrusted, "ID token: %w", err) }

func (i *trusted) checkSignature(ctx context.Context, t *token) error {
	// Before a key is looked for: a token that no key could verify must not cause a fetch.
	if !slices.Contains(i.oidc.SupportedSigningAlgs, t.alg) {
		return untrusted(fmt.Errorf("algorithm %s is not accepted", show(t.alg)))
	}
	key, err := i.keys.find(ctx, t.kid)
	if err != nil {
		return err
	}
	// The token goes without its payload, which go-oidc would copy rune by rune for
	// as long as the check of the signature takes.
	if _, err = oidc.NewVerifier(i.URL, signedBy{key, t}, i.oidc).Verify(ctx, t.detached); err != nil {
		return untrusted(fmt.Errorf("go-oidc says %s", show(err.Error())))
	}
	return nil
}

// signedBy is the oidc.KeySet of one token: the key that its kid names. go-oidc
// reads the payload that a key set hands out, not the one in the token.
type signedBy struct {
	key   publicKey
	token *token
}

// VerifySignature returns the payload of the token where the key signed it.
func (s signedBy) VerifySignature(_ context.Context, jwt string) ([]byte, error) {
	if jwt != s.token.detached || !s.key.verify(s.token.alg, []byte(s.token.signed), s.token.signature) {
		return nil, errors.New("it is not that of the key named by kid")
	}
	return s.token.payload, nil
}

// KeyStatus is what is known of one issuer's keys.
type KeyStatus struct {
	Issuer string    // its name
	Usable bool      // tokens can be verified with them
	Read   time.Time // when the issuer published them; zero: never
	Err    error     // why the last attempt to read them went wrong; nil where it did not
}

// Keys returns the state of every issuer's keys.
func (v *Verifier) Keys() []KeyStatus {
	all := make([]KeyStatus, len(v.issuers))
	for n, keys := range v.issuers {
		all[n] = keys.status()
	}
	return all
}

// Ready reports whether at least one issuer has usable keys.
func (v *Verifier) Ready() bool {
	return slices.ContainsFunc(v.Keys(), func(s KeyStatus) bool { return s.Usable })
}

// Refresh reads the keys of all issuers, whenever they were read last. Called
// more often than once in an hour it keeps tokens from waiting for that.
func (v *Verifier) Refresh(ctx context.Context) error {
	failures := make([]error, len(v.issuers))
	var all sync.WaitGroup
	for n, keys := range v.issuers {
		all.Go(func() { failures[n] = keys.refresh(ctx) })
	}
	all.Wait()
	return errors.Join(failures...)
}
