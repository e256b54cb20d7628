package policy

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/autoken/autoken/internal/check"
)

var update = flag.Bool("update", false, "write what is found into testdata/bad")

// Each file of testdata/bad is a policy that does not load, and what is said
// about it. Its comment says why that matters.
func TestBadPolicies(t *testing.T) {
	reported := map[string]bool{}
	for _, name := range badFiles(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, findings := loadBad(t, archive)
			for _, f := range findings {
				reported[f.Rule] = true
				if f.Severity != check.Error {
					t.Errorf("%s is %s: what Load finds is an error", f.Rule, f.Severity)
				}
			}
			if *update {
				writeWant(t, name, archive, got)
				return
			}
			if diff := cmp.Diff(fileOf(archive, "want"), got); diff != "" {
				t.Error(diff)
			}
		})
	}
	checkRules(t, reported)
}

func badFiles(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no policies to look at: %v", err)
	}
	return names
}

// checkRules wants the list of rules and the data files to agree.
func checkRules(t *testing.T, reported map[string]bool) {
	t.Helper()
	for _, rule := range Rules {
		if !reported[rule.ID] {
			t.Errorf("no policy in testdata/bad shows %s", rule.ID)
		}
		if rule.Severity != check.Error || rule.Summary == "" || strings.HasSuffix(rule.Summary, ".") {
			t.Errorf("rule %s: want an error and a sentence without a full stop", rule.ID)
		}
		delete(reported, rule.ID)
	}
	for rule := range reported {
		t.Errorf("rule %s is reported and not listed", rule)
	}
}

func loadBad(t *testing.T, archive *txtar.Archive) (string, []check.Finding) {
	t.Helper()
	files := archiveFS(archive)
	if bytes.Contains(txtar.Format(archive), []byte("⟨LINK⟩")) {
		files = onDisk(t, files)
	}
	policy, findings, err := Load(files, ".", Options{Dev: strings.HasPrefix(string(archive.Comment), "[dev]")})
	if err != nil {
		t.Fatal(err)
	}
	if policy != nil {
		t.Error("the policy was loaded")
	}
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.String() + "\n" + f.Excerpt + "\n")
		if f.Fix != "" {
			b.WriteString("  fix: " + f.Fix + "\n")
		}
	}
	return b.String(), findings
}

// placeholders stand for what would not survive an editor, or be too long.
var placeholders = strings.NewReplacer("⟨TAB⟩", "\t", "⟨BOM⟩", "\ufeff", "⟨CR⟩", "\r", "⟨LS⟩", "\u2028", "⟨NUL⟩", "\x00", "⟨FF⟩", "\xff",
	"⟨LONG⟩", strings.Repeat("x", maxValue+1), "⟨PNG⟩", "\x89PNG\r\n\x1a\n", "⟨DEEP⟩", strings.Repeat("[", 100_000), "⟨10MiB⟩", strings.Repeat("#\n", 5<<20))

// archiveFS is the archive's files, without what is wanted of them. Characters
// that would not survive an editor stand there by name.
func archiveFS(archive *txtar.Archive) fs.FS {
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name == "want" {
			continue
		}
		text := placeholders.Replace(string(f.Data))
		files[f.Name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// onDisk writes files to where links work. Those that begin with ⟨LINK⟩ are links.
func onDisk(t *testing.T, files fs.FS) fs.FS {
	t.Helper()
	dir := t.TempDir()
	for name, file := range files.(fstest.MapFS) {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if target, ok := strings.CutPrefix(string(file.Data), "⟨LINK⟩"); ok {
			err = errors.Join(err, os.Symlink(strings.TrimSpace(target), path))
		} else {
			err = errors.Join(err, os.WriteFile(path, file.Data, 0o600))
		}
		if err != nil {
			t.Skip("this system has no links: ", err)
		}
	}
	return os.DirFS(dir)
}

func fileOf(archive *txtar.Archive, name string) string {
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	return string(archive.Files[i].Data)
}

func writeWant(t *testing.T, name string, archive *txtar.Archive, want string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
		t.Fatal(err)
	}
}
