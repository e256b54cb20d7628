package render

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// Columns aligns rows, two blanks between columns and none at the end of a
// line. Cells may be styled; they are never cut, so an id can always be copied.
func Columns(rows [][]string) string {
	widths := columnWidths(rows)
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-lipgloss.Width(cell)+2))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	return widths
}

// Indent puts prefix before each line of text that is not empty.
func Indent(text, prefix string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = prefix + line
		}
	}
	return strings.Join(lines, "\n")
}

// Wrap breaks text at blanks so that no line is wider than width, except for a
// single word that is: commands and ids are never cut. Lines after the first
// begin with indent.
func Wrap(text string, width int, indent string) string {
	return wrapAfter("", text, width, indent)
}

// wrapAfter wraps text that begins behind head, which is not broken itself.
func wrapAfter(head, text string, width int, indent string) string {
	var lines []string
	line, between := head, ""
	for word := range strings.FieldsSeq(text) {
		if between != "" && lipgloss.Width(line)+1+lipgloss.Width(word) > width {
			lines = append(lines, line)
			line, between = indent, ""
		}
		line += between + word
		between = " "
	}
	return strings.Join(append(lines, line), "\n")
}
