package compare_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/compare"
)

// thousand is a policy with a thousand grants.
func thousand(ref string) string {
	var b strings.Builder
	b.WriteString(`version: 1
issuers: {gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: "1"}}}
connections: {sonar: sonarqube}
grants:
`)
	for i := range 1000 {
		fmt.Fprintf(&b, `  - id: g%d
    issuer: gh
    match: {repository_id: "%d", ref: %s, event_name: [push, workflow_dispatch], workflow_ref: {glob: "a/b%d/.github/workflows/*@refs/heads/main"}}
    credential: {connection: sonar, project: p, permissions: [scan]}
`, i, 1000+i, ref, i)
	}
	return b.String()
}

// Every grant is the same; every grant admits another ref.
func BenchmarkPolicies(b *testing.B) {
	before := parse(b, thousand("refs/heads/main"), "")
	for name, ref := range map[string]string{"same": "refs/heads/main", "wider": `{glob: "refs/heads/*"}`} {
		after := parse(b, thousand(ref), "")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				compare.Policies(before, after, today)
			}
		})
	}
}
