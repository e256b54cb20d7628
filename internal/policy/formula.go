package policy

import (
	"cmp"
	"slices"

	"github.com/autoken/autoken/internal/identity"
)

// sense is what a literal says about a claim.
type sense int

// The senses, each beside its opposite. A claim is present where it says
// something and has the type that its vocabulary says.
const (
	fits sense = iota
	misfits
	present
	missing
)

// literal is a statement about one claim.
type literal struct {
	match *Match
	sense sense
}

func (l literal) claim() string { return l.match.Claim.Name }

func (l literal) not() literal { return literal{l.match, l.sense ^ 1} }

// holds reports whether the statement is true of a claim that has the value, by
// the functions that decide.
func (l literal) holds(value any) bool {
	switch l.sense {
	case fits:
		return l.match.Values.admit(value, l.match.Claim.Type)
	case misfits:
		return !l.match.Values.admit(value, l.match.Claim.Type)
	case present:
		return !absent(value) && hasType(value, l.match.Claim.Type)
	case missing:
		return absent(value) || !hasType(value, l.match.Claim.Type)
	}
	return false
}

// admits is holds for a text that is not empty, where the claim has the type of
// one or of a list's item.
func (l literal) admits(text string) bool {
	switch l.sense {
	case fits:
		return l.match.Values.Admits(text)
	case misfits:
		return !l.match.Values.Admits(text)
	case present:
		return true
	case missing:
	}
	return false
}

// formula is a statement about a token: a literal, or several statements of which
// every or one must hold.
type formula struct {
	op      op
	literal literal
	parts   []formula
}

type op int

// How the parts go together. The zero op is a literal.
const (
	just op = iota
	every
	either
)

func (f formula) not() formula {
	if f.op == just {
		return formula{literal: f.literal.not()}
	}
	opposite := formula{op: every + either - f.op, parts: make([]formula, 0, len(f.parts))}
	for _, part := range f.parts {
		opposite.add(part.not())
	}
	return opposite
}

// add adds a part; the parts of one that goes together in the same way are parts
// of the whole.
func (f *formula) add(part formula) {
	if part.op == f.op {
		f.parts = append(f.parts, part.parts...)
		return
	}
	f.parts = append(f.parts, part)
}

// holds reports whether the statement is true of a token whose claims value tells.
func (f *formula) holds(value func(claim string) any) bool {
	if f.op == just {
		return f.literal.holds(value(f.literal.claim()))
	}
	for i := range f.parts {
		if f.parts[i].holds(value) == (f.op == either) {
			return f.op == either
		}
	}
	return f.op == every
}

// spared says of a token that the block does not deny it: all of the claims are
// there, and not all fit.
func (b Block) spared() formula {
	misfit := formula{op: either}
	spared := formula{op: every, parts: []formula{{}}}
	for i := range b.Matches {
		misfit.parts = append(misfit.parts, formula{literal: literal{&b.Matches[i], misfits}})
		spared.parts = append(spared.parts, formula{literal: literal{&b.Matches[i], present}})
	}
	spared.parts[0] = misfit
	return spared
}

// implied says what an implication does.
func implied(kind *identity.Kind, i identity.Implication) formula {
	return formula{op: either, parts: []formula{
		{literal: literal{term(kind, i.If), misfits}},
		{literal: literal{term(kind, i.Then), fits}},
	}}
}

func term(kind *identity.Kind, t identity.Term) *Match {
	claim, _ := kind.Claim(t.Claim)
	m := &Match{Claim: claim, Values: Values{Empty: t.Empty}}
	for _, text := range t.Values {
		m.Values.Exact = append(m.Values.Exact, Word{Text: text})
	}
	m.Values.Globs = globs(t.Globs...).globs
	return m
}

// byClaim sorts literals by the names of their claims.
func byClaim(literals []literal) {
	slices.SortStableFunc(literals, func(a, b literal) int { return cmp.Compare(a.claim(), b.claim()) })
}
