package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is something in a file that keeps it from being read as the plain
// YAML that people and programs understand alike.
type Problem struct {
	Rule    string // syntax, size-limit, duplicate-key or yaml-merge-or-anchor
	Pos     Pos    // the zero Pos stands for the whole file
	Width   int    // how many characters it is about, 0 where that is not known
	Message string // lower case, no full stop
}

// Rules lists what Problem.Rule can be.
var Rules = []string{"syntax", "size-limit", "duplicate-key", "yaml-merge-or-anchor"}

// maxDepth is far more than a policy nests and far less than a stack holds.
const maxDepth = 32

// Parse reads text as one YAML document. The file has a Root where the text is
// YAML at all, even if there are problems with it.
func Parse(name string, text []byte) (*File, []Problem) { return ParseUpTo(MaxBytes, name, text) }

// ParseUpTo is Parse for a file of another size.
func ParseUpTo(limit int, name string, text []byte) (*File, []Problem) {
	file := &File{Name: name}
	if problem := checkText(text, limit); problem != nil {
		if len(text) <= limit {
			file.lines = splitLines(strings.ToValidUTF8(string(text), "\ufffd"))
		}
		return file, []Problem{*problem}
	}
	file.lines = splitLines(string(text))
	problems := file.decode(text)
	file.plain = len(problems) == 0
	return file, problems
}

func (f *File) decode(text []byte) []Problem {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return []Problem{*syntax(Pos{}, "the file is empty")}
	}
	if err != nil {
		return []Problem{f.yamlProblem(err)}
	}
	c := converter{file: f}
	f.Root = c.node(document.Content[0], 0)
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		c.problems = append(c.problems, f.yamlProblem(err))
	default:
		c.add(f.place(&second), "syntax", "a second document begins here; one file holds one document")
	}
	return c.problems
}

// converter turns yaml's nodes into ours and collects what is wrong with them.
type converter struct {
	file     *File
	problems []Problem
}

func (c *converter) add(pos Pos, rule, format string, args ...any) {
	c.problems = append(c.problems, Problem{Rule: rule, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

func (c *converter) node(from *yaml.Node, depth int) *Node {
	n := &Node{File: c.file, Pos: c.file.place(from)}
	switch {
	case depth > maxDepth:
		c.add(n.Pos, "syntax", "this is nested more than %d levels deep", maxDepth)
		return n
	case from.Kind == yaml.AliasNode || from.Anchor != "":
		c.add(n.Pos, "yaml-merge-or-anchor", "anchors and aliases are not allowed: a reviewer does not see what stands here; write it out")
		return n
	case from.Style&yaml.TaggedStyle != 0:
		c.add(n.Pos, "syntax", "tags such as %s are not allowed; quote the value instead", from.Tag)
		return n
	}
	c.fill(n, from, depth)
	return n
}

func (c *converter) fill(n *Node, from *yaml.Node, depth int) {
	switch from.Kind {
	case yaml.MappingNode:
		n.Kind = Map
		c.fields(n, from, depth)
	case yaml.SequenceNode:
		n.Kind = List
		for _, item := range from.Content {
			n.Items = append(n.Items, c.node(item, depth+1))
		}
	default:
		n.Kind, n.Text, n.Type = Scalar, from.Value, strings.TrimPrefix(from.ShortTag(), "!!")
		n.quoted = from.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
		n.block = from.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		if n.Type == "null" {
			n.Kind = Null
		}
		if strings.ContainsFunc(n.Text, invisible) { // written as an escape
			c.add(n.Pos, "syntax", "this text has characters that cannot be seen")
			n.Kind = Bad
		}
	}
}

func (c *converter) fields(n *Node, from *yaml.Node, depth int) {
	seen := make(map[string]*Node, len(from.Content)/2)
	for i := 0; i+1 < len(from.Content); i += 2 {
		key := c.node(from.Content[i], depth+1)
		value := c.node(from.Content[i+1], depth+1)
		if first := seen[key.Text]; c.usable(key, first) {
			seen[key.Text] = key
			n.Fields = append(n.Fields, Field{key, value})
		}
	}
}

// usable reports whether key may name a field; first is the same key, if it
// stood in this map before.
func (c *converter) usable(key, first *Node) bool {
	switch {
	case key.Kind == Bad:
		return false
	case key.Kind != Scalar:
		c.add(key.Pos, "syntax", "a key is a single word, this is %s", key.Kind)
		return false
	case key.Type == "merge":
		c.add(key.Pos, "yaml-merge-or-anchor", "merge keys are not allowed: a reviewer does not see what stands here; write it out")
		return false
	case first != nil:
		c.problems = append(c.problems, Problem{
			Rule: "duplicate-key", Pos: key.Pos, Width: key.Width(),
			Message: fmt.Sprintf("the key %q stands here twice, first in line %d:%d", key.Text, first.Pos.Line, first.Pos.Col),
		})
		return false
	}
	return true
}

// place returns where a node begins. Empty nodes are said to begin after the
// last line; the caret stays inside the file.
func (f *File) place(n *yaml.Node) Pos {
	if n.Line < 1 {
		return Pos{1, 1}
	}
	if n.Line > len(f.lines) {
		return Pos{max(1, len(f.lines)), 1}
	}
	return Pos{n.Line, max(1, n.Column)}
}
