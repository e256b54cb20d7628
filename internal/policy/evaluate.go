package policy

import (
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
)

// input is what a decision is made from.
type input struct {
	issuer string // the URL
	claims identity.Claims
	now    time.Time
}

// condition is one thing that must hold. A grant admits a job when all of its
// conditions hold; Evaluate and Decide ask the same ones.
type condition struct {
	name  string
	pos   check.Pos
	want  string
	holds func(input) bool
	show  func(input) string // the caller's own value
}

// Condition is one condition of a grant as a job meets it.
type Condition struct {
	Name   string    `json:"name"` // issuer, require.CLAIM, match.CLAIM, unless[N], event, expires
	Passed bool      `json:"passed"`
	Want   string    `json:"want,omitempty"`   // what the policy asks for
	Actual string    `json:"actual,omitempty"` // what the job has
	Pos    check.Pos `json:"pos,omitzero"`
}

// ClaimOf returns the claim that a condition of that name is about, "" where it is
// about none or several.
func ClaimOf(condition string) string {
	_, claim, _ := strings.Cut(condition, ".")
	return claim
}

// Evaluation says how a job fares with a grant.
type Evaluation struct {
	Grant      *Grant // nil where there is no such grant
	Allowed    bool
	WouldAllow bool // all conditions hold, and the grant only observes
	Conditions []Condition
}

// Failed lists the names of the conditions that do not hold.
func (e Evaluation) Failed() []string {
	var names []string
	for _, c := range e.Conditions {
		if !c.Passed {
			names = append(names, c.Name)
		}
	}
	return names
}

// Evaluate says how a job with these claims, in a token of the issuer with that
// URL, fares with a grant. It is for tools, which look at claims that nobody
// verified.
func (p *Policy) Evaluate(issuer string, claims identity.Claims, grant string, now time.Time) Evaluation {
	g := p.Grant(grant)
	if g == nil {
		return Evaluation{}
	}
	in := input{issuer, claims, now}
	all := g.admits(in)
	e := Evaluation{Grant: g, Allowed: all && g.Mode == Enforce, WouldAllow: all && g.Mode != Enforce}
	for i := range g.conditions {
		e.Conditions = append(e.Conditions, g.conditions[i].meet(in))
	}
	return e
}

// Holds reports whether a job with these claims meets the condition.
func (m Match) Holds(claims identity.Claims) bool {
	return m.Values.admit(claims[m.Claim.Name], m.Claim.Type)
}

// admits reports whether every condition holds. A grant has at least the
// condition on its issuer.
func (g *Grant) admits(in input) bool { return len(g.conditions) > 0 && all(g.conditions, in) }

func all(conditions []condition, in input) bool {
	for i := range conditions {
		if !conditions[i].holds(in) {
			return false
		}
	}
	return true
}

func (c *condition) meet(in input) Condition {
	return Condition{Name: c.name, Passed: c.holds(in), Want: c.want, Actual: c.show(in), Pos: c.pos}
}
