package policy

import (
	"fmt"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/source"
)

// loader reads the files of one policy and collects everything that is wrong
// with them.
type loader struct {
	opts     Options
	policy   *Policy
	limits   limits
	findings []check.Finding
	subject  string // whom the findings are about at the moment: "grant payments/sonar"

	named     map[string]*Test
	testFiles []string // names that an include fits and that are not included
	sized     bool     // whether the number of grants was complained about
}

func place(n *source.Node) check.Pos {
	return check.Pos{File: n.File.Name, Line: n.Pos.Line, Col: n.Pos.Col}
}

// report adds a finding about the text of n.
func (l *loader) report(n *source.Node, rule, format string, args ...any) {
	l.mend(n, rule, "", format, args...)
}

// mend adds a finding about the text of n, with what to write instead.
func (l *loader) mend(n *source.Node, rule, fix, format string, args ...any) {
	l.findings = append(l.findings, check.Finding{
		Rule: rule, Severity: check.Error, Pos: place(n), Subject: l.subject,
		Message: fmt.Sprintf(format, args...), Fix: fix, Excerpt: n.File.Excerpt(n.Pos, n.Width()),
	})
}

// fileProblem adds what was found while the file was read.
func (l *loader) fileProblem(f *source.File, p source.Problem) {
	l.findings = append(l.findings, check.Finding{
		Rule: p.Rule, Severity: check.Error, Message: p.Message,
		Pos:     check.Pos{File: f.Name, Line: p.Pos.Line, Col: p.Pos.Col},
		Excerpt: f.Excerpt(p.Pos, p.Width),
	})
}

// about says whom the next findings are about, until the function that it
// returns is called.
func (l *loader) about(format string, args ...any) func() {
	before := l.subject
	l.subject = fmt.Sprintf(format, args...)
	return func() { l.subject = before }
}

const manyFindings = 100

// unknown reports that n is not one of known, with the nearest one.
func (l *loader) unknown(n *source.Node, rule, what string, known []string) {
	near := ""
	if len(l.findings) < manyFindings { // looking for it takes time, and nobody reads that far
		near = check.Nearest(n.Text, known)
	}
	switch {
	case near != "":
		l.mend(n, rule, "did you mean "+near+"?", "unknown %s %q", what, n.Text)
	case len(known) == 0:
		l.report(n, rule, "unknown %s %q: there is none", what, n.Text)
	case len(known) > 12:
		l.report(n, rule, "unknown %s %q", what, n.Text)
	default:
		l.report(n, rule, "unknown %s %q, known: %s", what, n.Text, strings.Join(known, ", "))
	}
}
