package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/session"
)

// classWords are how people say what sort of change one is.
var classWords = map[compare.Class]string{
	compare.NewlyAllowed: "newly allowed",
	compare.Stronger:     "stronger credential",
	compare.Wider:        "may more",
	compare.IgnoreAdded:  "ignored from now on",
	compare.NotCompared:  "could not be compared",
	compare.NewlyDenied:  "newly denied",
	compare.Weaker:       "weaker credential",
	compare.Narrower:     "may less",
	compare.Note:         "note",
}

// verdict says in a sentence what the comparison comes to.
func (d policyDiff) verdict() string {
	switch {
	case len(d.Changes) == 0:
		return "no job gets more or less"
	case d.Widens():
		return "somebody gets more: " + d.counts()
	case d.Count(compare.Note) == len(d.Changes):
		return "no job gets more or less: " + d.counts()
	}
	return "nobody gets more: " + d.counts()
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
	for _, c := range d.Changes {
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
	fmt.Fprintln(&b, s.Foreign("", session.Count(d.Grants, "grant")+" compared, "+d.before+" with "+d.after+": "+d.verdict(), "  "))
	_, err := io.WriteString(w, b.String())
	return err
}

// details are the lines below a change's headline.
func (d policyDiff) details(c *compare.Change) []string {
	lines := append([]string{}, c.What...)
	if c.Example != nil {
		lines = append(lines, d.example(c)+": "+c.Example.String())
	}
	if c.Note != "" {
		lines = append(lines, "note: "+c.Note)
	}
	if c.Owner != "" {
		lines = append(lines, "owner "+c.Owner)
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
	for _, c := range d.Changes {
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
			fmt.Fprintf(&b, "GitHub shows %d of a kind; not annotated: %s\n", maxAnnotations, session.Count(more, level))
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
