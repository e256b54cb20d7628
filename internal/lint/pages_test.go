package lint

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

// pageDay is the day on which examples are looked at.
var pageDay = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// maxPage keeps pages short: all of them are in the binary.
const maxPage = 900

// Every rule has a page. What it calls bad is found by the rule, what it calls
// good is fine with all rules.
func TestPages(t *testing.T) {
	for _, rule := range Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			page, ok := PageOf(rule.ID)
			if !ok {
				t.Fatalf("there is no pages/%s.md", rule.ID)
			}
			checkParts(t, page)
			if !strings.Contains(page.Bad, "\n") || !strings.Contains(page.Good, "\n") {
				t.Fatal("want a bad and a good example")
			}
			others := also(page)
			got := rulesFound(t, page.Bad)
			for _, id := range got {
				if id != rule.ID && !slices.Contains(others, id) {
					t.Errorf("the bad example is also found by %s\n%s", id, found(t, page.Bad))
				}
			}
			for _, id := range append(others, rule.ID) {
				if !slices.Contains(got, id) {
					t.Errorf("the bad example is not found by %s:\n%s", id, found(t, page.Bad))
				}
			}
			if text := found(t, page.Good); text != "" {
				t.Errorf("the good example is not good:\n%s", text)
			}
		})
	}
}

func checkParts(t *testing.T, page Page) {
	t.Helper()
	if page.Why == "" || page.Fix == "" {
		t.Error("want a Why and a Fix")
	}
	size := len(page.Why) + len(page.Incident) + len(page.Fix) + len(page.Bad) + len(page.Good)
	if size > maxPage {
		t.Errorf("the page has %d bytes, more than %d", size, maxPage)
	}
	for line := range strings.Lines(page.Bad + page.Good) {
		if len([]rune(line)) > 78 { // 80 columns with what indents it
			t.Errorf("wider than a screen: %s", line)
		}
	}
}

func also(page Page) []string {
	if page.Also == "" {
		return nil
	}
	return strings.Split(page.Also, ", ")
}

// A page that no rule has is a rule that was renamed.
func TestNoPageIsLeftOver(t *testing.T) {
	names, err := filepath.Glob("pages/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		id := strings.TrimSuffix(filepath.Base(name), ".md")
		if !slices.ContainsFunc(Rules(), func(r check.Meta) bool { return r.ID == id }) {
			t.Errorf("%s is the page of no rule", name)
		}
	}
}

// The policy that examples are put into is clean.
func TestTheBaseIsClean(t *testing.T) {
	if text := found(t, ""); text != "" {
		t.Error(text)
	}
}

func examine(t *testing.T, example string) []check.Finding {
	t.Helper()
	draft, err := policy.Parse(exampleFS(t, example), ".", policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Run(draft, Options{Now: pageDay}).Findings
}

func rulesFound(t *testing.T, example string) []string {
	t.Helper()
	var ids []string
	for _, f := range examine(t, example) {
		ids = append(ids, f.Rule)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func found(t *testing.T, example string) string {
	t.Helper()
	var b strings.Builder
	for _, f := range examine(t, example) {
		b.WriteString(f.String() + "\n" + f.Excerpt + "\n")
	}
	return b.String()
}
