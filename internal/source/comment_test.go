package source_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/source"
)

func commentsOf(text string) string {
	file, _ := source.Parse("p.yaml", []byte(text))
	var b strings.Builder
	for _, c := range file.Comments() {
		beside := "beside"
		if c.Alone {
			beside = "alone"
		}
		fmt.Fprintf(&b, "%d:%d %s %s\n", c.Pos.Line, c.Pos.Col, beside, c.Text)
	}
	return b.String()
}

// What reads like a comment inside of a text is none.
func TestComments(t *testing.T) {
	for _, c := range []struct{ what, text, want string }{
		{"above, beside, below", "# one\na: 1 # two\n  #three\n", "1:1 alone one\n2:6 beside two\n3:3 alone three\n"},
		{"nothing to see", "a: 1\n", ""},
		{"no blank before it", "a: b#c\nd: e #f\n", "2:6 beside f\n"},
		{"in double quotes", `a: "b # c" # d` + "\n", "1:12 beside d\n"},
		{"behind an escaped quote", `a: "b \" # c" # d` + "\n", "1:15 beside d\n"},
		{"behind an escaped backslash", `a: "b \\" # c" d` + "\n", "1:11 beside c\" d\n"},
		{"in single quotes", `a: 'b '' # c' # d` + "\n", "1:15 beside d\n"},
		{"in quotes over lines", "a: \"b\n  # c\n  d # e\"\nf: 1 # g\n", "4:6 beside g\n"},
		{"in single quotes over lines", "a: 'b\n\n  # c\n  d # e'\nf: 1 # g\n", "5:6 beside g\n"},
		{"a quoted key", `"a # b": c # d` + "\n", "1:12 beside d\n"},
		{"in a block", "a: |\n  # b\n  c # d\n\n  # e\n# f\ng: 1\n", "6:1 alone f\n"},
		{"below a block", "a: |\n    b\n  # c\ng: 1 # h\n", "3:3 alone c\n4:6 beside h\n"},
		{"beside the mark of a block", "a: >- # b\n  # c\nd: 1\n", "1:7 beside b\n"},
		{"in an indented block", "a:\n  - b: |2\n       # c\n     # d\n    # e\nf: 1 # g\n", "6:6 beside g\n"}, // e is a comment, d is none; both are left out
		{"at the end of a block", "a: |\n  b\n  # c", ""},
		{"in a list in braces", "a: [b, # c\n  'd # e', f] # g\n", "1:8 beside c\n2:15 beside g\n"},
		{"behind wide letters", "ä: \"€ # ß\" # ö\n", "1:12 beside ö\n"},
		{"after a carriage return", "a: 1 # b\r\nc: 2\r\n", "1:6 beside b\n"},
		{"behind a tab", "a: 1\t# b\n", "1:6 beside b\n"},
		{"a plain text over lines", "a: b\n  c # d\n", "2:5 beside d\n"},
		{"not YAML", "a: 1 # b\n c: [\n", ""},
		{"with a problem", "a: 1 # b\na: 2\n", ""},
	} {
		if diff := cmp.Diff(c.want, commentsOf(c.text)); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
}

// Whatever a comment says, the file says the same.
func FuzzComments(f *testing.F) {
	for _, seed := range []string{
		"a: \"b # c\" # d\n", "a: 'b '' # c' # d\n", "a: |\n  # b\n # c\nd: >2\n   e # f\n", "- [a #b\n ,'c\n# d' ] # e\n",
		"? a # b\n: c\n", "a: >\n\n\n  b # c\n # d\n", "--- # a\nb: c\n... # d\n", "\"a\\\n # b\": c # d\n", "a: |-\n\n # b\n", "- |\n # b\n- 1 # c\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			t.Skip()
		}
		file, problems := source.Parse("p.yaml", []byte(text))
		comments := file.Comments()
		if len(comments) == 0 {
			return
		}
		if len(problems) > 0 {
			t.Fatal("comments in a file with problems")
		}
		lines := strings.SplitAfter(text, "\n")
		for _, c := range comments {
			line := []rune(lines[c.Pos.Line-1])
			if line[c.Pos.Col-1] != '#' {
				t.Fatalf("no comment at %v", c.Pos)
			}
			lines[c.Pos.Line-1] = string(line[:c.Pos.Col]) + " [}\"': &x\n"
		}
		other, problems := source.Parse("p.yaml", []byte(strings.Join(lines, "")))
		if len(problems) > 0 {
			t.Fatalf("with other comments it has problems: %v", problems)
		}
		if diff := cmp.Diff(said(file.Root), said(other.Root)); diff != "" {
			t.Fatalf("with other comments the file says something else: %s", diff)
		}
	})
}

// said is what stands below a node, without where.
func said(n *source.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %q %s", n.Kind, n.Text, n.Type)
	for _, item := range n.Items {
		b.WriteString("\n- " + said(item))
	}
	for _, field := range n.Fields {
		b.WriteString("\n? " + said(field.Key) + ": " + said(field.Value))
	}
	return b.String()
}
