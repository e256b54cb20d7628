package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rows lists the packages from the words that everything shares to the command
// line. A package imports only from rows above its own, none inside a row.
var rows = [][]string{
	{"fault", "secret", "quote", "plainfile"},
	{"check", "source", "httpclient"},
	{"identity", "credential", "record"},
	{"ci", "exchange", "policy", "platform", "render", "config", "issuer", "github", "gitfs"},
	{"session", "broker", "lint", "proof", "compare", "explain", "suggest", "draft"},
	{"doctor"},
	{"demo"},
	{"cli"},
}

// owners names the one package that may import what a module offers.
var owners = map[string]string{
	"github.com/charmbracelet/lipgloss":      "render",
	"github.com/muesli/termenv":              "render",
	"github.com/coreos/go-oidc/v3":           "identity",
	"github.com/go-jose/go-jose/v4":          "identity",
	"github.com/hashicorp/go-retryablehttp":  "httpclient",
	"golang.org/x/net":                       "httpclient",
	"github.com/spf13/cobra":                 "cli",
	"github.com/spf13/viper":                 "config",
	"github.com/spf13/pflag":                 "config",
	"go.yaml.in/yaml/v3":                     "source",
	"golang.org/x/sync":                      "",
	"golang.org/x/sys":                       "",
	"github.com/google/go-cmp":               "tests",
	"github.com/owenrumney/go-sarif/":        "tests",
	"github.com/rogpeppe/go-internal":        "tests",
	"github.com/santhosh-tekuri/jsonschema/": "tests",
}

const module = "github.com/autoken/autoken/internal/"

// file is one Go file below internal, on whatever system it is built.
type file struct {
	pkg, name string
	test      bool
	syntax    *ast.File
}

func goFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || filepath.Dir(name) == "." {
			return err
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		files = append(files, file{filepath.ToSlash(filepath.Dir(name)), name, strings.HasSuffix(name, "_test.go"), syntax})
		return err
	})
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

func (f file) imports() []string {
	var paths []string
	for _, i := range f.syntax.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err == nil {
			paths = append(paths, name)
		}
	}
	return paths
}

// rowOf returns the row of a package, which for one inside another is that of
// the outermost.
func rowOf(pkg string) int {
	top, _, _ := strings.Cut(pkg, "/")
	return slices.IndexFunc(rows, func(row []string) bool { return slices.Contains(row, top) })
}

func TestImportsPointUp(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.pkg == "fake" {
			continue
		}
		own := rowOf(f.pkg)
		if own < 0 {
			t.Errorf("package %s is in no row", f.pkg)
		}
		for _, imported := range f.imports() {
			name, ours := strings.CutPrefix(imported, module)
			switch {
			case !ours:
			case name == "fake":
				t.Errorf("%s imports the fakes outside a test", f.name)
			case rowOf(name) >= own:
				t.Errorf("%s imports %s, which is not above it", f.name, name)
			}
		}
	}
}

func TestDependenciesHaveOneOwner(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, imported := range f.imports() {
			if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") || strings.HasPrefix(imported, module) {
				continue
			}
			owner, known := ownerOf(imported)
			switch {
			case !known:
				t.Errorf("%s imports %s, which has no owner", f.name, imported)
			case f.test || f.pkg == "fake" || owner == "":
			case owner != f.pkg:
				t.Errorf("%s imports %s, which belongs to %s", f.name, imported, owner)
			}
		}
	}
}

func ownerOf(imported string) (string, bool) {
	for prefix, owner := range owners {
		if imported == strings.TrimSuffix(prefix, "/") || strings.HasPrefix(imported, strings.TrimSuffix(prefix, "/")+"/") {
			return owner, true
		}
	}
	return "", false
}

// TestOnlyTheBrokerDecides keeps tools, which look at claims that nobody
// verified, apart from the broker, which must never do so.
func TestOnlyTheBrokerDecides(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.pkg == "policy" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := calledName(call)
			if name == "Decide" && f.pkg != "broker" || name == "Evaluate" && f.pkg == "broker" {
				t.Errorf("%s calls policy's %s", f.name, name)
			}
			return true
		})
	}
}

func calledName(call *ast.CallExpr) string {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

// TestSecretsLeaveInKnownPlaces lists the packages that may read a secret's text.
func TestSecretsLeaveInKnownPlaces(t *testing.T) {
	may := []string{"secret", "identity", "credential", "ci", "exchange", "github", "issuer", "session", "broker", "cli"}
	for _, f := range goFiles(t) {
		if f.test || f.pkg == "fake" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && calledName(call) == "Reveal" && !slices.Contains(may, path.Base(f.pkg)) {
				t.Errorf("%s reveals a secret", f.name)
			}
			return true
		})
	}
}
