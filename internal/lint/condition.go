package lint

import (
	"slices"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// block says what a condition is part of.
type block int

// The blocks.
const (
	inMatch block = 1 << iota
	inUnless
	inRequire // an issuer's floor
	inMay     // a team's boundary
	anywhere  = inMatch | inUnless | inRequire | inMay
)

// condition is a condition on a claim, and what it is part of.
type condition struct {
	*policy.Match
	in      block
	kind    *identity.Kind
	issuer  *policy.Issuer
	subject string
	others  []policy.Match // of the same block, itself included
}

// beside reports whether the block has a condition on claim.
func (c *condition) beside(claim string) bool { return matchOn(c.others, claim) != nil }

// wants reports whether the block admits nothing but value in a claim.
func (c *condition) wants(claim, value string) bool { return isJust(matchOn(c.others, claim), value) }

func matchOn(matches []policy.Match, claim string) *policy.Match {
	for i := range matches {
		if matches[i].Claim.Name == claim {
			return &matches[i]
		}
	}
	return nil
}

// isJust reports whether a condition admits one value alone. Not inlined, as say.
//
//go:noinline
func isJust(m *policy.Match, value string) bool {
	return m != nil && m.Values.Pins() && len(m.Values.Exact) == 1 && m.Values.Exact[0].Text == value
}

// conditions lists what stands in a policy's blocks: those of its issuers, its
// teams and its grants, also where something else in a grant is wrong.
func (l *look) conditions(blocks block) []*condition {
	var all []*condition
	add := func(c condition, matches []policy.Match) {
		for i := range matches {
			if one := c; c.in&blocks != 0 && matches[i].Readable() {
				one.Match, one.others = &matches[i], matches
				all = append(all, &one)
			}
		}
	}
	for _, issuer := range l.Policy.Trusted() {
		add(condition{in: inRequire, kind: issuer.Vocabulary, issuer: issuer, subject: "issuer " + issuer.Name}, issuer.Require)
	}
	for _, team := range l.Policy.Teams {
		if issuer := l.firstIssuer(team); issuer != nil {
			add(condition{in: inMay, kind: issuer.Vocabulary, issuer: issuer, subject: "team " + team.Name}, team.May.Claims)
		}
	}
	for _, g := range l.Policy.Grants {
		if g.Issuer == nil || g.Mode != policy.Enforce {
			continue
		}
		c := condition{in: inMatch, kind: g.Issuer.Vocabulary, issuer: g.Issuer, subject: g.String()}
		add(c, g.Match)
		c.in = inUnless
		for _, b := range g.Unless {
			add(c, b.Matches)
		}
	}
	return all
}

// perGrant makes a rule of what is to be looked at in each grant.
func perGrant(one func(*look, *policy.Grant)) func(*look) {
	return func(l *look) {
		for _, g := range l.grants() {
			l.subject = g.String()
			one(l, g)
		}
	}
}

// perCondition makes a rule of what is to be looked at in each condition.
func perCondition(blocks block, one func(*look, *condition)) func(*look) {
	return func(l *look) {
		for _, c := range l.conditions(blocks) {
			l.subject = c.subject
			one(l, c)
		}
	}
}

// firstIssuer returns the issuer whose words a team's boundary is in.
func (l *look) firstIssuer(team *policy.Team) *policy.Issuer {
	if team.May == nil {
		return nil
	}
	for _, issuer := range l.Policy.Trusted() {
		for _, w := range team.May.Issuers {
			if w.Text == issuer.Name {
				return issuer
			}
		}
	}
	return nil
}

// grants lists the grants that admit anybody: those that are sound and do not
// only observe.
func (l *look) grants() []*policy.Grant {
	var all []*policy.Grant
	for _, g := range l.Policy.Grants {
		if g.Sound && g.Mode == policy.Enforce {
			all = append(all, g)
		}
	}
	return all
}

// speaksOf reports whether a grant or its issuer wants something of one of the
// claims. Not inlined, as say.
//
//go:noinline
func speaksOf(g *policy.Grant, claims ...string) bool {
	for _, claim := range claims {
		if g.Find(claim) != nil || g.Issuer.Find(claim) != nil {
			return true
		}
	}
	return false
}

// demands reports whether a grant admits nothing but value in a claim. Not inlined, as say.
//
//go:noinline
func demands(g *policy.Grant, claim, value string) bool {
	return isJust(g.Find(claim), value) || isJust(g.Issuer.Find(claim), value)
}

// writes reports whether a grant's credential can change something: its platform
// says so by levels of permission, or by groups that may have any right.
func writes(g *policy.Grant) bool {
	for i := range g.Credential.Fields {
		f := &g.Credential.Fields[i]
		if f.Prefix {
			return true
		}
		for _, p := range f.Pairs {
			if p.Value.Text != f.Levels[0] {
				return true
			}
		}
	}
	return false
}

// severity is how bad something is about a grant that writes, or only reads.
func severity(g *policy.Grant, writing, reading check.Severity) check.Severity {
	if writes(g) {
		return writing
	}
	return reading
}

// words returns all texts of a condition, exact ones first. Not inlined, as say.
//
//go:noinline
func words(m *policy.Match) []policy.Word {
	return append(slices.Clip(m.Values.Exact), m.Values.Globs...)
}
