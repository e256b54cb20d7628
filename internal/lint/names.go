package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var nameRules = []rule{
	{check.Meta{ID: "id-name-conflict", Summary: "two grants have one id with two names, or one name with two ids", Severity: check.High}, conflicts},
	{check.Meta{ID: "case-only-difference", Summary: "two values differ in case alone, so one of them never fits", Severity: check.Medium}, cases},
}

// naming is a claim with an id, and the one with its name.
type naming struct {
	id, name string
	scoped   bool // the name is unique below its owner alone
	parent   bool // the id is that of the name's first part
}

var namings = []naming{
	{id: "repository_id", name: "repository"},
	{id: "repository_owner_id", name: "repository_owner"},
	{id: "repository_owner_id", name: "repository", parent: true},
	{id: "project_id", name: "project_path"},
	{id: "namespace_id", name: "namespace_path"},
	{id: "namespace_id", name: "project_path", parent: true},
	{id: "organization_id", name: "organization_slug"},
	{id: "pipeline_id", name: "pipeline_slug", scoped: true},
	{id: "enterprise_id", name: "enterprise"},
}

// conflicts compares what grants say; whether it is true they cannot know. Names
// are compared without regard to case, which is a rule of its own.
func conflicts(l *look) {
	said := map[string]saying{}
	for _, g := range l.grants() {
		l.subject = g.String()
		for _, n := range namings {
			id, name := only(g, n.id), only(g, n.name)
			if n.parent {
				name.Text = name.Text[:max(0, strings.LastIndexByte(name.Text, '/'))]
			}
			if id.Text == "" || name.Text == "" || l.differs(said, g, n.id, id.Text, name) || n.parent || n.scoped {
				continue
			}
			l.differs(said, g, n.name, name.Text, id)
		}
	}
}

// saying is what a grant says is the same as something else.
type saying struct{ as, grant string }

// differs remembers that a claim's value stands for other, and reports it where
// a grant before said otherwise.
func (l *look) differs(said map[string]saying, g *policy.Grant, claim, value string, other policy.Word) bool {
	key := strings.ToLower(g.Issuer.Name + " " + claim + " " + value)
	before, again := said[key]
	switch {
	case !again:
		said[key] = saying{other.Text, g.ID}
	case !strings.EqualFold(before.as, other.Text):
		l.say(other.Pos,
			claim+" "+value+" goes with "+other.Text+" here, and with "+before.as+" in grant "+before.grant,
			"look both up, and correct the one that is wrong")
		return true
	}
	return false
}

// only returns the one value that a grant, or else its issuer, lists for a
// claim; no text where there are more or none.
func only(g *policy.Grant, claim string) policy.Word {
	for _, m := range []*policy.Match{g.Find(claim), g.Issuer.Find(claim)} {
		if m != nil && m.Values.Pins() && len(m.Values.Exact) == 1 {
			return m.Values.Exact[0]
		}
	}
	return policy.Word{}
}

// cases compares what stands under one claim of one issuer. Refs and events may
// well differ in case alone for git, and do not for those who read them.
func cases(l *look) {
	first := map[string]policy.Word{}
	for _, c := range l.conditions(inRequire | inMatch) {
		l.subject = c.subject
		if c.Claim.Name == c.kind.Event || c.Claim.Name == "sub" {
			continue
		}
		for _, w := range c.Values.Exact {
			key := c.issuer.Name + " " + c.Claim.Name + " " + strings.ToLower(w.Text)
			before, again := first[key]
			if !again {
				first[key] = w
				continue
			}
			if before.Text != w.Text {
				l.say(w.Pos,
					before.Pos.String()+" has this as "+before.Text+": case counts, so at most one of them fits",
					"write both as the platform does")
			}
		}
	}
}
