package lint

import (
	"iter"
	"slices"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// block says what a condition is part of.
type block int

// The blocks.
const (
	inMatch block = iota
	inUnless
	inRequire // an issuer's floor
	inMay     // a team's boundary
)

// condition is a condition on a claim, and what it is part of.
type condition struct {
	*policy.Match
	in      block
	kind    *identity.Kind
	issuer  string
	subject string
	others  []policy.Match // of the same block, itself included
}

// beside reports whether the block has a condition on claim.
func (c condition) beside(claim string) bool {
	return slices.ContainsFunc(c.others, func(m policy.Match) bool { return m.Claim.Name == claim })
}

// wants reports whether the block admits nothing but value in a claim.
func (c condition) wants(claim, value string) bool {
	return slices.ContainsFunc(c.others, func(m policy.Match) bool { return m.Claim.Name == claim && isJust(&m, value) })
}

// isJust reports whether a condition admits one value alone.
func isJust(m *policy.Match, value string) bool {
	return m.Values.Pins() && len(m.Values.Exact) == 1 && m.Values.Exact[0].Text == value
}

// conditions lists what stands in a policy's blocks: those of its issuers, its
// teams and its grants.
func (l *look) conditions(blocks ...block) iter.Seq[condition] {
	return func(yield func(condition) bool) {
		for _, part := range l.parts() {
			if !slices.Contains(blocks, part.in) {
				continue
			}
			for i := range part.others {
				part.Match = &part.others[i]
				if !yield(part) {
					return
				}
			}
		}
	}
}

// parts lists the blocks of a policy, as conditions without a match of their
// own.
func (l *look) parts() []condition {
	var all []condition
	for _, issuer := range l.Policy.Trusted() {
		all = append(all, condition{in: inRequire, kind: issuer.Vocabulary, issuer: issuer.Name, subject: "issuer " + issuer.Name, others: issuer.Require})
	}
	for _, team := range l.Policy.Teams {
		if team.May != nil {
			all = append(all, l.boundary(team)...)
		}
	}
	for g := range l.grants() {
		part := condition{in: inMatch, kind: g.Issuer.Vocabulary, issuer: g.Issuer.Name, subject: g.String(), others: g.Match}
		all = append(all, part)
		for _, b := range g.Unless {
			part.in, part.others = inUnless, b.Matches
			all = append(all, part)
		}
	}
	return all
}

// boundary returns a team's boundary, once for the kind of its first issuer.
func (l *look) boundary(team *policy.Team) []condition {
	for _, issuer := range l.Policy.Trusted() {
		for _, word := range team.May.Issuers {
			if word.Text == issuer.Name {
				return []condition{{in: inMay, kind: issuer.Vocabulary, issuer: issuer.Name, subject: "team " + team.Name, others: team.May.Claims}}
			}
		}
	}
	return nil
}

// grants lists the grants that admit anybody: those that are sound and do not
// only observe.
func (l *look) grants() iter.Seq[*policy.Grant] {
	return func(yield func(*policy.Grant) bool) {
		for _, g := range l.Policy.Grants {
			if g.Sound && g.Mode == policy.Enforce && !yield(g) {
				return
			}
		}
	}
}

// wanted returns the conditions of a grant and of its issuer's floor on a claim.
func wanted(g *policy.Grant, claim string) []*policy.Match {
	var all []*policy.Match
	for _, m := range []*policy.Match{g.Find(claim), g.Issuer.Find(claim)} {
		if m != nil {
			all = append(all, m)
		}
	}
	return all
}

// speaksOf reports whether a grant wants something of one of the claims.
func speaksOf(g *policy.Grant, claims ...string) bool {
	return slices.ContainsFunc(claims, func(claim string) bool { return len(wanted(g, claim)) > 0 })
}

// demands reports whether a grant admits nothing but value in a claim.
func demands(g *policy.Grant, claim, value string) bool {
	return slices.ContainsFunc(wanted(g, claim), func(m *policy.Match) bool { return isJust(m, value) })
}

// writes reports whether a grant's credential can change something: its platform
// says so by levels of permission, or by groups that may have any right.
func writes(g *policy.Grant) bool {
	return slices.ContainsFunc(g.Credential.Fields, func(f policy.Field) bool {
		return f.Prefix || slices.ContainsFunc(f.Pairs, func(p policy.Pair) bool { return p.Value.Text != f.Levels[0] })
	})
}

// words returns all texts of a condition, exact ones first.
func words(m *policy.Match) []policy.Word { return slices.Concat(m.Values.Exact, m.Values.Globs) }
