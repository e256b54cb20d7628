package proof

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// A mutant of a token is refused for what was changed: the token as it was is one
// that would be accepted, whatever job it is of.
func TestTheTokenBeforeItIsChanged(t *testing.T) {
	const text = `version: 1
issuers: {i: {kind: oidc, url: "https://issuer.example", audience: a}}
connections: {box: sandbox}
grants: [{id: g, issuer: i, match: {sub: s}, credential: {connection: box}}]
`
	p, findings, err := policy.Load(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{Dev: true})
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	now := time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC)
	for _, name := range identity.FixtureNames() {
		f, _ := identity.LookupFixture(name)
		for _, age := range []time.Duration{0, time.Minute, 24 * time.Hour} {
			issuer, grant := *p.Grants[0].Issuer, *p.Grants[0]
			issuer.Kind, issuer.Vocabulary, issuer.MaxTokenAge = f.Kind, identity.LookupKind(f.Kind), age
			grant.Issuer = &issuer
			e := examiner{maker: &maker{p: p, grant: &grant, now: now}, before: claimsOf(&policy.Test{}, f, &issuer), clock: now}
			if err := issuer.Check(e.fresh(), now); err != nil {
				t.Errorf("%s, accepted for %s: %v", f.Name, age, err)
			}
			for _, m := range e.tokenMutants() {
				if m.Fate != Denied {
					t.Errorf("%s, accepted for %s: %s: %s", f.Name, age, m.Mutant, m.Reason)
				}
			}
		}
	}
}
