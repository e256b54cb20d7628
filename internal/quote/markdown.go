package quote

import (
	"fmt"
	"strings"
)

const (
	markup = "\\`*_~[]|<>&" // what markdown or HTML takes for more than text
	links  = "@#$"          // what GitHub makes a mention, a reference or a formula of

	// seam ends a run of text without showing. GitHub looks for links in what is
	// rendered, where "&#64;" is an "@" again.
	seam = "<!-- -->"
)

// Markdown returns s as inline text of GitHub's markdown that shows as s: on one
// line and with nothing active in it, be it markup, HTML, a mention or a link. It
// holds in a paragraph, in a table cell and inside an HTML block like <details>,
// where a backslash would not help. It is not for attributes.
func Markdown(s string) string {
	s = visible(s)
	var out strings.Builder
	for i := range len(s) {
		switch {
		case strings.IndexByte(links, s[i]) >= 0 || startsLink(s, i):
			fmt.Fprintf(&out, "&#%d;%s", s[i], seam)
		case s[i] == '_' && insideWord(s, i):
			out.WriteByte('_')
		case strings.IndexByte(markup, s[i]) >= 0 || startsBlock(s, i):
			fmt.Fprintf(&out, "&#%d;", s[i])
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// insideWord reports whether s[i] stands between two letters or digits, where an
// underscore begins and ends nothing: names are read as they are, also in mails
// and editors, which show markdown unrendered.
func insideWord(s string, i int) bool {
	return i > 0 && i+1 < len(s) && isWord(s[i-1]) && isWord(s[i+1])
}

func isWord(b byte) bool { return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' }

// startsLink reports whether s[i] is what makes a link of "https://" or "www.".
func startsLink(s string, i int) bool {
	switch s[i] {
	case ':':
		return strings.HasPrefix(s[i:], "://")
	case '.':
		return i >= 3 && strings.EqualFold(s[i-3:i], "www")
	}
	return false
}

// startsBlock reports whether s[i], at the start of a line, is what makes it a
// list, a heading, a table or code.
func startsBlock(s string, i int) bool {
	switch s[i] {
	case ' ', '-', '+', '=', ':':
		return i == 0
	case '.', ')':
		return i > 0 && strings.Trim(s[:i], "0123456789") == ""
	}
	return false
}

// Code returns s as a code span of GitHub's markdown, on one line, for a
// paragraph or a table cell. Inside an HTML block, where markdown has no
// meaning, it is for Markdown to do. Two of them need something between.
func Code(s string) string {
	s = guardBrackets(visible(s), `\`)
	if strings.Contains(s, "|") { // which would end a cell even in a code span
		return "<code>" + Markdown(s) + "</code>"
	}
	fence := strings.Repeat("`", 1+longestRun(s, '`'))
	if s == "" || s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' {
		s = " " + s + " " // one space is taken off at both ends
	}
	return fence + s + fence
}

// longestRun returns the length of the longest run of b in s.
func longestRun(s string, b byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		run++
		if s[i] != b {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
