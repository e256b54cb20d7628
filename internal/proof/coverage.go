package proof

import (
	"slices"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// Coverage says what the tests prove. A grant is covered where a test shows that
// it allows something, and for each of its conditions a test shows that this one
// alone keeps a job out. Conditions on the same claim may do that together. The
// issuer and the expiry are not counted, nor are grants that only observe.
type Coverage struct {
	Needed  int
	Gaps    []Gap
	Observe int // how many grants only observe
}

// Gap is something that no test shows.
type Gap struct {
	Grant     *policy.Grant
	Condition string       // that no test needs; "" where no test is allowed
	Test      *policy.Test // that would show it; nil where none was found
}

// Cover says what the results of all of a policy's tests prove.
func Cover(p *policy.Policy, results []Result) Coverage {
	byGrant := ofGrants(results)
	names := newNames(p)
	var c Coverage
	for _, g := range p.Grants {
		if g.Mode == policy.Observe {
			c.Observe++
			continue
		}
		needed, gaps := coverGrant(p, g, byGrant[g])
		c.Needed += needed
		c.Gaps = append(c.Gaps, fill(p, g, gaps, byGrant[g], names)...)
	}
	return c
}

// ofGrants puts results together by the grant that they are about.
func ofGrants(results []Result) map[*policy.Grant][]Result {
	byGrant := map[*policy.Grant][]Result{}
	for i := range results {
		if g := results[i].Evaluation.Grant; g != nil && results[i].Outcome != Broken {
			byGrant[g] = append(byGrant[g], results[i])
		}
	}
	return byGrant
}

// coverGrant returns how much there is to show about a grant, and what of that no
// result shows: "" stands for a job that is allowed.
func coverGrant(p *policy.Policy, g *policy.Grant, results []Result) (int, []string) {
	needed := append([]string{""}, counted(p, g)...)
	gaps := slices.DeleteFunc(slices.Clone(needed), func(condition string) bool {
		return anyShows(results, condition)
	})
	return len(needed), gaps
}

func anyShows(results []Result, condition string) bool {
	for i := range results {
		if results[i].shows(condition) {
			return true
		}
	}
	return false
}

// counted lists the conditions of a grant that a test can show.
func counted(p *policy.Policy, g *policy.Grant) []string {
	names := conditionNames(p.Evaluate(g.Issuer.URL, identity.Claims{}, g.ID, time.Time{}))
	return slices.DeleteFunc(names, func(name string) bool { return name == "issuer" || name == expires })
}

// shows reports whether a test proves that a condition is needed. That the grant
// has expired since changes nothing about that.
func (r *Result) shows(condition string) bool {
	if (condition == "") != r.Test.Allow || (!r.Test.Allow && r.Outcome != Passed) {
		return false
	}
	return deniesAlone(condition, r.Evaluation.Failed())
}

// deniesAlone reports whether a condition, and no other but those on the same
// claim, keeps a job out; "" is for nothing doing so.
func deniesAlone(condition string, failed []string) bool {
	found := condition == ""
	claim := policy.ClaimOf(condition)
	for _, name := range failed {
		switch {
		case name == expires:
		case name == condition:
			found = true
		case claim == "" || policy.ClaimOf(name) != claim:
			return false
		}
	}
	return found
}
