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
}

var namings = []naming{
	{"repository_id", "repository", false},
	{"repository_owner_id", "repository_owner", false},
	{"project_id", "project_path", false},
	{"namespace_id", "namespace_path", false},
	{"organization_id", "organization_slug", false},
	{"pipeline_id", "pipeline_slug", true},
	{"enterprise_id", "enterprise", false},
}

// ownerOf says which claim has the id of a name's first part.
var ownerOf = map[string]string{"repository": "repository_owner_id", "project_path": "namespace_id"}

// known is what a grant says is called so, and where.
type known struct {
	as    policy.Word
	grant string
}

// conflicts compares what grants say; whether it is true they cannot know.
func conflicts(l *look) {
	all := register{l, map[string]known{}, map[string]known{}}
	for g := range l.grants() {
		for _, n := range namings {
			all.compare(g, n)
		}
		all.owner(g)
	}
}

// register is what grants say about ids and names, each in the grant that says
// it first.
type register struct {
	*look
	names, ids map[string]known
}

// compare tells an id and its name from what was said of either before. Names
// are compared without regard to case, which is a rule of its own.
func (r *register) compare(g *policy.Grant, n naming) {
	id, name := only(g, n.id), only(g, n.name)
	if id.Text == "" || name.Text == "" {
		return
	}
	key := g.Issuer.Name + " " + n.id + " "
	folded := strings.ToLower(name.Text)
	if before, other := differs(r.names, key+id.Text, known{policy.Word{Text: folded, Pos: name.Pos}, g.ID}); other {
		r.conflict(g, name.Pos, n.id+" "+id.Text+" is "+name.Text+" here, and "+before.as.Text+" in grant "+before.grant)
		return
	}
	if n.scoped {
		return
	}
	if before, other := differs(r.ids, key+folded, known{id, g.ID}); other {
		r.conflict(g, id.Pos, name.Text+" has "+n.id+" "+id.Text+" here, and "+before.as.Text+" in grant "+before.grant)
	}
}

// owner compares the first part of a repository's name with what the owner's id
// was called.
func (r *register) owner(g *policy.Grant) {
	kind := g.Issuer.Vocabulary
	repository := only(g, kind.Repository)
	id := only(g, ownerOf[kind.Repository])
	slash := strings.LastIndexByte(repository.Text, '/')
	if slash < 0 || id.Text == "" {
		return
	}
	owner := strings.ToLower(repository.Text[:slash])
	key := g.Issuer.Name + " " + ownerOf[kind.Repository] + " " + id.Text
	if before, other := differs(r.names, key, known{policy.Word{Text: owner, Pos: repository.Pos}, g.ID}); other {
		r.conflict(g, repository.Pos, ownerOf[kind.Repository]+" "+id.Text+" is "+owner+" here, and "+before.as.Text+" in grant "+before.grant)
	}
}

func (l *look) conflict(g *policy.Grant, pos check.Pos, message string) {
	l.report(pos, check.Finding{Subject: g.String(), Message: message, Fix: "look both up, and correct the one that is wrong"})
}

// differs remembers what is said under key, and returns what was said before
// where that is something else.
func differs(said map[string]known, key string, now known) (known, bool) {
	before, again := said[key]
	if !again {
		said[key] = now
	}
	return before, again && before.as.Text != now.as.Text
}

// only returns the one value that a grant, or else its issuer, lists for a
// claim; no text where there are more or none.
func only(g *policy.Grant, claim string) policy.Word {
	for _, m := range wanted(g, claim) {
		if m.Values.Pins() && len(m.Values.Exact) == 1 {
			return m.Values.Exact[0]
		}
	}
	return policy.Word{}
}

// cases compares what stands under one claim of one issuer. Refs and events may
// well differ in case alone for git, and do not for those who read them.
func cases(l *look) {
	first := map[string]policy.Word{}
	for c := range l.conditions(inRequire, inMatch) {
		if c.Claim.Name == c.kind.Event || c.Claim.Name == "sub" {
			continue
		}
		for _, w := range c.Values.Exact {
			key := c.issuer + " " + c.Claim.Name + " " + strings.ToLower(w.Text)
			before, again := first[key]
			if !again {
				first[key] = w
				continue
			}
			if before.Text != w.Text {
				l.report(w.Pos, check.Finding{
					Subject: c.subject, Fix: "write both as the platform does",
					Message: before.Pos.String() + " has this as " + before.Text + ": case counts, so at most one of them fits",
				})
			}
		}
	}
}
