package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/quote"
)

// The bounds of a comment: GitHub takes 65,536 characters, and a reader fewer.
const (
	maxComment = 60_000
	maxTail    = 5_000 // of it for what stands below the table
	maxCell    = 1_000 // characters of one foreign text
)

// findingsMarkdown writes findings for a comment on a pull request. Foreign text
// in it is nothing but text.
func findingsMarkdown(w io.Writer, _ Style, f Findings) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: %s\n\n%s.", f.Command, strings.Join(f.counts(), ", "), f.looked())
	if f.Verdict != "" {
		fmt.Fprintf(&b, " %s.", capital(f.Verdict))
	}
	b.WriteString("\n")
	f.markdownTable(&b)
	if hidden := f.hidden(); hidden != "" {
		b.WriteString("\n" + hidden + ".\n")
	}
	f.markdownNotChecked(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (f Findings) markdownTable(b *strings.Builder) {
	if len(f.Shown) == 0 {
		return
	}
	b.WriteString("\n| severity | where | what |\n|---|---|---|\n")
	for i, finding := range f.Shown {
		row := markdownRow(finding)
		if b.Len()+len(row) > maxComment-maxTail {
			fmt.Fprintf(b, "\nand %d more\n", len(f.Shown)-i)
			return
		}
		b.WriteString(row)
	}
}

func markdownRow(f check.Finding) string {
	what := []string{quote.Markdown(cell(f.Message)) + " (" + quote.Code(f.Rule) + ")"}
	if f.Example != "" {
		what = append(what, "for example, this job: "+quote.Code(cell(f.Example)))
	}
	label := "fix: "
	show := quote.Markdown
	if isCode(f.Fix) {
		show = quote.Code
	}
	for line := range strings.Lines(f.Fix) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			what = append(what, label+show(cell(line)))
			label = ""
		}
	}
	return fmt.Sprintf("| %s | %s | %s |\n", f.Severity, quote.Code(cell(f.Pos.String())), strings.Join(what, "<br>"))
}

// isCode reports whether a fix is there to be copied: lines of a file, or a
// command.
func isCode(fix string) bool {
	return strings.Contains(fix, "\n") || strings.HasPrefix(fix, "autoken ") || strings.HasPrefix(fix, "gh ")
}

func cell(text string) string { return Clip(text, maxCell) }

func (f Findings) markdownNotChecked(b *strings.Builder) {
	if len(f.NotChecked) == 0 {
		return
	}
	fmt.Fprintf(b, "\n<details><summary>%d not checked</summary>\n\n", len(f.NotChecked))
	for i, n := range f.NotChecked {
		line := "- " + quote.Markdown(cell(notCheckedText(n))) + "\n"
		if i == maxNotChecked || b.Len()+len(line) > maxComment-100 {
			fmt.Fprintf(b, "- and %d more\n", len(f.NotChecked)-i)
			break
		}
		b.WriteString(line)
	}
	b.WriteString("\n</details>\n")
}
