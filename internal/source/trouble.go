package source

import (
	"fmt"
	"strconv"
	"strings"
)

func syntax(pos Pos, format string, args ...any) *Problem {
	return &Problem{Rule: "syntax", Pos: pos, Message: fmt.Sprintf(format, args...)}
}

// yamlWords puts the complaints of the YAML package into words about the file.
// Its errors have no other form than text. After is how many lines below the
// one it names the trouble begins: the parser counts from 0, its scanner from 1.
var yamlWords = []struct {
	theirs, ours string
	after        int
}{
	{"mapping values are not allowed", `there is a second ": " in one line, or the line is indented too far; quote the value`, 0},
	{"found character that cannot start any token", "this character cannot begin a value; quote the value", 0},
	{"could not find expected ':'", "a key without a colon begins here, or a quote is missing", 0},
	{"did not find expected key", "the keys of the block that begins here do not line up, or a quote does not end where it should", 1},
	{"did not find expected '-' indicator", "the items of the list that begins here do not line up", 1},
	{"did not find expected ',' or ']'", "the list that begins here has no closing bracket", 1},
	{"did not find expected ',' or '}'", "the map that begins here has no closing brace", 1},
	{"did not find expected node content", "a value is missing here", 1},
	{"found unexpected end of stream", "the quoted text that begins here has no end", 0},
	{"found unknown escape character", `this text has a backslash that means nothing in double quotes; write \\ or use single quotes`, 0},
	{"did not find expected <document start>", "what stands above is complete, and this does not belong to it; one file holds one document", 1},
	{"block sequence entries are not allowed", "a list item cannot stand here; check the indentation", 0},
	{"exceeded max depth", "this is nested too deeply", 0},
}

// yamlProblem says what the YAML package could not read, and in which line.
func (f *File) yamlProblem(err error) Problem {
	if tab := f.indentedByTab(); tab.Line > 0 {
		return *syntax(tab, "a tab cannot indent YAML; use spaces")
	}
	line, complaint := splitComplaint(err.Error())
	ours := "this is not YAML"
	for _, words := range yamlWords {
		if strings.Contains(complaint, words.theirs) {
			ours, line = words.ours, line+words.after
			break
		}
	}
	line = min(max(line, 1), max(1, len(f.lines)))
	return *syntax(Pos{line, 1 + len(indentation(f.Line(line)))}, "%s", ours)
}

// splitComplaint takes "yaml: line 3: did not …" apart. Where no line is named
// it is the first one, which the parser counts as 0.
func splitComplaint(text string) (int, string) {
	text = strings.TrimPrefix(text, "yaml: ")
	rest, found := strings.CutPrefix(text, "line ")
	number, complaint, colon := strings.Cut(rest, ": ")
	line, err := strconv.Atoi(number)
	if !found || !colon || err != nil {
		return 0, text
	}
	return line, complaint
}

func (f *File) indentedByTab() Pos {
	for i, line := range f.lines {
		if tab := strings.IndexByte(indentation(line), '\t'); tab >= 0 {
			return Pos{i + 1, tab + 1}
		}
	}
	return Pos{}
}

func indentation(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
