package lint

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/autoken/autoken/internal/check"
)

var update = flag.Bool("update", false, "write what is found into testdata/planted")

// plainRules are the rules that look at what stands in a policy without
// reasoning about jobs.
var plainRules = slices.Concat(
	characterRules, formRules, nameRules, claimRules, audienceRules, actorRules, callerRules, eventRules, refRules, reachRules, systemRules, globRules, upkeepRules, testRules, secretRules,
)

// Each file of testdata/planted is named after a rule and has examples, as pages
// have them. The last part is what is found in each: exactly this, and nothing
// in those whose names begin with "fine".
func TestPlanted(t *testing.T) {
	for _, r := range plainRules {
		t.Run(r.ID, func(t *testing.T) {
			name := filepath.Join("testdata", "planted", r.ID+".txtar")
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := planted(t, archive, r.ID)
			if *update {
				writePlanted(t, name, archive, got)
				return
			}
			if diff := cmp.Diff(string(archive.Files[len(archive.Files)-1].Data), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func planted(t *testing.T, archive *txtar.Archive, rule string) string {
	t.Helper()
	var b strings.Builder
	seen := false
	for _, f := range archive.Files {
		if f.Name == "want" {
			continue
		}
		findings := examine(t, string(f.Data))
		seen = seen || slices.ContainsFunc(findings, func(f check.Finding) bool { return f.Rule == rule })
		if strings.HasPrefix(f.Name, "fine") != (len(findings) == 0) {
			t.Errorf("%s: %d findings", f.Name, len(findings))
		}
		for _, finding := range findings {
			b.WriteString(f.Name + ": " + told(finding))
		}
	}
	if !seen {
		t.Errorf("%s is not found in its own examples", rule)
	}
	return b.String()
}

func told(f check.Finding) string {
	text := strings.TrimPrefix(f.String(), f.Pos.File+":")
	if f.Subject != "" {
		text += "\n  " + f.Subject
	}
	if f.Excerpt != "" {
		text += "\n" + f.Excerpt
	}
	if f.Fix != "" {
		text += "\n  fix: " + f.Fix
	}
	if f.Example != "" {
		text += "\n  for example, this job: " + f.Example
	}
	return text + "\n"
}

func writePlanted(t *testing.T, name string, archive *txtar.Archive, want string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}
