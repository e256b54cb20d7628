package source

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/quote"
)

// excerptWidth leaves room for the line number in 80 columns.
const excerptWidth = 70

// Excerpt returns the line of pos with carets below the width characters that
// begin there, harmless on a terminal and in a CI log. It is "" for a place that
// is not in the file, and for a line that has something like a secret in it.
func (f *File) Excerpt(pos Pos, width int) string {
	if pos.Line < 1 || pos.Line > len(f.lines) {
		return ""
	}
	line, ok := f.shown(pos.Line)
	if !ok {
		return ""
	}
	shown, column, width := window(line, pos.Col, max(1, width))
	before := utf8.RuneCountInString(quote.Text(upTo(shown, column)))
	carets := utf8.RuneCountInString(quote.Text(upTo(shown, column+width))) - before
	number := fmt.Sprintf("%4d", pos.Line)
	return fmt.Sprintf("%s | %s\n%s | %s%s", number, quote.Text(shown),
		strings.Repeat(" ", len(number)), strings.Repeat(" ", before), strings.Repeat("^", max(1, carets)))
}

// window cuts the part of line around the column col, with an ellipsis where
// something was cut off, and returns it with the offset in it, counted from 0,
// and the number of characters that are left of the marked ones.
func window(line string, col, width int) (string, int, int) {
	runes := []rune(strings.ReplaceAll(line, "\t", " ")) // a tab is one character, whatever a terminal makes of it
	start, end := 0, len(runes)
	at := min(max(col-1, 0), end)
	width = min(width, max(1, end-at))
	if end <= excerptWidth {
		return string(runes), at, width
	}
	start = max(0, min(at-excerptWidth/3, end-excerptWidth))
	end = min(end, start+excerptWidth)
	width = min(width, max(1, end-at))
	if start > 0 {
		runes[start] = '…'
	}
	if end < len(runes) {
		runes[end-1] = '…'
	}
	return string(runes[start:end]), at - start, width
}

// upTo returns the first n characters of text.
func upTo(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
