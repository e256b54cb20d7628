package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	repository = "../.."
	handbook   = repository + "/.github/CONTRIBUTING.md"
)

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

var (
	fenced    = regexp.MustCompile("(?ms)^```(.*?)$\n(.*?)^```")
	spans     = regexp.MustCompile("`([^`\n]+)`")
	filePath  = regexp.MustCompile(`^[a-z.][\w./-]*/[\w.-]*$`)
	qualified = regexp.MustCompile(`^([a-z]+)\.([A-Z]\w*(?:\.\w+)?)$`)
)

// Every path and every exported name that the handbook mentions exists.
func TestContributingNamesWhatExists(t *testing.T) {
	paths, names := 0, 0
	for _, span := range spans.FindAllStringSubmatch(fenced.ReplaceAllString(readText(t, handbook), ""), -1) {
		text := span[1]
		if filePath.MatchString(text) && !strings.Contains(text, "NAME") && !strings.HasPrefix(text, "testdata/fuzz/") {
			paths++
			if _, err := os.Stat(filepath.Join(repository, text)); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
		m := qualified.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(repository, "internal", m[1])); err != nil {
			continue // a package of others: os.Getenv
		}
		names++
		if _, ok := packageNames(t, filepath.Join(repository, "internal", m[1]))[m[2]]; !ok {
			t.Errorf("package %s declares no %s", m[1], m[2])
		}
	}
	if paths < 60 || names < 12 {
		t.Errorf("only %d paths and %d names were found", paths, names)
	}
}

// In the walkthrough every name stands in the file beside it and is mentioned by
// a declaration above it.
func TestContributingWalksThroughTheCode(t *testing.T) {
	steps := 0
	for table := range strings.SplitSeq(section(t, "## One login, from main to GITHUB_ENV"), "\n\n") {
		var known []string
		for line := range strings.Lines(table) {
			cells := spans.FindAllStringSubmatch(line, 2)
			if !strings.HasPrefix(line, "| `") || len(cells) < 2 {
				continue
			}
			name, file := cells[0][1], cells[1][1]
			mentions, ok := declared(t, filepath.Join(repository, file))[name]
			if !ok {
				t.Errorf("%s does not declare %s", file, name)
			}
			if called := name[strings.LastIndex(name, ".")+1:]; len(known) > 0 && !slices.Contains(known, called) {
				t.Errorf("nothing above %s calls it", name)
			}
			known = append(known, mentions...)
			steps++
		}
	}
	if steps < 30 {
		t.Errorf("the walkthrough has %d steps", steps)
	}
}

// section is the part of the handbook below a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut(readText(t, handbook), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("there is no section %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// tableWords are the code spans in one column of a section.s tables, row by
// row.
func tableWords(t *testing.T, heading string, column int) [][]string {
	t.Helper()
	var all [][]string
	for line := range strings.Lines(section(t, heading)) {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "|") || len(cells) <= column {
			continue
		}
		var words []string
		for _, span := range spans.FindAllStringSubmatch(cells[column], -1) {
			words = append(words, span[1])
		}
		if len(words) > 0 {
			all = append(all, words)
		}
	}
	return all
}

// The handbook's rows are those that the test of the imports goes by.
func TestContributingHasTheRows(t *testing.T) {
	syntax, err := parser.ParseFile(token.NewFileSet(), repository+"/internal/arch_test.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	ast.Inspect(syntax, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "rows" {
			return true
		}
		for _, row := range spec.Values[0].(*ast.CompositeLit).Elts {
			var names []string
			for _, name := range row.(*ast.CompositeLit).Elts {
				names = append(names, strings.Trim(name.(*ast.BasicLit).Value, `"`))
			}
			rows = append(rows, names)
		}
		return false
	})
	if diff := cmp.Diff(rows, tableWords(t, "## Where things are", 2)); diff != "" {
		t.Errorf("the rows differ (-test +handbook):\n%s", diff)
	}
}

// The commands of the stories are all explained.
func TestContributingExplainsTheStories(t *testing.T) {
	mentions := declared(t, repository+"/cmd/autoken/main_test.go")["TestScripts"]
	if len(mentions) == 0 {
		t.Fatal("there is no TestScripts")
	}
	source := readText(t, repository+"/cmd/autoken/main_test.go")
	var commands []string
	for _, m := range regexp.MustCompile(`(?m)^\t{3}"([a-z-]+)": +\w+,$`).FindAllStringSubmatch(source, -1) {
		commands = append(commands, m[1])
	}
	var explained []string
	for _, row := range tableWords(t, "## Stories in testdata/script", 1) {
		for _, span := range row {
			name, _, _ := strings.Cut(span, " ")
			explained = append(explained, name)
		}
	}
	slices.Sort(commands)
	slices.Sort(explained)
	if diff := cmp.Diff(commands, slices.Compact(explained)); diff != "" || len(commands) < 5 {
		t.Errorf("the commands differ (-test +handbook):\n%s", diff)
	}
}

// Each test that the handbook says to run exists.
func TestContributingCommandsRun(t *testing.T) {
	for _, m := range regexp.MustCompile(`go test (\S+) .*?(?:-run|-fuzz) ((?:Test|Fuzz)\w+)`).FindAllStringSubmatch(readText(t, handbook), -1) {
		found := false
		for name := range packageNames(t, filepath.Join(repository, m[1])) {
			found = found || strings.HasPrefix(name, m[2])
		}
		if !found {
			t.Errorf("%s has no %s", m[1], m[2])
		}
	}
}
