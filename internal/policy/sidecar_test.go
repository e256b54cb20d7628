package policy

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/autoken/autoken/internal/check"
)

// Each file of testdata/sidecar is a policy that a broker loads, and what is said
// about the tests beside it by those who read them.
func TestSideCars(t *testing.T) {
	names, err := filepath.Glob("testdata/sidecar/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no policies to look at: %v", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := sideCarFindings(t, name, archiveFS(archive))
		if *update {
			writeWant(t, name, archive, got)
			continue
		}
		if diff := cmp.Diff(fileOf(archive, "want"), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func sideCarFindings(t *testing.T, name string, fsys fs.FS) string {
	t.Helper()
	broker, findings, err := Load(fsys, ".", Options{})
	if broker == nil {
		t.Fatalf("%s: a broker does not load it: %v %v", name, findings, err)
	}
	tester, findings, err := Load(fsys, ".", Options{Tests: true})
	if err != nil || (tester == nil) != (len(findings) > 0) || (tester != nil && tester.Hash != broker.Hash) {
		t.Fatalf("%s: %v", name, err)
	}
	var b strings.Builder
	for _, f := range findings {
		if f.Severity != check.High {
			t.Errorf("%s: %s is %s", name, f.Rule, f.Severity)
		}
		b.WriteString(f.String() + "\n" + f.Excerpt + "\n")
	}
	if tester != nil {
		for _, test := range tester.Tests {
			b.WriteString(test.Pos.String() + ": " + test.Name + ", of " + test.Grant.Text + "\n")
		}
	}
	return b.String()
}

// A link could bring in what nobody reviewed, and a folder is no file.
func TestSideCarIsAFileInside(t *testing.T) {
	for name, odd := range map[string]*fstest.MapFile{
		"a link": {Mode: fs.ModeSymlink, Data: []byte("../outside.yaml")}, "a folder": {Mode: fs.ModeDir}, "a pipe": {Mode: fs.ModeNamedPipe},
	} {
		fsys := fstest.MapFS{
			"p/" + FileName:              {Data: []byte("version: 1\n")},
			"p/autoken.policy_test.yaml": odd, "outside.yaml": {Data: []byte("version: 1\n")},
		}
		if p, _, err := Load(fsys, "p", Options{Tests: true}); p != nil || err == nil {
			t.Errorf("%s was read", name)
		}
		if p, _, err := Load(fsys, "p", Options{}); p == nil {
			t.Errorf("%s keeps a broker from loading the policy: %v", name, err)
		}
	}
}
