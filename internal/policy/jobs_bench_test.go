package policy

import (
	"testing"
)

// pairOf is a policy of two grants that differ in their matches.
func pairOf(tb testing.TB, first, second string) (a, b Jobs) {
	tb.Helper()
	p := mustLoad(tb, `version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: 1342004}}
connections: {box: sandbox}
grants:
  - {id: a, issuer: gh, match: `+first+`, credential: {connection: box}}
  - {id: b, issuer: gh, match: `+second+`, credential: {connection: box}}
`)
	return p.Grants[0].Jobs(), p.Grants[1].Jobs()
}

const (
	mainBranch    = `{repository_id: "456789", ref: refs/heads/main, event_name: [push, workflow_dispatch], runner_environment: github-hosted}`
	developBranch = `{repository_id: "456789", ref: refs/heads/develop, event_name: [push, workflow_dispatch], runner_environment: github-hosted}`
	releases      = `{repository_id: "456789", ref: {glob: "refs/heads/release/*"}, event_name: push}`
	hotfixes      = `{repository_id: "456789", ref: {glob: "refs/heads/*/hotfix"}, event_name: push}`
	features      = `{repository_id: "456789", ref: {glob: "refs/heads/feature-*/x"}, event_name: push}`
)

func TestLiteralsAreComparedWithoutAllocation(t *testing.T) {
	a, b := pairOf(t, mainBranch, developBranch)
	if n := testing.AllocsPerRun(100, func() {
		if !a.Overlaps(b).None() {
			t.Fatal("they overlap")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkJobs(b *testing.B) {
	for _, c := range []struct {
		name, first, second string
		overlap             bool
	}{
		{"literals", mainBranch, developBranch, false},
		{"same", mainBranch, mainBranch, true},
		{"globs", releases, hotfixes, true},
		{"globs apart", releases, features, false},
	} {
		x, y := pairOf(b, c.first, c.second)
		b.Run(c.name+"/overlap", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if a := x.Overlaps(y); a.None() == c.overlap || a.Unsure {
					b.Fatal(a)
				}
			}
		})
		b.Run(c.name+"/inside", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Without(y).Find()
			}
		})
		b.Run(c.name+"/any", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Without(y).FindAny()
			}
		})
	}
}

func BenchmarkPairs(b *testing.B) {
	p := thousandGrants(b)
	b.ReportAllocs()
	for b.Loop() {
		for range Pairs(p.Grants) {
			b.Fatal("a pair")
		}
	}
}
