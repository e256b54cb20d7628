package lint

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/autoken/autoken/internal/policy"
)

// thousand is a policy of a thousand grants, in twenty repositories each the same
// number.
func thousand() string {
	var b strings.Builder
	b.WriteString(`version: 1
issuers:
  gh:
    kind: github
    url: https://token.actions.githubusercontent.com
    audience: https://autoken.acme.example
    max_token_age: 10m
    require: {repository_owner_id: "1342004"}
connections: {sonar: sonarqube, jf: artifactory}
grants:
`)
	for i := range 1000 {
		fmt.Fprintf(&b, `  - id: g%[1]d
    owner: "@acme/platform"
    issuer: gh
    match:
      repository_id: "%[2]d"
      repository: acme/r%[2]d
      ref: {glob: ["refs/heads/release-%[3]d/*", "refs/heads/hotfix-%[3]d*"]}
      event_name: [push, workflow_dispatch]
    unless: [{actor_id: "17"}]
    credential: {connection: sonar, project: "payments-%[2]d", permissions: [scan]}
`, i, i/50+1, i%50)
	}
	return b.String()
}

func draftOfThousand(tb testing.TB) *policy.Draft {
	tb.Helper()
	draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(thousand())}}, ".", policy.Options{})
	if err != nil || len(draft.Findings) > 0 {
		tb.Fatal(err, draft.Findings)
	}
	return draft
}

// A thousand grants, of which each has forty-nine others in its repository with
// the same credential, are looked at in well under half a second.
func BenchmarkLint(b *testing.B) {
	draft := draftOfThousand(b)
	b.ReportAllocs()
	for b.Loop() {
		Run(draft, Options{Now: pageDay})
	}
}

func TestAThousandGrantsAreFast(t *testing.T) {
	draft := draftOfThousand(t)
	best := time.Hour
	for range 3 {
		start := time.Now()
		report := Run(draft, Options{Now: pageDay})
		best = min(best, time.Since(start))
		if len(report.NotChecked) > 0 {
			t.Fatalf("not checked: %+v", report.NotChecked[0])
		}
	}
	if best > 2*time.Second { // on a busy machine; see the benchmark
		t.Errorf("it took %s", best)
	}
}

// Policies that are made to be hard are looked at for a bounded time, and what was
// not looked at is said once.
func TestAlikeGrantsAreBounded(t *testing.T) {
	for name, ref := range map[string]string{
		"all alike":  "refs/heads/main",
		"hard globs": `{glob: ["refs/heads/**a*a*a*a*a*a*a%d", "refs/heads/*b**b*b*b*b*%[1]d*"]}`,
	} {
		var b strings.Builder
		head, _, _ := strings.Cut(thousand(), "  - id:")
		b.WriteString(head)
		for i := range 400 {
			text := ref
			if strings.Contains(ref, "%") {
				text = fmt.Sprintf(ref, i)
			}
			fmt.Fprintf(&b, `  - {id: g%d, owner: a, issuer: gh, match: {repository_id: "1", ref: %s}, credential: {connection: sonar, project: p}}`+"\n", i, text)
		}
		draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(b.String())}}, ".", policy.Options{})
		if err != nil || len(draft.Findings) > 0 {
			t.Fatal(err, draft.Findings)
		}
		start := time.Now()
		report := Run(draft, Options{Now: pageDay})
		t.Logf("%s: %d findings, %d not checked, %s", name, len(report.Findings), len(report.NotChecked), time.Since(start))
		if want := map[string]int{"all alike": 1}[name]; len(report.NotChecked) != want {
			t.Errorf("%s: %d not checked, want %d: %+v", name, len(report.NotChecked), want, report.NotChecked)
		}
	}
}

// What one rule takes, to find the one that is slow.
func BenchmarkRules(b *testing.B) {
	draft := draftOfThousand(b)
	for _, r := range rules() {
		b.Run(r.ID, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.look(&look{Draft: draft, now: pageDay, rule: r.Meta, somes: map[*policy.Grant]policy.Answer{}})
			}
		})
	}
}
