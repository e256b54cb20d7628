package lint

import (
	"embed"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/source"
)

//go:embed pages/*.md
var pageFiles embed.FS

// Page is what "autoken rules ID" says about a rule.
type Page struct {
	Why      string // what can go wrong, in two or three sentences
	Incident string // where it did, "" where no public case is known
	Fix      string // what to do
	Bad      string // a policy in which the rule finds something
	Good     string // the same policy mended: the rule is silent
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
	return Page{
		Why: sections["Why"], Incident: sections["Incident"], Fix: sections["Fix"],
		Bad: fenced(sections["Bad"]), Good: fenced(sections["Good"]),
	}, true
}

// fenced returns what stands in a section's yaml block.
func fenced(section string) string {
	_, text, _ := strings.Cut(section, "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	return text
}

func sourcePos(p check.Pos) source.Pos { return source.Pos{Line: p.Line, Col: p.Col} }
