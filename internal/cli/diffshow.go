package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// classWords are how people say what sort of change one is.
var classWords = map[compare.Class]string{
	compare.NewlyAllowed: "newly allowed",
	compare.Stronger:     "stronger credential",
	compare.Wider:        "wider",
	compare.IgnoreAdded:  "ignored from now on",
	compare.NotCompared:  "could not be compared",
	compare.NewlyDenied:  "newly denied",
	compare.Weaker:       "weaker credential",
	compare.Narrower:     "narrower",
	compare.Note:         "note",
}

// verdict says in a sentence what the comparison comes to.
func (d policyDiff) verdict() string {
	switch {
	case len(d.Changes) == 0:
		return "no job gets more or less"
	case d.Widens():
		return d.more()
	case d.Count(compare.Note) == len(d.Changes):
		return "no job gets more or less: " + d.counts()
	}
	return "nobody gets more: " + d.counts()
}

// more says who gets more: by name where it is one thing that gives it.
func (d policyDiff) more() string {
	var first *compare.Change
	n := 0
	for _, c := range d.Changes {
		if c.Class.Widens() {
			first, n = cmp.Or(first, c), n+1
		}
	}
	switch {
	case n == 1 && len(d.Changes) == 1:
		return d.sentence(first)
	case n == 1:
		return d.sentence(first) + ": " + d.counts()
	case d.Count(compare.IgnoreAdded) == n:
		return "the linter is told to ignore more: " + d.counts()
	case d.Count(compare.NotCompared) == n:
		return "somebody may get more: " + d.counts()
	}
	return "somebody gets more: " + d.counts()
}

// sentence says what a change that gives more comes to.
func (d policyDiff) sentence(c *compare.Change) string {
	switch c.Class {
	case compare.NewlyAllowed:
		if d.lost[c.Grant] != nil {
			return c.Subject + " admits other jobs"
		}
		return c.Subject + " admits more jobs"
	case compare.Stronger:
		return c.Subject + " gives a stronger credential"
	case compare.IgnoreAdded:
		return "the linter is told to " + c.Subject
	case compare.NotCompared:
		return c.Subject + " may give more, which could not be found out"
	case compare.Wider, compare.NewlyDenied, compare.Weaker, compare.Narrower, compare.Note:
	}
	if strings.HasPrefix(c.Subject, "team ") {
		return c.Subject + " may grant more"
	}
	return c.Subject + " is wider"
}

func (d policyDiff) counts() string {
	var parts []string
	for _, class := range compare.Classes {
		if n := d.Count(class); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, classWords[class]))
		}
	}
	return strings.Join(parts, ", ")
}

// table writes the changes as compilers do, so that editors find the places.
func (d policyDiff) table(w io.Writer, s render.Style) error {
	var b strings.Builder
	for _, c := range d.shown() {
		class := s.Dim(classWords[c.Class])
		if c.Class.Widens() {
			class = s.Bad(classWords[c.Class])
		}
		fmt.Fprintf(&b, "%s: %s: %s\n", quote.Text(c.Pos.String()), class, quote.Text(c.Subject))
		for _, line := range d.details(c) {
			b.WriteString(s.Foreign("  ", line, "    ") + "\n")
		}
		b.WriteString("\n")
	}
	fmt.Fprintln(&b, s.Foreign("", render.Count(d.Grants, "grant")+" compared, "+d.before+" with "+d.after+": "+d.verdict(), "  "))
	_, err := io.WriteString(w, b.String())
	return err
}

// details are the lines below a change's headline.
func (d policyDiff) details(c *compare.Change) []string {
	lines := append([]string{}, c.What...)
	for _, e := range d.exampleLines(c) {
		lines = append(lines, e[0]+": "+e[1])
	}
	if c.Note != "" {
		lines = append(lines, "note: "+c.Note)
	}
	if c.Owner != "" {
		lines = append(lines, "owner "+c.Owner)
	}
	return lines
}

// exampleLines are the jobs of a change, each with what introduces it.
func (d policyDiff) exampleLines(c *compare.Change) [][2]string {
	var lines [][2]string
	if c.Example != nil {
		lines = append(lines, [2]string{d.example(c), c.Example.String()})
	}
	if lost := d.lost[c.Grant]; lost != nil && c.Class == compare.NewlyAllowed && lost.Example != nil {
		lines = append(lines, [2]string{"newly denied, " + d.example(lost), lost.Example.String()})
	}
	return lines
}

// example introduces the job of a change. One that nobody has seen is still one
// that the policies do not treat alike.
func (d policyDiff) example(c *compare.Change) string {
	text := "for example, this job"
	if !c.Example.Plausible {
		text = "for example, this unusual job"
	}
	if c.At.After(d.now) {
		text += " from " + c.At.Format(time.DateOnly) + " on"
	}
	return text
}

// maxAnnotations is how many annotations of one level GitHub shows of a step.
const maxAnnotations = 10

// annotations writes the changes for the log of a job on GitHub, which shows them
// beside the lines.
func (d policyDiff) annotations(w io.Writer) error {
	var b strings.Builder
	shown := map[string]int{}
	for _, c := range d.shown() {
		level := "notice"
		if c.Class.Widens() {
			level = "warning"
		}
		if shown[level]++; shown[level] > maxAnnotations || c.Gone && c.Class == compare.Note {
			continue
		}
		text := c.Subject + "\n" + strings.Join(d.details(c), "\n")
		fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", level, placeOf(c), quote.CommandProperty("autoken: "+classWords[c.Class]), quote.CommandData(quote.Lines(text)))
	}
	for _, level := range []string{"warning", "notice"} {
		if more := shown[level] - maxAnnotations; more > 0 {
			fmt.Fprintf(&b, "GitHub shows %d of a kind; not annotated: %s\n", maxAnnotations, render.Count(more, level))
		}
	}
	fmt.Fprintln(&b, quote.Text(d.verdict()))
	_, err := io.WriteString(w, b.String())
	return err
}

// placeOf is where an annotation stands; what is gone stands nowhere.
func placeOf(c *compare.Change) string {
	if c.Gone {
		return ""
	}
	place := "file=" + quote.CommandProperty(quote.Text(c.Pos.File)) + ","
	if c.Pos.Line > 0 {
		place += fmt.Sprintf("line=%d,col=%d,", c.Pos.Line, c.Pos.Col)
	}
	return place
}
