package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
)

// Findings is a report on its way to its readers. What is counted and what
// decides an exit code is the report; what is listed is Shown.
type Findings struct {
	check.Report
	Shown   []check.Finding // of the report's, in the order in which they are listed
	Rules   []Rule          // that were looked for
	Command string          // that looked: "autoken policy lint"
	Version string          // of autoken
	Verdict string          // what follows: "the broker would load this policy"
}

// Rule is a rule with what its page says.
type Rule struct {
	check.Meta
	Help     string // plain text; "" for the summary alone
	Markdown string // the same for those who render it; "" for Help
}

// Format is one way to show findings.
type Format struct {
	Name      string // for --format
	Extension string // of files that are written in it
	Write     func(io.Writer, Style, Findings) error
}

// FindingsFormats lists the formats of findings, the default first.
var FindingsFormats = []Format{
	{"table", ".txt", findingsTable},
	{"json", ".json", findingsJSON},
	{"sarif", ".sarif", findingsSARIF},
	{"markdown", ".md", findingsMarkdown},
	{"github", "", findingsGitHub},
}

// looked says how much was looked at: "31 files, 214 grants".
func (f Findings) looked() string {
	parts := []string{Count(f.Coverage.Files, "file")}
	if f.Coverage.Grants > 0 || f.Coverage.Settings == 0 {
		parts = append(parts, Count(f.Coverage.Grants, "grant"))
	}
	if f.Coverage.Settings > 0 {
		parts = append(parts, Count(f.Coverage.Settings, "setting"))
	}
	return strings.Join(parts, ", ")
}

// counts says how many findings of which severity there are, worst first, and
// how many others.
func (f Findings) counts() []string {
	var parts []string
	for severity := check.Error; severity >= check.Info; severity-- {
		switch n := f.countOf(severity); {
		case n == 0:
		case severity == check.Error:
			parts = append(parts, Count(n, "error"))
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, severity))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing found"}
	}
	if n := len(f.Ignored); n > 0 {
		parts = append(parts, fmt.Sprintf("%d ignored", n))
	}
	if n := len(f.NotChecked); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not checked", n))
	}
	return parts
}

func (f Findings) countOf(severity check.Severity) int {
	n := 0
	for _, finding := range f.Findings {
		if finding.Severity == severity {
			n++
		}
	}
	return n
}

// summary is the report in one line, or in as few as fit. The verdict stands
// beside the errors, which are what it follows from.
func (f Findings) summary(width int) string {
	const together = "~" // no line ends here; it is as wide as the blank that it stands for
	parts := f.counts()
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], " ", together)
	}
	switch {
	case f.Verdict == "":
	case f.countOf(check.Error) > 0:
		parts[0] += " (" + f.Verdict + ")"
	default:
		parts[len(parts)-1] += "; " + f.Verdict
	}
	text := Wrap(f.looked()+": "+strings.Join(parts, ", "), width, "  ")
	return strings.ReplaceAll(text, together, " ")
}

// hidden says how many findings are not listed, "" where all are.
func (f Findings) hidden() string {
	n := len(f.Findings) - len(f.Shown)
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s not shown, as asked; the counts and the exit code include all", n, Count(len(f.Findings), "finding"))
}

// worstFirst returns findings by severity.
func worstFirst(findings []check.Finding) []check.Finding {
	sorted := slices.Clone(findings)
	check.WorstFirst(sorted)
	return sorted
}

// notCheckedText is a question without an answer in one line.
func notCheckedText(n check.NotChecked) string {
	about := n.Rule + ", " + n.Subject
	if n.Rule == "" || n.Subject == "" {
		about = n.Rule + n.Subject
	}
	return about + ": " + n.Reason
}

// Count says how many things there are: "1 grant", "3 grants".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// capital returns text as the beginning of a sentence.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
