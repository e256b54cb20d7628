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
	return wrapped(head, text, s.Width, indent)
}

// Typeable is foreign text as Foreign shows it, in which a command stays in one
// line so that it can be copied: one that ends the text stands below what explains
// it where both are too wide together.
func Typeable(head, text string, width int, indent string) string {
	if startsCommand(text) || lipgloss.Width(head+text) <= width {
		return head + quote.Text(text)
	}
	for i := range text {
		if before, ok := strings.CutSuffix(text[:i], ": "); ok && startsCommand(text[i:]) {
			return wrapped(head, before+":", width, indent) + "\n" + indent + quote.Text(text[i:])
		}
	}
	return wrapped(head, text, width, indent)
}

// startsCommand reports whether text is something to type.
func startsCommand(text string) bool {
	program, rest, _ := strings.Cut(text, " ")
	return rest != "" && slices.Contains([]string{"autoken", "gh", "git"}, program)
}
