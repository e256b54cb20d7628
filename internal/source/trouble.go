package source

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
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
	{"found character that cannot start any token", "a value cannot begin with this character; quote it", 0},
	{"did not find expected alphabetic or numeric character", `a * or & begins a name in YAML; quote the value, "*"`, 0},
	{"unknown anchor", `a * or & begins a name in YAML; quote the value, "*"`, 0},
	{"could not find expected ':'", "a key without a colon begins here, or a quote is missing", 0},
	{notKey, "this line does not line up with the keys above, or a quote does not end where it should", 1},
	{notItem, "this line does not line up with the items of the list above", 1},
	{"did not find expected ',' or ']'", "the list that begins here has no closing bracket", 1},
	{"did not find expected ',' or '}'", "the map that begins here has no closing brace", 1},
	{"did not find expected node content", "a value is missing here", 1},
	{"found unexpected end of stream", "the quoted text that begins here has no end", 0},
	{"found unknown escape character", `this text has a backslash that means nothing in double quotes; write \\ or use single quotes`, 0},
	{"did not find expected <document start>", "what stands above is complete, and this does not belong to it; one file holds one document", 1},
	{"block sequence entries are not allowed", "a list item cannot stand here; check the indentation", 0},
	{"exceeded max depth", "this is nested too deeply", 0},
}

// What the YAML package complains of at the beginning of a block, though the
// trouble is further down.
const (
	notKey  = "did not find expected key"
	notItem = "did not find expected '-' indicator"
)

// yamlProblem says what the YAML package could not read, and in which line.
func (f *File) yamlProblem(err error) Problem {
	if tab := f.indentedByTab(); tab.Line > 0 {
		return *syntax(tab, "a tab cannot indent YAML; use spaces")
	}
	line, complaint := splitComplaint(err.Error())
	ours, theirs := "this is not YAML", ""
	for _, words := range yamlWords {
		if strings.Contains(complaint, words.theirs) {
			ours, theirs, line = words.ours, words.theirs, line+words.after
			break
		}
	}
	if _, name, ok := strings.Cut(complaint, "unknown anchor '"); ok { // its line is not told
		name, _, _ = strings.Cut(name, "'")
		line = 1 + slices.IndexFunc(f.lines, func(text string) bool { return strings.Contains(text, "*"+name) })
	}
	line = min(max(line, 1), max(1, len(f.lines)))
	if theirs == notKey || theirs == notItem {
		line = f.crooked(line, err.Error())
	}
	return *syntax(Pos{line, f.columnOf(line, ours)}, "%s", ours)
}

// columnOf returns where in a line the complaint is about.
func (f *File) columnOf(line int, ours string) int {
	text := f.Line(line)
	starts := ""
	switch {
	case strings.HasPrefix(ours, "a value cannot begin"):
		starts = "@`%"
	case strings.HasPrefix(ours, "a * or &"):
		starts = "*&"
	}
	for i := range text {
		if strings.ContainsRune(starts, rune(text[i])) && (i == 0 || strings.ContainsRune(" [{,:-", rune(text[i-1]))) {
			return utf8.RuneCountInString(text[:i]) + 1
		}
	}
	return 1 + len(indentation(text))
}

// maxCrooked bounds the work of looking for a crooked line.
const maxCrooked = 4000

// crooked returns the first line after which the complaint is what it is of the
// whole file: the one that does not line up.
func (f *File) crooked(begin int, complaint string) int {
	if len(f.lines) > maxCrooked {
		return begin
	}
	after := sort.Search(len(f.lines)-begin, func(i int) bool {
		var n yaml.Node
		err := yaml.Unmarshal([]byte(strings.Join(f.lines[:begin+i], "\n")+"\n"), &n)
		return err != nil && err.Error() == complaint
	})
	return begin + after
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
