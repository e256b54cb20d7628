// Package issuer plays the OIDC issuer of a CI system and the token endpoint of
// its runners, for the demo and for tests. Its keys live in its process.
package issuer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"sync"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

// Config describes an issuer; Now is required.
type Config struct {
	URL  string // under which it is served, and iss of its tokens
	Keys int    // how many it goes through by Rotate; 0: one
	Now  func() time.Time
}

// Issuer signs ID tokens, and serves as GitHub's issuer and runner service do.
// It is safe for concurrent use.
type Issuer struct {
	URL string // may be set until the first use, where only the listener knows it
	now func() time.Time

	mu   sync.Mutex
	keys []*rsa.PrivateKey // the first one signs and is published, alone
	jobs []Job
}

// Job is a running job of the CI system.
type Job struct {
	RequestURL   string       // as in ACTIONS_ID_TOKEN_REQUEST_URL: it has a query already
	RequestToken secret.Value // as in ACTIONS_ID_TOKEN_REQUEST_TOKEN
	claims       identity.Claims
}

// New returns an issuer with fresh keys, each of which takes about 100 ms to make.
func New(config Config) (*Issuer, error) {
	i := &Issuer{URL: config.URL, now: config.Now}
	for range max(config.Keys, 1) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("make a signing key: %w", err)
		}
		i.keys = append(i.keys, key)
	}
	return i, nil
}

// StartJob returns a job whose ID tokens carry the given claims beside those
// that Sign adds.
func (i *Issuer) StartJob(claims identity.Claims) Job {
	job := Job{i.URL + "/token?api-version=2.0", secret.New(rand.Text()), identity.Claims{}}
	maps.Copy(job.claims, claims)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.jobs = append(i.jobs, job)
	return job
}

// Rotate withdraws the key in use for the next one; after the last the first
// comes again.
func (i *Issuer) Rotate() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys[1:], i.keys[0])
}

// key returns the key in use and its kid.
func (i *Issuer) key() (*rsa.PrivateKey, string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	sum := sha256.Sum256(i.keys[0].N.Bytes())
	return i.keys[0], encode(sum[:12])
}

// Sign returns an ID token with the given claims. It adds iss, a fresh jti and
// the times as GitHub sets them, each where claims has no such name; a claim
// that is nil is left out. It panics where JSON has no form for a claim.
func (i *Issuer) Sign(claims identity.Claims) secret.Value {
	now := i.now().Unix()
	all := identity.Claims{"iss": i.URL, "jti": rand.Text(), "iat": now, "nbf": now - 600, "exp": now + 300}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })

	key, kid := i.key()
	signed := encode(mustJSON(map[string]string{"alg": "RS256", "typ": "JWT", "kid": kid})) + "." + encode(mustJSON(all))
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic("sign an ID token: " + err.Error())
	}
	return secret.New(signed + "." + encode(signature))
}

// jwks lists the public half of the key in use (RFC 7517).
func (i *Issuer) jwks() map[string]any {
	key, kid := i.key()
	n, e := encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes())
	return map[string]any{"keys": []map[string]string{{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e}}}
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func mustJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic("write JSON: " + err.Error())
	}
	return text
}
