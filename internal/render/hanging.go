package render

import (
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/autoken/autoken/internal/quote"
)

// minText is how many columns a text needs beside a table to be read at ease.
const minText = 28

// Hanging aligns rows as Columns does and breaks the last cell of each at blanks,
// so that it continues below itself. Where the cells before it leave no room it
// stands on lines of its own. Each line of a last cell is broken by itself.
func Hanging(rows [][]string, width int) string {
	heads := make([][]string, 0, len(rows))
	for _, row := range rows {
		heads = append(heads, row[:len(row)-1])
	}
	indent := 0
	for _, w := range columnWidths(heads) {
		indent += w + 2
	}
	below := width-indent < minText
	if below {
		indent = 4
	}
	var b strings.Builder
	lines := strings.Split(strings.TrimSuffix(Columns(heads), "\n"), "\n")
	for i, row := range rows {
		text := wrapLines(row[len(row)-1], width-indent, strings.Repeat(" ", indent))
		switch {
		case text == "":
			b.WriteString(strings.TrimRight(lines[i], " ") + "\n")
		case below:
			b.WriteString(strings.TrimRight(lines[i], " ") + "\n" + strings.Repeat(" ", indent) + text + "\n")
		default:
			b.WriteString(lines[i] + strings.Repeat(" ", max(0, indent-lipgloss.Width(lines[i]))) + text + "\n")
		}
	}
	return b.String()
}

func wrapLines(text string, width int, indent string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		for i, part := range strings.Split(Wrap(line, width, ""), "\n") {
			// Breaking a line must not put what was harmless inside of it where a
			// runner takes it for an order.
			if i > 0 && strings.HasPrefix(part, ":") {
				part = quote.Text(part)
			}
			lines = append(lines, part)
		}
	}
	return strings.Join(lines, "\n"+indent)
}
