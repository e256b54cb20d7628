package compare

import (
	"cmp"
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
	silenced
	pos  check.Pos
	text string
}

// silenced is what a comment silences: rules, about a line with that text, under
// those keys of that grant.
type silenced struct{ rules, grant, keys, line string }

// ignoreComments looks for comments that were not there. As many as before that
// are alike are those from before, wherever they have moved.
func (c *comparison) ignoreComments() {
	before := map[silenced]int{}
	for _, s := range silences(c.before) {
		before[s.silenced]++
	}
	for _, after := range silences(c.after) {
		if before[after.silenced]--; before[after.silenced] < 0 {
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
		silenced{rules, grantAt(d, file.Name, line), keysAt(file.Root, line), strings.TrimSpace(about)},
		check.Pos{File: file.Name, Line: first.Pos.Line, Col: first.Pos.Col},
		first.Text,
	}
}

// keysAt returns the keys under which a line stands, in a text. Which item of a
// list it is does not count: items move.
func keysAt(n *source.Node, line int) string {
	if n == nil {
		return ""
	}
	if i := lastBy(n.Fields, line, func(f source.Field) *source.Node { return f.Key }); i >= 0 {
		return n.Fields[i].Key.Text + "\n" + keysAt(n.Fields[i].Value, line)
	}
	if i := lastBy(n.Items, line, func(n *source.Node) *source.Node { return n }); i >= 0 {
		return keysAt(n.Items[i], line)
	}
	return ""
}

// lastBy returns the last of some that begins in a line or above, -1 for none.
// They are in the file's order.
func lastBy[T any](all []T, line int, node func(T) *source.Node) int {
	i, _ := slices.BinarySearchFunc(all, line+1, func(t T, line int) int { return cmp.Compare(node(t).Pos.Line, line) })
	return i - 1
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
