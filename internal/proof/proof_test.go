package proof_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
)

var update = flag.Bool("update", false, "write what is found into testdata")

var now = time.Date(2026, 11, 23, 14, 32, 7, 0, time.UTC)

// load loads a policy that has to be sound.
func load(tb testing.TB, fsys fs.FS) *policy.Policy {
	tb.Helper()
	p, findings, err := policy.Load(fsys, ".", policy.Options{Tests: true, Dev: true})
	if p == nil {
		tb.Fatal(findings, err)
	}
	return p
}

func loadText(tb testing.TB, text string) *policy.Policy {
	tb.Helper()
	return load(tb, fstest.MapFS{policy.FileName: {Data: []byte(text)}})
}

// eachArchive compares what a function makes of the files in a folder of testdata
// with the file "want" among them.
func eachArchive(t *testing.T, dir string, made func(t *testing.T, p *policy.Policy) string) {
	t.Helper()
	names, err := filepath.Glob("testdata/" + dir + "/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files to look at: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, want := fstest.MapFS{}, ""
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
				} else {
					files[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			got := made(t, load(t, files))
			if *update {
				writeWant(t, name, archive, got)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func writeWant(t *testing.T, name string, archive *txtar.Archive, want string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Each file of testdata/run is a policy with tests, and how they end.
func TestRun(t *testing.T) {
	eachArchive(t, "run", func(_ *testing.T, p *policy.Policy) string {
		var b strings.Builder
		for _, r := range proof.Run(p, p.Tests, now) {
			fmt.Fprintf(&b, "%s: %s: %s", r.Test.Name, r.Outcome, r.Pos)
			if r.Reason != "" {
				b.WriteString(": " + r.Reason)
			}
			if r.Fix != "" {
				b.WriteString("; " + r.Fix)
			}
			if failed := r.Evaluation.Failed(); len(failed) > 0 {
				b.WriteString(" " + fmt.Sprint(failed))
			}
			b.WriteString("\n")
		}
		return b.String()
	})
}

func TestSelect(t *testing.T) {
	tests := []*policy.Test{{Name: "push to main"}, {Name: "a tag"}, {Name: "sonar/tag"}}
	for text, want := range map[string]int{"tag": 2, "push*": 1, "*": 2, "*/*": 1, "[": 0, "main": 1, "none": 0, "": 3, "p??? to main": 1} {
		if got := proof.Select(tests, text); len(got) != want {
			t.Errorf("%q selects %d, want %d", text, len(got), want)
		}
	}
}
