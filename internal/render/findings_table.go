package render

import (
	"io"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/quote"
)

// maxNotChecked is how many unanswered questions are listed one by one.
const maxNotChecked = 10

// findingsTable writes findings as compilers do, so that editors find the place,
// and what was looked at in the last line.
func findingsTable(w io.Writer, s Style, f Findings) error {
	var b strings.Builder
	for _, finding := range f.Shown {
		b.WriteString(s.Finding(finding) + "\n")
	}
	for i, n := range f.NotChecked {
		if i == maxNotChecked {
			b.WriteString("not checked: and " + Count(len(f.NotChecked)-i, "other") + ", all in --format json\n")
			break
		}
		b.WriteString(s.Foreign("not checked: ", notCheckedText(n), "  ") + "\n")
	}
	if len(f.NotChecked) > 0 {
		b.WriteString("\n")
	}
	if hidden := f.hidden(); hidden != "" {
		b.WriteString(Wrap(hidden, s.Width, "  ") + "\n")
	}
	b.WriteString(f.summary(s.Width) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Finding returns a finding for people: the place as compilers print it, the
// text that it is about, an example and the mend.
func (s Style) Finding(f check.Finding) string {
	head := quote.Text(f.Pos.String()) + ": " + s.severity(f.Severity) + ": "
	text := s.Foreign(head, f.Message+" ["+f.Rule+"]", "    ") + "\n"
	if f.Excerpt != "" {
		text += quote.Lines(narrow(f.Excerpt, s.Width)) + "\n"
	}
	if f.Example != "" {
		text += s.Foreign("  for example, this job: ", f.Example, "    ") + "\n"
	}
	return text + s.fix(f.Fix)
}

// narrow cuts an excerpt, which is a line of a file with carets below, to width: the
// part that the carets are under stays.
func narrow(excerpt string, width int) string {
	line, marks, ok := strings.Cut(excerpt, "\n")
	shown, carets := []rune(line), []rune(marks)
	const head = len("1234 | ")
	if !ok || max(len(shown), len(carets)) <= width || len(shown) <= head || width < 2*head {
		return excerpt
	}
	first := max(head, strings.IndexByte(marks, '^'))
	start := max(head, min(first-(width-head)/3, len(shown)-(width-head)))
	end := min(len(shown), start+width-head)
	if start > head {
		shown[start] = '…'
	}
	if end < len(shown) {
		shown[end-1] = '…'
	}
	cut := func(text []rune) string {
		return string(text[:head]) + string(text[min(start, len(text)):min(end, len(text))])
	}
	return cut(shown) + "\n" + cut(carets)
}

// fix shows what to write or type. Several lines and commands stay as they are:
// they are there to be copied.
func (s Style) fix(fix string) string {
	switch {
	case fix == "":
		return ""
	case strings.Contains(fix, "\n"):
		return "  fix:\n" + Indent(quote.Lines(strings.TrimRight(fix, "\n")), "    ") + "\n"
	}
	return s.Typeable("  fix: ", fix, "    ") + "\n"
}

func (s Style) severity(severity check.Severity) string {
	switch {
	case severity >= check.High:
		return s.Bad(severity.String())
	case severity == check.Medium:
		return s.Warn(severity.String())
	}
	return s.Dim(severity.String())
}
