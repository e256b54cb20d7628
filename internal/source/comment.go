package source

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Comment is a comment in a file.
type Comment struct {
	Pos   Pos    // of its #
	Text  string // what stands behind the #, without the spaces around it
	Alone bool   // nothing stands before it in its line
}

// Comments returns the file's comments from top to bottom. What looks like one
// inside of a text is none. A file that Parse found problems with has no comments:
// nobody knows what is text there.
func (f *File) Comments() []Comment {
	if !f.plain || !slices.ContainsFunc(f.lines, func(line string) bool { return strings.Contains(line, "#") }) {
		return nil
	}
	texts := f.texts(nil, f.Root)
	var all []Comment
	for i, line := range f.lines {
		if c, ok := commentIn(line, i+1, texts); ok {
			all = append(all, c)
		}
	}
	return all
}

// commentIn returns the comment of a line, if it has one: it begins at a # that
// stands behind a blank, or first in its line.
func commentIn(line string, number int, texts []span) (Comment, bool) {
	for i := range len(line) {
		if line[i] != '#' || (i > 0 && line[i-1] != ' ' && line[i-1] != '\t') {
			continue
		}
		pos := Pos{number, utf8.RuneCountInString(line[:i]) + 1}
		if !inText(pos, texts) {
			return Comment{pos, strings.TrimSpace(line[i+1:]), strings.TrimSpace(line[:i]) == ""}, true
		}
	}
	return Comment{}, false
}

// span is a part of the file in which a # begins no comment, from its first
// character to the one behind its last.
type span struct{ from, to Pos }

func inText(pos Pos, texts []span) bool {
	i, _ := slices.BinarySearchFunc(texts, pos, func(s span, pos Pos) int {
		if s.to.before(pos) || s.to == pos {
			return -1
		}
		return 1
	})
	return i < len(texts) && !pos.before(texts[i].from)
}

func (p Pos) before(q Pos) bool { return p.Line < q.Line || (p.Line == q.Line && p.Col < q.Col) }

// texts adds the quoted texts and blocks of text below n, in the file's order.
func (f *File) texts(spans []span, n *Node) []span {
	switch {
	case n.quoted:
		return append(spans, span{n.Pos, f.quoteEnd(n.Pos)})
	case n.block:
		return append(spans, f.block(n.Pos))
	}
	for _, item := range n.Items {
		spans = f.texts(spans, item)
	}
	for _, field := range n.Fields {
		spans = f.texts(f.texts(spans, field.Key), field.Value)
	}
	return spans
}

// quoteEnd returns the place behind the quote that ends the text that one at pos
// begins.
func (f *File) quoteEnd(pos Pos) Pos {
	rest := []rune(from(f.Line(pos.Line), pos.Col))
	if len(rest) == 0 {
		return pos
	}
	quote := rest[0]
	for line, i, col := pos.Line, 1, pos.Col+1; ; {
		for ; i < len(rest); i, col = i+1, col+1 {
			switch {
			case quote == '"' && rest[i] == '\\', quote == '\'' && rest[i] == quote && i+1 < len(rest) && rest[i+1] == quote:
				i, col = i+1, col+1
			case rest[i] == quote:
				return Pos{line, col + 1}
			}
		}
		line++
		if line > len(f.lines) {
			return Pos{line, 1}
		}
		rest, i, col = []rune(f.Line(line)), 0, 1
	}
}

// block returns the lines below the | or > at pos that belong to its text: those
// that are indented like its first one. Where a digit says how far they are, all
// that are indented further than the line of the | are taken for text.
func (f *File) block(pos Pos) span {
	s := span{Pos{pos.Line + 1, 1}, Pos{pos.Line + 1, 1}}
	header, _, _ := strings.Cut(from(f.Line(pos.Line), pos.Col), "#")
	indent := 0
	if strings.ContainsAny(header, "123456789") {
		indent = spaces(f.Line(pos.Line)) + 1
	}
	for ; s.to.Line <= len(f.lines); s.to.Line++ {
		line := f.Line(s.to.Line)
		if strings.Trim(line, " ") == "" {
			continue
		}
		if indent == 0 {
			indent = max(1, spaces(line))
		}
		if spaces(line) < indent {
			break
		}
	}
	return s
}

func spaces(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
