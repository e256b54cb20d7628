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
// stands on lines of its own, as do lines with a word that is too long. Each line
// of a last cell is broken by itself.
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
		indent = besideNothing
	}
	var b strings.Builder
	lines := strings.Split(strings.TrimSuffix(Columns(heads), "\n"), "\n")
	for i, row := range rows {
		text := hang(row[len(row)-1], width, indent)
		beside := strings.Repeat(" ", indent)
		if head := lipgloss.Width(lines[i]); !below && head < indent && strings.HasPrefix(text, "\n"+beside) {
			text = text[1+head:] // the first line stands beside the head
		}
		b.WriteString(strings.TrimRight(lines[i]+text, " ") + "\n")
	}
	return b.String()
}

// besideNothing is where lines stand that have no room beside a head.
const besideNothing = 4

// hang breaks each line of a text, and begins each with a new line. Lines stand at
// indent, and farther left from the first on in which a word has no room there.
func hang(text string, width, indent int) string {
	var b strings.Builder
	at := indent
	for line := range strings.SplitSeq(text, "\n") {
		if longestWord(line) > width-indent {
			at = min(indent, besideNothing)
		}
		if line != "" {
			b.WriteString("\n" + strings.Repeat(" ", at) + wrapLines(line, width-at, strings.Repeat(" ", at)))
		}
	}
	return b.String()
}

func longestWord(text string) int {
	longest := 0
	for word := range strings.FieldsSeq(text) {
		longest = max(longest, lipgloss.Width(word))
	}
	return longest
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
