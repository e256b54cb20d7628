package compare

import (
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/source"
)

// ignores looks for findings that the linter is told to be silent about, and was
// not before.
func (c *comparison) ignores() {
	for _, after := range c.after.Policy.Ignores {
		covered := func(before *policy.Ignore) bool {
			return before.Rule == after.Rule && (before.Grant == "" || before.Grant == after.Grant) &&
				scope(c.before, before.Pos) == scope(c.after, after.Pos) && !endsBefore(before.Until, after.Until)
		}
		if c.ended(after.Until) || slices.ContainsFunc(c.before.Policy.Ignores, covered) {
			continue
		}
		what := []string{"the rule " + after.Rule + " is ignored", "because: " + after.Reason}
		if after.Grant != "" {
			what[0] += " for grant " + after.Grant
		}
		c.add(&Change{Class: IgnoreAdded, Subject: "ignore " + after.Rule, Grant: after.Grant, Pos: after.Pos, What: what})
	}
	c.ignoreComments()
}

// scope is the file whose grants an ignore is about, "" for all.
func scope(d *policy.Draft, pos check.Pos) string {
	if pos.File == d.Files[0].Name {
		return ""
	}
	return pos.File
}

func endsBefore(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }

// ended reports whether a last day has passed.
func (c *comparison) ended(last time.Time) bool {
	return !last.IsZero() && !c.now.Before(last.Add(24*time.Hour))
}

// silence is a comment that tells the linter to be silent about a line.
type silence struct {
	rules, grant, line string // what, and which line of which grant it is about
	pos                check.Pos
	text               string
}

func (s silence) same(other silence) bool {
	return s.rules == other.rules && s.grant == other.grant && s.line == other.line
}

func (c *comparison) ignoreComments() {
	before := silences(c.before)
	for _, after := range silences(c.after) {
		if !slices.ContainsFunc(before, after.same) {
			c.add(&Change{Class: IgnoreAdded, Subject: "ignore " + after.rules, Grant: after.grant, Pos: after.pos, What: []string{after.text}})
		}
	}
}

func silences(d *policy.Draft) []silence {
	var all []silence
	for _, file := range d.Files {
		comments := file.Comments()
		for i, comment := range comments {
			if rest, ours := strings.CutPrefix(comment.Text, "autoken:"); ours && strings.Contains(rest, "ignore") {
				all = append(all, silenceAt(d, file, comments[i:]))
			}
		}
	}
	return all
}

// silenceAt is what the first comment says, about its own line where something
// stands before it, else about the next that is not all comment.
func silenceAt(d *policy.Draft, file *source.File, comments []source.Comment) silence {
	first := comments[0]
	line := first.Pos.Line
	for _, c := range comments {
		if c.Pos.Line != line || !c.Alone {
			break
		}
		line++
	}
	about, _, _ := strings.Cut(file.Line(line), "#")
	_, list, _ := strings.Cut(first.Text, "[")
	rules, _, _ := strings.Cut(list, "]")
	return silence{
		rules: rules, line: strings.TrimSpace(about), text: first.Text, grant: grantAt(d, file.Name, line),
		pos: check.Pos{File: file.Name, Line: first.Pos.Line, Col: first.Pos.Col},
	}
}

// grantAt returns the grant in which a line stands, "" where it is none.
func grantAt(d *policy.Draft, file string, line int) string {
	id, at := "", 0
	for _, g := range d.Policy.Grants {
		if g.Pos.File == file && g.Pos.Line <= line && g.Pos.Line > at {
			id, at = g.ID, g.Pos.Line
		}
	}
	return id
}
