package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

const pairHead = `version: 1
issuers:
  gh: {kind: github, url: https://token.actions.githubusercontent.com, audience: https://a.example, require: {repository_owner_id: "1"}}
connections: {jf: artifactory}
grants:
`

// alike returns n grants that all look the same, and one that goes around the
// guards of another behind them.
func alike(n int) string {
	var b strings.Builder
	b.WriteString(pairHead)
	grant := "  - {id: %s, issuer: gh, match: {repository_id: \"%d\", ref: refs/heads/main, event_name: push%s}, credential: {connection: jf, groups: [%s]}}\n"
	for i := range n {
		fmt.Fprintf(&b, grant, fmt.Sprint("same-", i), 6, "", "a")
	}
	fmt.Fprintf(&b, grant, "strict", 5, ", environment: prod", "b")
	fmt.Fprintf(&b, grant, "loose", 5, "", "b")
	return b.String()
}

func findingsOf(t *testing.T, text string, now time.Time, rule string) []check.Finding {
	t.Helper()
	draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{})
	if err != nil || len(draft.Findings) > 0 {
		t.Fatal(err, draft.Findings)
	}
	return slices.DeleteFunc(Run(draft, Options{Now: now}).Findings, func(f check.Finding) bool { return f.Rule != rule })
}

// Grants that are alike do not hide what stands behind them, nor that it was not
// looked at.
func TestALookAlikeHidesNothing(t *testing.T) {
	for n, want := range map[int]string{0: "grant loose", 70: "grant loose", 400: ""} {
		findings := findingsOf(t, alike(n), time.Time{}, "bypass-grant")
		if len(findings) != 1 || findings[0].Severity != check.High || findings[0].Subject != want {
			t.Errorf("%d: %+v", n, findings)
		}
	}
}

// A grant that has ended gives nothing, so it goes around nobody's guards.
func TestEndedGrantsArePairsOfNone(t *testing.T) {
	text := strings.Replace(alike(0), "id: loose,", "id: loose, expires: 2030-01-01,", 1)
	for year, want := range map[int]int{2029: 1, 2031: 0} {
		if got := findingsOf(t, text, time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), "bypass-grant"); len(got) != want {
			t.Errorf("%d: %+v", year, got)
		}
	}
}
