// Package source reads YAML as a tree in which everything knows its place, so
// that a finding can point at the text that it is about.
package source

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// Kind is the shape of a node.
type Kind int

// The shapes. A Bad node was reported when the file was read: whoever meets one
// has nothing to add.
const (
	Bad Kind = iota
	Null
	Scalar
	List
	Map
)

var kindNames = [...]string{Bad: "something else", Null: "nothing", Scalar: "a single value", List: "a list", Map: "a map"}

func (k Kind) String() string { return kindNames[k] }

// Pos is a place in a file, counted from 1; Col counts characters.
type Pos struct{ Line, Col int }

// File is one YAML file as it was read.
type File struct {
	Name string
	Root *Node // nil where there is no YAML

	lines []string
	plain bool // there was nothing wrong with it

	looking sync.Once // for secrets
	secrets []Secret
}

// Node is one value, with the place where its text begins.
type Node struct {
	File   *File
	Kind   Kind
	Pos    Pos
	Text   string  // of a scalar; of one without quotes this is the text as it stands in the file
	Type   string  // how YAML reads a scalar: str, int, float, bool, timestamp
	Items  []*Node // of a list
	Fields []Field // of a map, in the file's order

	quoted bool
	block  bool // a text that begins with | or >, in the lines below
}

// Field is one key of a map and what stands under it.
type Field struct{ Key, Value *Node }

// Get returns what stands under key, nil where there is no such key.
func (n *Node) Get(key string) *Node {
	for _, f := range n.Fields {
		if f.Key.Text == key {
			return f.Value
		}
	}
	return nil
}

// IsText reports whether n is a scalar that every YAML reader takes for a text.
func (n *Node) IsText() bool { return n.Kind == Scalar && n.Type == "str" }

// Lines returns how many lines the file has.
func (f *File) Lines() int { return len(f.lines) }

// Line returns the text of line number, "" where there is no such line.
func (f *File) Line(number int) string {
	if number < 1 || number > len(f.lines) {
		return ""
	}
	return f.lines[number-1]
}

// Width returns how many characters of its first line a node's text covers, at
// least 1.
func (n *Node) Width() int {
	rest := from(n.File.Line(n.Pos.Line), n.Pos.Col)
	switch {
	case n.Kind != Scalar:
		return 1
	case n.quoted:
		return max(1, quotedWidth(rest))
	case strings.HasPrefix(rest, n.Text):
		return max(1, utf8.RuneCountInString(n.Text))
	}
	return 1
}

// WidthAt returns how many characters the scalar that begins at pos covers in its
// first line, at least 1, as far as the line shows it.
func (f *File) WidthAt(pos Pos) int {
	rest := from(f.Line(pos.Line), pos.Col)
	if rest != "" && strings.ContainsAny(rest[:1], `"'`) {
		return max(1, quotedWidth(rest))
	}
	end := len(rest)
	for _, stop := range []string{",", "]", "}", ": ", " #"} {
		if i := strings.Index(rest, stop); i >= 0 {
			end = min(end, i)
		}
	}
	return max(1, utf8.RuneCountInString(strings.TrimRight(strings.TrimSuffix(rest[:end], ":"), " ")))
}

// TextAt returns the scalar that begins at pos as WidthAt counts it.
func (f *File) TextAt(pos Pos) string {
	return upTo(from(f.Line(pos.Line), pos.Col), f.WidthAt(pos))
}

// from returns what stands in line from column col on.
func from(line string, col int) string {
	for range col - 1 {
		if line == "" {
			return ""
		}
		_, size := utf8.DecodeRuneInString(line)
		line = line[size:]
	}
	return line
}

// quotedWidth counts the characters from an opening quote to its partner, or to
// the line's end.
func quotedWidth(rest string) int {
	runes := []rune(rest)
	if len(runes) == 0 {
		return 0
	}
	for i := 1; i < len(runes); i++ {
		switch {
		case runes[0] == '"' && runes[i] == '\\':
			i++
		case runes[i] == runes[0]:
			return i + 1
		}
	}
	return len(runes)
}
