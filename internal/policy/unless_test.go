package policy

import (
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/identity"
)

// oneGrant is a policy of one grant.
func oneGrant(match, rest string) string {
	return `version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: 1342004}}
connections: {sonar: sonarqube, jf: artifactory, box: sandbox}
grants:
  - id: g
    issuer: gh
    match: ` + match + `
    credential: {connection: box}
` + rest
}

// S19: unless denies what fits, what is absent, and what has another type.
func TestS19Unless(t *testing.T) {
	p := mustLoad(t, oneGrant(`{repository_id: "456789", ref: {glob: "refs/**/*"}, environment: release}`, `    unless:
      - {actor: "Dependabot[bot]"}
      - {ref: {glob: "refs/heads/wip/**"}, run_id: "1"}
`))
	for name, c := range map[string]struct {
		claims identity.Claims
		failed string
	}{
		"neither block fits":     {push(), ""},
		"first block":            {push("actor", "dependabot[bot]"), "unless[0]"},
		"first block, absent":    {push("actor", nil), "unless[0]"},
		"first block, empty":     {push("actor", ""), "unless[0]"},
		"first block, wrong":     {push("actor", []any{"x"}), "unless[0]"},
		"first block, too long":  {push("actor", strings.Repeat("x", maxClaim+1)), "unless[0]"},
		"half of the second":     {push("ref", "refs/heads/wip/a"), ""},
		"second block":           {push("ref", "refs/heads/wip/a", "run_id", "1"), "unless[1]"},
		"second block, absent":   {push("run_id", nil), "unless[1]"},
		"second, case of a ref":  {push("ref", "refs/heads/WIP/a", "run_id", "1"), ""},
		"both":                   {push("actor", nil, "run_id", nil), "unless[0] unless[1]"},
		"match, claim too long":  {push("ref", "refs/heads/"+strings.Repeat("x", maxClaim)), "match.ref unless[1]"},
		"P16: unless looks away": {push("environment", "staging"), "match.environment"},
	} {
		claims := c.claims
		if _, set := claims["environment"]; !set {
			claims["environment"] = "release"
		}
		if got := strings.Join(p.Evaluate(gh, claims, "g", today).Failed(), " "); got != c.failed {
			t.Errorf("%s: failed %q, want %q", name, got, c.failed)
		}
	}
}
