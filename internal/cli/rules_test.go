package cli

import (
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/lint"
)

// A rule's page shows all that there is about it.
func TestRulePages(t *testing.T) {
	for _, r := range lint.Rules() {
		got := runApp(t, []string{"COLUMNS=80"}, ExitDone, "rules", r.ID)
		page, _ := lint.PageOf(r.ID)
		flat := oneLine(got)
		if before, _, _ := strings.Cut(got, "\nBad\n"); strings.Contains(before, "`") {
			t.Errorf("%s: marks for GitHub are shown:\n%s", r.ID, got)
		}
		for _, want := range []string{r.ID, r.Severity.String(), r.Summary, page.Why, page.Incident, page.Fix} {
			if !strings.Contains(flat, oneLine(want)) {
				t.Errorf("%s: %q is not shown:\n%s", r.ID, want, got)
			}
		}
		for line := range strings.Lines(page.Bad + page.Good) {
			if !strings.Contains(got, "\n  "+line) {
				t.Errorf("%s: an example lacks %q:\n%s", r.ID, line, got)
			}
		}
	}
}
