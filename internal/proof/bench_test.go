package proof_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
)

// large is a policy of 1,000 grants with 3,000 tests.
func large(tb testing.TB) *policy.Policy {
	tb.Helper()
	var grants, tests strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&grants, "  - {id: g%d, issuer: gh, match: {repository_id: \"%d\", ref: refs/heads/main, event_name: [push, workflow_dispatch], workflow_ref: {glob: \"acme/payments/.github/workflows/*.yml@refs/heads/main\"}}, credential: {connection: box}}\n", i, i+1)
		set := fmt.Sprintf("set: {repository_id: \"%d\"}, request: {grant: g%d}", i+1, i)
		fmt.Fprintf(&tests, "  - {name: a%d, from: github/push, %s, expect: allow}\n", i, set)
		fmt.Fprintf(&tests, "  - {name: b%d, from: github/fork, %s, expect: deny}\n", i, set)
		fmt.Fprintf(&tests, "  - {name: c%d, from: github/push, request: {grant: g%d}, expect: deny, why: match.repository_id}\n", i, i)
	}
	return loadText(tb, head+grants.String()+"tests:\n"+tests.String())
}

func BenchmarkTests(b *testing.B) {
	p := large(b)
	for b.Loop() {
		proof.Run(p, p.Tests, now)
	}
}

func BenchmarkCoverage(b *testing.B) {
	p := large(b)
	results := proof.Run(p, p.Tests, now)
	for b.Loop() {
		proof.Cover(p, results)
	}
}

func BenchmarkNearMiss(b *testing.B) {
	p := large(b)
	results := proof.Run(p, p.Tests, now)
	for b.Loop() {
		proof.Mutate(p, results, now)
	}
}
