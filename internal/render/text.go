package render

import (
	"strings"

	"github.com/autoken/autoken/internal/quote"
)

// Foreign returns text that others chose behind head, in lines no wider than the
// terminal; those after the first begin with indent. None of them gives a runner
// an order.
func (s Style) Foreign(head, text, indent string) string {
	lines := strings.Split(wrapAfter(head, quote.Text(text), s.Width, indent), "\n")
	for i, line := range lines[1:] {
		lines[i+1] = quote.Text(line) // also one that begins in the middle of the text
	}
	return strings.Join(lines, "\n")
}

// Clip cuts text that is longer than a reader wants to see, in characters.
func Clip(text string, longest int) string {
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest]) + "…"
}
