package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// TestNothingIsWiderThan80Columns reads every help page as a terminal shows it.
func TestNothingIsWiderThan80Columns(t *testing.T) {
	pages := [][]string{{}, {"help"}}
	for _, name := range topics() {
		pages = append(pages, []string{"help", name})
	}
	var walk func(c *cobra.Command, path []string)
	walk = func(c *cobra.Command, path []string) {
		for _, sub := range c.Commands() {
			full := append(append([]string{}, path...), sub.Name())
			pages = append(pages, append(full, "-h"))
			if strings.Count(sub.Example, "\n") != 1 {
				t.Errorf("%v has not two examples: %q", full, sub.Example)
			}
			walk(sub, full)
		}
	}
	app := &App{}
	walk(app.root(nil), nil)
	if len(pages) < 25 {
		t.Fatalf("only %d pages", len(pages))
	}
	pages = append(pages, []string{"rules"})
	for _, id := range ruleIDs() {
		pages = append(pages, []string{"rules", id})
	}
	for _, page := range pages {
		stdout := runApp(t, nil, ExitDone, page...)
		for line := range strings.SplitSeq(stdout, "\n") {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("%v: %q", page, line)
			}
		}
	}
}
