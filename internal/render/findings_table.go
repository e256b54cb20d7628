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
			b.WriteString("not checked: and " + count(len(f.NotChecked)-i, "other") + ", all in --format json\n")
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
		text += quote.Lines(f.Excerpt) + "\n"
	}
	if f.Example != "" {
		text += s.Foreign("  for example, this job: ", f.Example, "    ") + "\n"
	}
	return text + s.fix(f.Fix)
}

// fix shows what to write or type. Several lines and commands stay as they are:
// they are there to be copied.
func (s Style) fix(fix string) string {
	switch {
	case fix == "":
		return ""
	case strings.Contains(fix, "\n"):
		return "  fix:\n" + Indent(quote.Lines(strings.TrimRight(fix, "\n")), "    ") + "\n"
	case strings.HasPrefix(fix, "autoken "):
		return "  fix: " + quote.Text(fix) + "\n"
	}
	return s.Foreign("  fix: ", fix, "    ") + "\n"
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
