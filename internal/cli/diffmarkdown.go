package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// The bounds of a comment: GitHub takes 65,536 characters, and people read fewer.
const (
	maxComment  = 60_000
	maxPart     = 30_000 // of one class
	maxFact     = 500    // characters of one line of foreign text
	unfolded    = 10     // changes of a class that are shown without a fold
	commentTail = 500
)

// commentMark lets a workflow find the comment that it wrote before.
const commentMark = "<!-- autoken policy diff -->"

// markdown writes the comparison as a comment on a pull request: the verdict
// first, then what somebody gets more, then the rest in folds. Foreign text in it
// is only text.
func (d policyDiff) markdown(w io.Writer) error {
	var b strings.Builder
	sign := "✅"
	if d.Widens() {
		sign = "⚠️"
	}
	fmt.Fprintf(&b, "%s\n### autoken: %s %s\n\n", commentMark, sign, quote.Markdown(clip(d.verdict())))
	fmt.Fprintf(&b, "%s compared, %s with %s.\n", render.Count(d.Grants, "grant"), quote.Code(clip(d.before)), quote.Code(clip(d.after)))
	for _, class := range compare.Classes {
		d.part(&b, class)
	}
	if d.Widens() {
		b.WriteString("\nWho merges this gives it: the owners named above should have looked at it.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// part writes the changes of one class.
func (d policyDiff) part(b *strings.Builder, class compare.Class) {
	var changes []*compare.Change
	for _, c := range d.shown() {
		if c.Class == class {
			changes = append(changes, c)
		}
	}
	n := len(changes)
	if n == 0 {
		return
	}
	title := fmt.Sprintf("%d %s", n, classWords[class])
	folded := !class.Widens() || n > unfolded
	if folded {
		fmt.Fprintf(b, "\n<details><summary>%s</summary>\n\n", title)
	} else {
		fmt.Fprintf(b, "\n**%s**\n\n", title)
	}
	d.items(b, changes)
	if folded {
		b.WriteString("\n</details>\n")
	}
}

func (d policyDiff) items(b *strings.Builder, changes []*compare.Change) {
	start := b.Len()
	for i, c := range changes {
		item := d.item(c)
		if b.Len()+len(item) > maxComment-commentTail*len(compare.Classes) || b.Len()-start+len(item) > maxPart {
			fmt.Fprintf(b, "- and %d more\n", len(changes)-i)
			return
		}
		b.WriteString(item)
	}
}

func (d policyDiff) item(c *compare.Change) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- **%s**", quote.Markdown(clip(c.Subject)))
	if c.Owner != "" {
		fmt.Fprintf(&b, ", owner %s", quote.Code(clip(c.Owner)))
	}
	fmt.Fprintf(&b, " (%s)\n", quote.Code(clip(c.Pos.String())))
	for _, what := range c.What {
		fmt.Fprintf(&b, "  - %s\n", quote.Code(clip(what)))
	}
	for _, e := range d.exampleLines(c) {
		fmt.Fprintf(&b, "  - %s: %s\n", e[0], quote.Code(clip(e[1])))
	}
	if c.Note != "" {
		fmt.Fprintf(&b, "  - note: %s\n", quote.Markdown(clip(c.Note)))
	}
	return b.String()
}

func clip(text string) string { return render.Clip(text, maxFact) }
