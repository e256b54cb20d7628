package source

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBytes is the size of the largest file that is read.
const MaxBytes = 4 << 20

// checkText refuses bytes that YAML readers, editors and people take for
// different things: a reviewer must see the lines that the parser sees.
func checkText(text []byte, limit int) *Problem {
	switch {
	case len(text) > limit:
		return &Problem{Rule: "size-limit", Message: fmt.Sprintf("the file is larger than %d MiB", limit>>20)}
	case strings.HasPrefix(string(text[:min(3, len(text))]), "\ufeff"):
		return syntax(Pos{1, 1}, "the file begins with a byte order mark; save it as UTF-8 without one")
	case !utf8.Valid(text):
		return syntax(firstInvalid(text), "the file is not UTF-8 text from here on")
	}
	return checkCharacters(string(text))
}

func checkCharacters(text string) *Problem {
	at := Pos{1, 1}
	for i, r := range text {
		if bad := badCharacter(text, i, r); bad != "" {
			return syntax(at, "%s", bad)
		}
		at.Col++
		if r == '\n' {
			at = Pos{at.Line + 1, 1}
		}
	}
	return nil
}

// badCharacter says what is wrong with the character r at text[i], if anything
// is.
func badCharacter(text string, i int, r rune) string {
	switch {
	case r == '\n', r == '\t', r == '\r' && strings.HasPrefix(text[i+1:], "\n"):
		return ""
	case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
		return "this character ends a line for YAML and not for an editor; remove it"
	case r < ' ', r >= 0x7f && r < 0xa0, r == '\ufeff', r == '\ufffe', r == '\uffff':
		return fmt.Sprintf("the character U+%04X does not belong in a text file", r)
	case invisible(r):
		return fmt.Sprintf("the character U+%04X cannot be seen, or changes how what stands beside it is seen; remove it", r)
	}
	return ""
}

// invisible reports whether a reviewer could overlook r: format characters, which
// bidirectional and zero-width ones are, and letters that are drawn as nothing
// (Unicode's Default_Ignorable_Code_Point, without variation selectors).
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || strings.ContainsRune("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0", r)
}

func firstInvalid(text []byte) Pos {
	at := Pos{1, 1}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			break
		}
		at.Col++
		if r == '\n' {
			at = Pos{at.Line + 1, 1}
		}
		text = text[size:]
	}
	return at
}

// splitLines returns the lines of text without their ends.
func splitLines(text string) []string {
	lines := strings.Split(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return lines
}
