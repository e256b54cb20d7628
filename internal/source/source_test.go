package source_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/source"
)

// Every value knows what it is and where it stands; columns count characters.
func TestParse(t *testing.T) {
	file, problems := source.Parse("p.yaml", []byte("# é\r\na: {bé: 0123, c: \"x\"}\r\nlist:\r\n  - one\r\n  - 1e3\r\n  - yes\r\n  - ~\r\n  - 2027-06-30\r\n  - >\r\n    folded\r\n    text\r\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	type row struct {
		Pos        source.Pos
		Kind       source.Kind
		Text, Type string
		Width      int
	}
	var got []row
	var walk func(n *source.Node)
	walk = func(n *source.Node) {
		got = append(got, row{n.Pos, n.Kind, n.Text, n.Type, n.Width()})
		for _, f := range n.Fields {
			walk(f.Key)
			walk(f.Value)
		}
		for _, item := range n.Items {
			walk(item)
		}
	}
	walk(file.Root)
	want := []row{
		{source.Pos{Line: 2, Col: 1}, source.Map, "", "", 1},
		{source.Pos{Line: 2, Col: 1}, source.Scalar, "a", "str", 1},
		{source.Pos{Line: 2, Col: 4}, source.Map, "", "", 1},
		{source.Pos{Line: 2, Col: 5}, source.Scalar, "bé", "str", 2},
		{source.Pos{Line: 2, Col: 9}, source.Scalar, "0123", "int", 4},
		{source.Pos{Line: 2, Col: 15}, source.Scalar, "c", "str", 1},
		{source.Pos{Line: 2, Col: 18}, source.Scalar, "x", "str", 3},
		{source.Pos{Line: 3, Col: 1}, source.Scalar, "list", "str", 4},
		{source.Pos{Line: 4, Col: 3}, source.List, "", "", 1},
		{source.Pos{Line: 4, Col: 5}, source.Scalar, "one", "str", 3},
		{source.Pos{Line: 5, Col: 5}, source.Scalar, "1e3", "float", 3},
		{source.Pos{Line: 6, Col: 5}, source.Scalar, "yes", "str", 3},
		{source.Pos{Line: 7, Col: 5}, source.Null, "~", "null", 1},
		{source.Pos{Line: 8, Col: 5}, source.Scalar, "2027-06-30", "timestamp", 10},
		{source.Pos{Line: 9, Col: 5}, source.Scalar, "folded text\n", "str", 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if file.Root.Get("list") == nil || file.Root.Get("nope") != nil || !file.Root.Get("a").Get("c").IsText() || file.Root.Get("a").Get("bé").IsText() {
		t.Error("Get or IsText is wrong")
	}
}

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		text, rule, part string
		pos              source.Pos
	}{
		"too large":         {strings.Repeat("x", source.MaxBytes+1), "size-limit", "4 MiB", source.Pos{}},
		"empty":             {"", "syntax", "empty", source.Pos{}},
		"byte order mark":   {"\ufeffa: 1", "syntax", "byte order mark", source.Pos{Line: 1, Col: 1}},
		"UTF-16":            {"\xff\xfea\x00", "syntax", "UTF-8", source.Pos{Line: 1, Col: 1}},
		"not UTF-8":         {"a: é\nb: \xff", "syntax", "UTF-8", source.Pos{Line: 2, Col: 4}},
		"carriage return":   {"a: 1\n# é\rb: 2", "syntax", "ends a line", source.Pos{Line: 2, Col: 4}},
		"next line":         {"a: 1 # \u0085b: 2", "syntax", "ends a line", source.Pos{Line: 1, Col: 8}},
		"separator":         {"# \u2029b: 2", "syntax", "ends a line", source.Pos{Line: 1, Col: 3}},
		"escape":            {"a: \x1b[31m", "syntax", "U+001B", source.Pos{Line: 1, Col: 4}},
		"mark in the text":  {"a: x\ufeff", "syntax", "U+FEFF", source.Pos{Line: 1, Col: 5}},
		"tab":               {"a:\n\tb: 1\n", "syntax", "tab", source.Pos{Line: 2, Col: 1}},
		"tag":               {"a: !!binary aGk=", "syntax", "tags", source.Pos{Line: 1, Col: 4}},
		"anchor":            {"a: &x 1", "yaml-merge-or-anchor", "anchors", source.Pos{Line: 1, Col: 4}},
		"merge":             {"<<: {a: 1}", "yaml-merge-or-anchor", "merge", source.Pos{Line: 1, Col: 1}},
		"twice":             {"a: 1\nb: 2\n\"a\": 3", "duplicate-key", "first in line 1:1", source.Pos{Line: 3, Col: 1}},
		"twice, as numbers": {"1: x\n1: y", "duplicate-key", "first in line 1:1", source.Pos{Line: 2, Col: 1}},
		"second document":   {"a: 1\n---\nb: 2", "syntax", "second document", source.Pos{Line: 2, Col: 1}},
		"broken second one": {"a: 1\n---\nb: {", "syntax", "", source.Pos{Line: 3, Col: 1}},
		"depth":             {strings.Repeat("[", 40) + strings.Repeat("]", 40), "syntax", "32 levels", source.Pos{Line: 1, Col: 34}},
		"extreme depth":     {strings.Repeat("[", 100_000), "syntax", "", source.Pos{Line: 1, Col: 1}},
		"key that is a map": {"{a: 1}: 2", "syntax", "single word", source.Pos{Line: 1, Col: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			file, problems := source.Parse("p.yaml", []byte(c.text))
			if len(problems) != 1 {
				t.Fatalf("problems: %v", problems)
			}
			p := problems[0]
			if p.Rule != c.rule || p.Pos != c.pos || !strings.Contains(p.Message, c.part) {
				t.Errorf("%+v", p)
			}
			if strings.Contains(p.Message, "yaml:") || strings.Contains(p.Message, "did not find") {
				t.Errorf("not our words: %s", p.Message)
			}
			_ = file.Excerpt(p.Pos, p.Width)
		})
	}
}

func TestExcerpt(t *testing.T) {
	long := "key: [" + strings.Repeat("0123456789, ", 20) + "end]"
	file, _ := source.Parse("p.yaml", []byte("\ta: ##[x]\nä: \x1b::b\n"+long+"\nlast"))
	for _, c := range []struct {
		line, col, width int
		want             string
	}{
		{1, 2, 1, "   1 |  a: ##\\[x]\n     |  ^"},
		{1, 5, 5, "   1 |  a: ##\\[x]\n     |     ^^^^^^"},
		{2, 4, 1, "   2 | ä: \\x1b::b\n     |    ^^^^"},
		{4, 1, 4, "   4 | last\n     | ^^^^"},
		{4, 1, 99, "   4 | last\n     | ^^^^"},
		{4, 99, 1, "   4 | last\n     |     ^"},
		{4, 0, 0, "   4 | last\n     | ^"},
		{0, 1, 1, ""},
		{5, 1, 1, ""},
		{3, 1, 3, "   3 | key: [0123456789, 0123456789, 0123456789, 0123456789, 0123456789, 012…\n     | ^^^"},
	} {
		if got := file.Excerpt(source.Pos{Line: c.line, Col: c.col}, c.width); got != c.want {
			t.Errorf("%d:%d: %q, want %q", c.line, c.col, got, c.want)
		}
	}
	got := file.Excerpt(source.Pos{Line: 3, Col: 247}, 3)
	text, caret, _ := strings.Cut(got, "\n")
	end := utf8.RuneCountInString(caret)
	if string([]rune(text)[end-3:end]) != "end" || utf8.RuneCountInString(text) > 80 || !strings.Contains(text, "| …") {
		t.Errorf("a cut line:\n%s", got)
	}
}

// Whatever the bytes are: no panic, places inside of the text, and excerpts of
// two lines that no terminal or runner obeys.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: {b: [1, \"x\"]}", "? [a]\n: b", "a: |\n  x\n\n b", "- - -\n -", "a: 'x\n\n y'", "%YAML 1.2\n---\na", "\ta", "a: *b", "{a: 1, <<: {}}", "--- # x\n...\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, problems := source.Parse("p.yaml", text)
		if file.Root == nil && len(problems) == 0 {
			t.Fatal("neither a tree nor a problem")
		}
		for _, p := range problems {
			checkPlace(t, file, p.Pos, p.Width)
		}
		if file.Root != nil {
			checkTree(t, file, file.Root)
		}
	})
}

func checkTree(t *testing.T, file *source.File, n *source.Node) {
	t.Helper()
	checkPlace(t, file, n.Pos, n.Width())
	for _, field := range n.Fields {
		checkTree(t, file, field.Key)
		checkTree(t, file, field.Value)
	}
	for _, item := range n.Items {
		checkTree(t, file, item)
	}
}

func checkPlace(t *testing.T, file *source.File, pos source.Pos, width int) {
	t.Helper()
	if pos == (source.Pos{}) {
		return
	}
	if pos.Line < 1 || pos.Line > max(1, file.Lines()) || pos.Col < 1 || pos.Col > utf8.RuneCountInString(file.Line(pos.Line))+1 {
		t.Fatalf("%v is outside of the file", pos)
	}
	excerpt := file.Excerpt(pos, width)
	if strings.Count(excerpt, "\n") > 1 || strings.ContainsAny(excerpt, "\r\x1b\u2028") || strings.Contains(excerpt, "##[") {
		t.Fatalf("excerpt %q", excerpt)
	}
}
