// Package quote makes text that autoken did not write itself harmless where it
// is shown: in a CI log, on a terminal, in a shell and in markdown.
package quote

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s as one line that a CI system takes for no command and a terminal
// for no control sequence. What does not print is shown escaped, as \n or \u202e.
// "##[" anywhere and "::" at the start get a backslash, as the runner of GitHub
// parses "##[name]" anywhere in a line and "::name::" at its trimmed start.
//
// What looks like a secret is not shown.
//
// Texts may be joined with each other and with words: no command arises. Text of
// a Text is the same text.
func Text(s string) string {
	return guardEnds(guardBrackets(visible(Conceal(s)), `\`))
}

// Lines returns s with each of its lines as Text. "\n" and "\r\n" end a line; a
// "\r" alone, which moves the cursor back, is shown escaped.
func Lines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = Text(line)
	}
	return strings.Join(lines, "\n")
}

// visible returns s with every rune that does not print shown escaped.
func visible(s string) string {
	var out strings.Builder
	before := rune(0) // what a mark would stand on
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, s[i])
			before = 0
		case prints(r, before):
			out.WriteRune(r)
			before = r
		default:
			out.WriteString(escaped(r))
			before = 0
		}
	}
	return out.String()
}

// prints reports whether r shows as itself behind before. The runner compares by
// the rules of a language, so for it a text with invisible runes inside equals
// the one without. That is why those do not print, nor does a mark where there is
// no letter to carry it.
func prints(r, before rune) bool {
	switch {
	case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	case unicode.IsMark(r):
		return before >= utf8.RuneSelf || unicode.IsLetter(before)
	}
	return unicode.IsPrint(r)
}

func escaped(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// guardBrackets puts guard between "##" and "[", also with a name between as in
// Azure's "##vso[" and TeamCity's "##teamcity[".
func guardBrackets(s, guard string) string {
	var out strings.Builder
	from := 0
	for i, r := range s {
		if r != '[' {
			continue
		}
		if strings.HasSuffix(trimName(s[from:i]), "##") {
			out.WriteString(s[from:i])
			out.WriteString(guard)
			from = i
		}
	}
	return out.String() + s[from:]
}

// guardEnds puts a backslash where the start or the end of s is the start of a
// command, or becomes one beside the start or the end of another text.
func guardEnds(s string) string {
	if strings.HasPrefix(s, "#[") {
		s = `#\` + s[1:]
	}
	if start := strings.TrimLeft(s, " "); start == ":" || strings.HasPrefix(start, "::") {
		s = s[:len(s)-len(start)] + `\` + start
	}
	if head := trimName(s); s == "#" || strings.HasSuffix(head, "##") {
		s = s[:len(head)-1] + `\` + s[len(head)-1:]
	}
	return s
}

// trimName returns s without the ASCII letters at its end.
func trimName(s string) string {
	return strings.TrimRightFunc(s, func(r rune) bool {
		return r < utf8.RuneSelf && unicode.IsLetter(r)
	})
}

// CommandData escapes s as the data of a workflow command of GitHub. That is for
// line ends alone; text that autoken did not write goes through Text or Lines
// first, as a runner that does not know the command prints it.
func CommandData(s string) string {
	return dataEscapes.Replace(s)
}

// CommandProperty escapes s as the value of a property of a workflow command.
func CommandProperty(s string) string {
	return propertyEscapes.Replace(s)
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
