// Package explain says why a job gets a grant's credential or does not, and what
// people often have wrong about the conditions that do not hold.
package explain

import (
	"cmp"
	"slices"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// Job is a job that asks, by claims that nobody verified.
type Job struct {
	Issuer string // the URL
	Claims identity.Claims
	Now    time.Time

	Fixture string // the name of the typical job that it is; "" for one of somebody's own
}

// Answer says how the job fares with a grant.
type Answer struct {
	policy.Evaluation
	Hints []Hint // on conditions that do not hold
}

// Hint is what may be behind a condition that does not hold.
type Hint struct {
	Condition string `json:"condition"`
	Text      string `json:"text"`
}

// Grant explains one grant; its Evaluation has no grant where the policy has none
// of that id.
func Grant(p *policy.Policy, job Job, id string) Answer {
	e := p.Evaluate(job.Issuer, job.Claims, id, job.Now)
	if e.Grant == nil {
		return Answer{Evaluation: e}
	}
	return Answer{e, hints(p, job, e)}
}

// Nearest returns how the job fares with the grants of the policy: all that admit
// it, those that only observe behind, or else a few that it fails at fewest
// conditions of. The grant called except is left out.
func Nearest(p *policy.Policy, job Job, except string) []*policy.Evaluation {
	const few = 3
	var all []*policy.Evaluation
	for _, g := range p.Grants {
		if g.ID != except {
			e := p.Evaluate(job.Issuer, job.Claims, g.ID, job.Now)
			all = append(all, &e)
		}
	}
	slices.SortStableFunc(all, func(a, b *policy.Evaluation) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(misses(a), misses(b)))
	})
	admitted := 0
	for admitted < len(all) && rank(all[admitted]) < denied {
		admitted++
	}
	if admitted == 0 {
		admitted = min(few, len(all))
	}
	return all[:admitted]
}

// The ranks of grants, the best first.
const (
	allowed = iota
	observed
	denied
)

func rank(e *policy.Evaluation) int {
	switch {
	case e.Allowed:
		return allowed
	case e.WouldAllow:
		return observed
	}
	return denied
}

// misses counts what does not hold. A grant for another issuer's jobs, or for
// another repository, is farther than any that is not.
func misses(e *policy.Evaluation) int {
	n := 0
	for _, c := range e.Conditions {
		switch {
		case c.Passed:
		case c.Name == "issuer":
			n += 1000
		case isIdentity(e.Grant, c.Name):
			n += 100
		default:
			n++
		}
	}
	return n
}

func isIdentity(g *policy.Grant, condition string) bool {
	kind := g.Issuer.Vocabulary
	claim := policy.ClaimOf(condition)
	return slices.Contains(kind.Identity, claim) || slices.Contains(kind.Tenant, claim) || claim != "" && claim == kind.Repository
}
