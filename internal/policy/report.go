package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"

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

	named map[string]*Test
	sized bool // whether the number of grants was complained about
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

// unknown reports that n is not one of known, with the nearest one.
func (l *loader) unknown(n *source.Node, rule, what string, known []string) {
	near := nearest(n.Text, known)
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

// nearest returns the known word that someone who wrote word most likely meant,
// "" where none is near.
func nearest(word string, known []string) string {
	best, found := 1+max(1, utf8.RuneCountInString(word)/3), ""
	for _, candidate := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < best {
			best, found = d, candidate
		}
	}
	return found
}

// distance is the number of characters to insert, remove, replace or swap with
// their neighbour in order to get from a to b.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	if len(from) > maxValue || len(to) > maxValue {
		return maxValue
	}
	before, row := make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range from {
		next := make([]int, len(to)+1)
		next[0] = i + 1
		for j := range to {
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+cost(from[i], to[j]))
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(to)]
}

func cost(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
