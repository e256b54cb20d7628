// Package suggest says how grants could be narrower, by the jobs that used them.
// What it suggests admits every job of the log that the grant admits, and no job
// that the grant does not.
package suggest

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// Advice is what the log says about one grant.
type Advice struct {
	Grant     *policy.Grant
	Decisions int      // that it rests on
	Changes   []Change // none where there is nothing to narrow
}

// Change is one condition that could be narrower.
type Change struct {
	Claim    identity.Claim
	Was, Now policy.Values // Was is empty where the grant has no such condition
	Added    bool
	Why      string
}

// Match returns the grant's conditions with the changes made.
func (a Advice) Match() []policy.Match {
	match := slices.Clone(a.Grant.Match)
	for _, c := range a.Changes {
		i := slices.IndexFunc(match, func(m policy.Match) bool { return m.Claim.Name == c.Claim.Name })
		if i < 0 {
			match = append(match, policy.Match{Claim: c.Claim})
			i = len(match) - 1
		}
		match[i].Values = c.Now
	}
	return match
}

// Grants returns what the log says about each grant that was used, in the
// policy's order. A claim is narrowed only where the grant was used least times.
func Grants(p *policy.Policy, log *Log, least int) []Advice {
	var all []Advice
	for _, g := range p.Grants {
		u := log.uses[g.ID]
		if u == nil {
			continue
		}
		a := Advice{Grant: g, Decisions: u.times}
		if u.times >= least {
			a.Changes = u.changes(g)
		}
		all = append(all, a)
	}
	return all
}

// Unused lists the grants of which the log has no use.
func Unused(p *policy.Policy, log *Log) []string {
	var ids []string
	for _, g := range p.Grants {
		if log.uses[g.ID] == nil {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

func (u *use) changes(g *policy.Grant) []Change {
	var all []Change
	for _, m := range g.Match {
		if c, ok := u.narrower(m); ok {
			all = append(all, c)
		}
	}
	kind := g.Issuer.Vocabulary
	if c, ok := u.events(g); ok {
		all = append(all, c)
	}
	for _, claim := range kind.Claims {
		if c, ok := u.pin(g, claim); ok {
			all = append(all, c)
		}
	}
	return all
}

// narrower looks for values of a condition that nobody needed.
func (u *use) narrower(m policy.Match) (Change, bool) {
	seen, ok := u.seen(m.Claim)
	if !ok || m.Values.Empty {
		return Change{}, false
	}
	now, why := keepUsed(m.Values, seen)
	if len(m.Values.Globs) > 0 {
		if shaped, ok := shape(m.Claim, seen); ok && m.Values.Contain(&shaped) && !shaped.Contain(&now) {
			now, why = shaped, "nothing else was used"
		}
	}
	if why == "" || !m.Values.Contain(&now) || now.Contain(&m.Values) {
		return Change{}, false
	}
	return Change{Claim: m.Claim, Was: m.Values, Now: now, Why: why}, true
}

// keepUsed leaves out the alternatives that no job needed.
func keepUsed(v policy.Values, seen []string) (policy.Values, string) {
	var now policy.Values
	var unused []string
	for _, w := range v.Exact {
		if slices.Contains(seen, w.Text) {
			now.Exact = append(now.Exact, w)
		} else {
			unused = append(unused, w.Text)
		}
	}
	for _, w := range v.Globs {
		one := policy.Values{Globs: []policy.Word{w}}
		if slices.ContainsFunc(seen, one.Admits) {
			now.Globs = append(now.Globs, w)
		} else {
			unused = append(unused, w.Text)
		}
	}
	if len(unused) == 0 || len(now.Exact)+len(now.Globs) == 0 {
		return v, ""
	}
	return now, "never used: " + strings.Join(unused, ", ")
}

// events looks for events that a grant admits because it lists none, and that
// never came.
func (u *use) events(g *policy.Grant) (Change, bool) {
	kind := g.Issuer.Vocabulary
	claim, known := kind.Claim(kind.Event)
	seen, ok := u.seen(claim)
	if !known || !ok || g.Find(kind.Event) != nil || len(seen) >= len(kind.Events) {
		return Change{}, false
	}
	var unused []string
	for _, event := range kind.Events {
		if !slices.Contains(seen, event) {
			unused = append(unused, event)
		}
	}
	return Change{Claim: claim, Now: exactly(seen), Added: true, Why: "it lists none; never used: " + strings.Join(unused, ", ")}, true
}

// pin looks at a claim that the grant does not speak of and that says where a job
// comes from: one that was always there, and always alike, could be pinned.
func (u *use) pin(g *policy.Grant, claim identity.Claim) (Change, bool) {
	guards := claim.Guard != identity.NoGuard && !strings.HasSuffix(claim.Name, "_sha")
	if !guards && claim.Name != "runner_environment" || g.Find(claim.Name) != nil || g.Issuer.Find(claim.Name) != nil {
		return Change{}, false
	}
	seen, ok := u.seen(claim)
	if !ok || u.lacking[claim.Name] || g.Issuer.Vocabulary.ShortRefs && claim.Guard == identity.GuardWithRef {
		return Change{}, false
	}
	now := exactly(seen)
	if len(seen) > 1 {
		var shaped bool
		if now, shaped = shape(claim, seen); !shaped || len(now.Globs) == 0 {
			return Change{}, false
		}
	}
	if claim.Guard == identity.GuardCallee && (u.own || !isFixed(now)) {
		return Change{}, false // the file of the workflow itself is workflow_ref's to say
	}
	return Change{Claim: claim, Now: now, Added: true, Why: "the grant does not ask for it, and it was always so"}, true
}

// isFixed reports whether a condition is one workflow file at a ref or a commit
// that is written out.
func isFixed(v policy.Values) bool {
	if len(v.Exact) != 1 {
		return false
	}
	_, ref := identity.CutFileRef(v.Exact[0].Text)
	isCommit := len(ref) == 40 && strings.Trim(ref, "0123456789abcdef") == ""
	return isCommit || strings.HasPrefix(ref, "refs/heads/") || strings.HasPrefix(ref, "refs/tags/")
}

func exactly(texts []string) policy.Values {
	var v policy.Values
	for _, text := range texts {
		v.Exact = append(v.Exact, policy.Word{Text: text})
	}
	return v
}
