package render

import (
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"

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

// Typeable is foreign text as Foreign shows it, in which a command stays in one
// line so that it can be copied: one that ends the text stands below what explains
// it where both are too wide together.
func (s Style) Typeable(head, text, indent string) string {
	if startsCommand(text) || lipgloss.Width(head+text) <= s.Width {
		return head + quote.Text(text)
	}
	for i := range text {
		if before, ok := strings.CutSuffix(text[:i], ": "); ok && startsCommand(text[i:]) {
			return s.Foreign(head, before+":", indent) + "\n" + indent + quote.Text(text[i:])
		}
	}
	return s.Foreign(head, text, indent)
}

// startsCommand reports whether text is something to type.
func startsCommand(text string) bool {
	program, rest, _ := strings.Cut(text, " ")
	return rest != "" && slices.Contains([]string{"autoken", "gh", "git"}, program)
}
