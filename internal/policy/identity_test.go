package policy

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

// verified makes claims an Identity: it signs them as GitHub would and verifies
// the token.
func verified(tb testing.TB, p *Policy, claims identity.Claims) identity.Identity {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	full := maps.Clone(claims)
	maps.Copy(full, identity.Claims{
		"iss": gh, "aud": p.Issuers()[0].Audience, "jti": "1", "sub": "x",
		"iat": today.Unix() - 5, "nbf": today.Unix() - 5, "exp": today.Unix() + 300,
	})
	encode := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := encode(map[string]any{"alg": "RS256", "kid": "k", "typ": "JWT"}) + "." + encode(full)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		tb.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	v := identity.NewVerifier(identity.VerifierConfig{
		Issuers: p.Issuers(), Now: func() time.Time { return today },
		Fetch: func(_ context.Context, url string) ([]byte, error) {
			if strings.HasSuffix(url, "openid-configuration") {
				return fmt.Appendf(nil, `{"issuer":%q,"jwks_uri":%q}`, gh, gh+"/jwks"), nil
			}
			return fmt.Appendf(nil, `{"keys":[{"kty":"RSA","kid":"k","use":"sig","alg":"RS256","n":%q,"e":%q}]}`,
				b64(key.N.Bytes()), b64(big.NewInt(int64(key.E)).Bytes())), nil
		},
	})
	id, err := v.Verify(tb.Context(), secret.New(signed+"."+b64(signature)), "")
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func TestDecideOnVerifiedIdentity(t *testing.T) {
	p := acme(t)
	id := verified(t, p, push())
	if d := p.Decide(id, "payments/sonar", today); !d.Allowed || !d.Known || !d.Pinned || d.Grant.ID != "payments/sonar" {
		t.Errorf("%+v", d)
	}
	if d := p.Decide(id, "payments/publish", today); d.Allowed || !d.Pinned || len(d.Failed) == 0 {
		t.Errorf("%+v", d)
	}
	if ids := p.GrantsOf(id); len(ids) != 3 {
		t.Errorf("grants of the job: %v", ids)
	}
}

// P22: who proved nothing gets nothing.
func TestP22ZeroIdentity(t *testing.T) {
	p := acme(t)
	for _, g := range p.Grants {
		if d := p.Decide(identity.Identity{}, g.ID, today); d.Allowed || d.Pinned {
			t.Errorf("%s: %+v", g.ID, d)
		}
	}
	if ids := p.GrantsOf(identity.Identity{}); ids != nil {
		t.Errorf("grants of nobody: %v", ids)
	}
}

func TestDecideAllocatesNothing(t *testing.T) {
	p := thousandGrants(t)
	id := verified(t, p, push("repository_id", "500"))
	if !p.Decide(id, "g500", today).Allowed {
		t.Fatal("denied")
	}
	if n := testing.AllocsPerRun(100, func() { p.Decide(id, "g500", today) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecide(b *testing.B) {
	p := thousandGrants(b)
	id := verified(b, p, push("repository_id", "500"))
	b.ReportAllocs()
	for b.Loop() {
		p.Decide(id, "g500", today)
	}
}

func BenchmarkDecideDenied(b *testing.B) {
	p := thousandGrants(b)
	id := verified(b, p, push("repository_id", "501"))
	b.ReportAllocs()
	for b.Loop() {
		p.Decide(id, "g500", today)
	}
}

// thousandText is a policy of a thousand grants.
func thousandText() string {
	var b strings.Builder
	b.WriteString(`version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: 1342004}}
connections: {sonar: sonarqube}
grants:
`)
	for i := range 1000 {
		fmt.Fprintf(&b, `  - id: g%[1]d
    issuer: gh
    match:
      repository_id: "%[1]d"
      ref: {glob: ["refs/heads/release/**", "refs/heads/ma*"]}
      event_name: [push, workflow_dispatch]
      runner_environment: github-hosted
    unless: [{actor: mallory}]
    credential: {connection: sonar, project: "payments-%[1]d", permissions: [scan]}
    expires: 2030-01-01
`, i+1)
	}
	return b.String()
}

func thousandGrants(tb testing.TB) *Policy {
	tb.Helper()
	return mustLoad(tb, thousandText())
}
