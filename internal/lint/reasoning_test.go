package lint

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// reasoningRules are the rules that reason about jobs.
var reasoningRules = slices.Concat(patternRules, logicRules, pairRules, strongRules, impossibleRules, ignoreRules)

// Each file of testdata/reasoning is as one of testdata/planted.
func TestReasoning(t *testing.T) {
	for _, r := range reasoningRules {
		t.Run(r.ID, func(t *testing.T) {
			name := filepath.Join("testdata", "reasoning", r.ID+".txtar")
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
