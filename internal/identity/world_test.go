package identity_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

const (
	issuerURL = "https://token.actions.example"
	broker    = "https://broker.example"
)

var (
	rsaKey   = sync.OnceValue(func() crypto.Signer { return newRSA(2048) })
	otherKey = sync.OnceValue(func() crypto.Signer { return newRSA(2048) })
	shortKey = sync.OnceValue(func() crypto.Signer { return newRSA(1024) })
	p256Key  = sync.OnceValue(func() crypto.Signer { return newEC(elliptic.P256()) })
	p384Key  = sync.OnceValue(func() crypto.Signer { return newEC(elliptic.P384()) })
	p521Key  = sync.OnceValue(func() crypto.Signer { return newEC(elliptic.P521()) })
	edKey    = sync.OnceValue(func() crypto.Signer { _, key, _ := ed25519.GenerateKey(rand.Reader); return key })
)

func newRSA(bits int) crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func newEC(curve elliptic.Curve) crypto.Signer {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// world is an issuer on an imaginary network, and the time of day.
type world struct {
	issuer identity.Issuer

	mu    sync.Mutex
	now   time.Time
	pages map[string]string // what the network answers, by URL
	reads map[string]int    // how often it was asked, by URL
	block chan struct{}     // where not nil, answers wait until it is closed
}

func newWorld() *world {
	w := &world{
		issuer: identity.Issuer{Name: "gh", Kind: "github", URL: issuerURL, Audience: broker},
		now:    time.Unix(1_790_000_000, 0),
		pages:  map[string]string{},
		reads:  map[string]int{},
	}
	w.discover(issuerURL, issuerURL+"/jwks")
	w.publish(jwk("k1", rsaKey().Public()))
	return w
}

func (w *world) discover(issuer, jwksURI string) {
	w.serve("/.well-known/openid-configuration", discovery(issuer, jwksURI))
}

func discovery(issuer, jwksURI string) string {
	return fmt.Sprintf(`{"issuer": %q, "jwks_uri": %q}`, issuer, jwksURI)
}

func (w *world) publish(keys ...string) {
	w.serve("/jwks", `{"keys": [`+strings.Join(keys, ",")+`]}`)
}

func (w *world) serve(path, page string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[issuerURL+path] = page
}

func (w *world) fetch(ctx context.Context, url string) ([]byte, error) {
	w.mu.Lock()
	w.reads[url]++
	page, there := w.pages[url]
	block := w.block
	w.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if !there {
		return nil, errors.New("connection refused")
	}
	return []byte(page), nil
}

func (w *world) jwksReads() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reads[issuerURL+"/jwks"]
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) verifier() *identity.Verifier {
	return identity.NewVerifier(identity.VerifierConfig{Issuers: []identity.Issuer{w.issuer}, Fetch: w.fetch, Now: w.clock})
}

// claims are those of a GitHub job, with changes; nil takes a claim away.
func (w *world) claims(changes map[string]any) map[string]any {
	now := w.clock().Unix()
	claims := map[string]any{
		"iss": w.issuer.URL, "aud": broker, "sub": "repo:acme/payments:ref:refs/heads/main", "jti": "2f0d6a6c",
		"iat": now, "nbf": now - 600, "exp": now + 300,
		"repository": "acme/payments", "repository_id": "456789", "repository_owner_id": "65",
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

// token is one by key k1 that is fine but for the changes.
func (w *world) token(changes map[string]any) secret.Value {
	return sign(rsaKey(), header("RS256", "k1"), text(w.claims(changes)))
}

func header(alg, kid string) string { return fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":%q}`, alg, kid) }

func text(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return string(payload)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// sign makes a token of any header and payload, by the algorithm that the
// header names, and RS256 where it names none that key can do.
func sign(key crypto.Signer, header, payload string) secret.Value {
	var head struct{ Alg string }
	_ = json.Unmarshal([]byte(header), &head)
	signed := encode(header) + "." + encode(payload)
	return secret.New(signed + "." + encode(string(signature(key, head.Alg, signed))))
}

func signature(key crypto.Signer, alg, signed string) []byte {
	hash := map[string]crypto.Hash{"384": crypto.SHA384, "512": crypto.SHA512}[strings.TrimLeft(alg, "RSPE")]
	if hash == 0 {
		hash = crypto.SHA256
	}
	digest := hash.New()
	digest.Write([]byte(signed))
	sum, opts := digest.Sum(nil), crypto.SignerOpts(hash)
	switch key.(type) {
	case ed25519.PrivateKey:
		sum, opts = []byte(signed), crypto.Hash(0)
	case *rsa.PrivateKey:
		if alg == "PS256" {
			opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		}
	}
	made, err := key.Sign(rand.Reader, sum, opts)
	if err != nil {
		panic(err)
	}
	if ec, ok := key.(*ecdsa.PrivateKey); ok {
		return pair(made, (ec.Curve.Params().BitSize+7)/8)
	}
	return made
}

// pair turns an ASN.1 signature into R and S one behind the other.
func pair(der []byte, size int) []byte {
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		panic(err)
	}
	return append(rs.R.FillBytes(make([]byte, size)), rs.S.FillBytes(make([]byte, size))...)
}

// jwk is a key as an issuer publishes it; more are members to add, as "use", "enc".
func jwk(kid string, key crypto.PublicKey, more ...string) string {
	raw, err := json.Marshal(jose.JSONWebKey{KeyID: kid, Key: key})
	if err != nil {
		panic(err)
	}
	members := map[string]any{}
	_ = json.Unmarshal(raw, &members)
	for n := 0; n < len(more); n += 2 {
		members[more[n]] = more[n+1]
	}
	return text(members)
}

// wantKind fails the test where err is not of that kind, which is "" for no error.
func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	got := fault.Kind("")
	if err != nil {
		got = fault.KindOf(err)
	}
	if got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

// wantRefused fails the test where err is not Untrusted for that reason.
func wantRefused(t *testing.T, err error, reason string) {
	t.Helper()
	wantKind(t, err, fault.Untrusted)
	if !strings.Contains(err.Error(), reason) {
		t.Fatalf("refused because %q, want %q", err, reason)
	}
}
