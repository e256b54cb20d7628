package lint

import (
	"embed"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/source"
)

//go:embed pages/*.md
var pageFiles embed.FS

// Page is what "autoken rules ID" says about a rule. It is pages/ID.md: sections
// of prose, and two examples that the rule is run on.
//
// An example shows what its reader needs to see and no more. Keys of a grant
// stand for those of the one grant of testdata/base.yaml, and the policy's keys
// (issuers, grants, …) for that file's. A grant under grants may leave out issuer,
// owner and credential, and tests are added where there are none. A line
// "# teams/payments.yaml" begins a further file. An example that begins with
// "version:" or "# autoken.policy.yaml" is the whole main file as it is. What
// cannot be written is named, as in ⟨TAB⟩.
type Page struct {
	Why      string // what can go wrong, in two or three sentences
	Incident string // where it did, "" where no public case is known
	Fix      string // what to do
	Bad      string // an example in which the rule finds something
	Also     string // which other rules find something there as well, with commas
	Good     string // the same mended: no rule finds anything
}

// PageOf returns the page of a rule.
func PageOf(id string) (Page, bool) {
	text, err := pageFiles.ReadFile("pages/" + id + ".md")
	if err != nil {
		return Page{}, false
	}
	sections := map[string]string{}
	for part := range strings.SplitSeq("\n"+string(text), "\n## ") {
		title, body, _ := strings.Cut(part, "\n")
		sections[title] = strings.TrimSpace(body)
	}
	bad, also := example(sections["Bad"])
	good, _ := example(sections["Good"])
	return Page{
		Why: sections["Why"], Incident: sections["Incident"], Fix: sections["Fix"],
		Bad: bad, Also: strings.TrimPrefix(also, "Also: "), Good: good,
	}, true
}

// example returns what stands in a section's yaml block, and what stands below.
func example(section string) (text, below string) {
	_, text, _ = strings.Cut(section, "```yaml\n")
	text, below, _ = strings.Cut(text, "```")
	return text, strings.TrimSpace(below)
}

// Markdown returns the page as GitHub's markdown.
func (p Page) Markdown() string {
	var b strings.Builder
	b.WriteString(p.Why + "\n\n")
	if p.Incident != "" {
		b.WriteString("**Incident:** " + p.Incident + "\n\n")
	}
	b.WriteString("**Fix:** " + p.Fix + "\n\n")
	b.WriteString("Bad:\n\n```yaml\n" + p.Bad + "```\n\nGood:\n\n```yaml\n" + p.Good + "```\n")
	return b.String()
}

func sourcePos(p check.Pos) source.Pos { return source.Pos{Line: p.Line, Col: p.Col} }
