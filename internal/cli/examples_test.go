package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The example policies hold what the tools ask of one at their strictest: no
// finding at all, every condition tested alone, no near miss let in.
func TestExamplePolicies(t *testing.T) {
	const folder = "../../testdata/policies"
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) < 3 {
		t.Fatalf("%d examples: %v", len(entries), err)
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if e.Name() == "acme" {
			continue // the one that the language's own tests are about
		}
		t.Run(e.Name(), func(t *testing.T) {
			out := runApp(t, nil, ExitDone, "policy", "lint", "--fail-on", "info", path)
			if !strings.Contains(out, "nothing found") {
				t.Errorf("lint:\n%s", out)
			}
			out = runApp(t, nil, ExitDone, "policy", "test", "--coverage", "--near-miss", path)
			if !strings.Contains(out, "(-v shows") || strings.Contains(out, "written to admit it") {
				t.Errorf("test:\n%s", out)
			}
			out = runApp(t, nil, ExitDone, "policy", "test", "--near-miss", "-v", path)
			if !strings.Contains(out, "refs/tags/v* was written to admit it") {
				t.Errorf("test -v:\n%s", out)
			}
		})
	}
}
