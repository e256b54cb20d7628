package policy

import (
	"time"

	"github.com/autoken/autoken/internal/identity"
)

// Decision is the verdict on a request for one grant.
type Decision struct {
	Allowed    bool
	WouldAllow bool   // for the record of a grant that only observes
	Grant      *Grant // for the record; nil where there is no such grant

	// Known is whether the grant exists as far as callers may be told: one that
	// only observes is answered like one that does not exist.
	Known bool
	// Pinned is whether the caller satisfies the grant's identity pin. To others
	// nothing of the rest may be told, not even that the grant exists.
	Pinned bool

	Failed     []Condition // name and the caller's own value, nothing of the policy's
	Conditions int         // how many there are
}

// Decide says whether a verified job gets a grant. It is Evaluate's verdict, and
// allocates nothing where it allows.
func (p *Policy) Decide(id identity.Identity, grant string, now time.Time) Decision {
	return p.decide(input{id.Issuer().URL, id.Claims(), now}, grant)
}

func (p *Policy) decide(in input, grant string) Decision {
	g := p.Grant(grant)
	if g == nil {
		return Decision{}
	}
	enforced := g.Mode == Enforce
	d := Decision{Grant: g, Known: enforced, Pinned: enforced && g.pinned(in), Conditions: len(g.conditions)}
	if g.admits(in) {
		d.Allowed, d.WouldAllow = enforced, !enforced
		return d
	}
	for i := range g.conditions {
		if c := &g.conditions[i]; !c.holds(in) {
			d.Failed = append(d.Failed, Condition{Name: c.name, Actual: c.show(in)})
		}
	}
	return d
}

// pinned reports whether the job is one that the grant is about. A grant
// without a pin is about nobody.
func (g *Grant) pinned(in input) bool { return len(g.pin) > 1 && all(g.pin, in) }

// GrantsOf lists the ids of the grants whose identity pin the job satisfies: its
// own, which it may be told about.
func (p *Policy) GrantsOf(id identity.Identity) []string {
	return p.grantsOf(input{issuer: id.Issuer().URL, claims: id.Claims()})
}

func (p *Policy) grantsOf(in input) []string {
	if p == nil {
		return nil
	}
	var ids []string
	for _, g := range p.Grants {
		if g.Mode == Enforce && g.pinned(in) {
			ids = append(ids, g.ID)
		}
	}
	return ids
}
