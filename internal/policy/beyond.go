package policy

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/identity"
)

// Beyond lists what a team may by b and may not by other: nothing where other
// allows all that b does. Without another, everything is beyond it.
func (b *Boundary) Beyond(other *Boundary) []identity.Extra {
	if other == nil {
		other = &Boundary{}
	}
	more := slices.Concat(
		newWords("issuer ", b.Issuers, other.Issuers),
		newWords("connection ", b.Connections, other.Connections),
		b.claimsBeyond(other),
		b.fieldsBeyond(other),
	)
	// A boundary without a ttl lets nobody ask for one, and caps no default.
	if b.TTL != other.TTL && (b.TTL > other.TTL || b.TTL == 0) {
		more = append(more, identity.Extra{What: "ttl", Mine: orNone(b.TTL), Theirs: orNone(other.TTL)})
	}
	if b.Lambda && !other.Lambda {
		more = append(more, identity.Extra{What: "the lambda path"})
	}
	return more
}

func newWords(what string, words, known []Word) []identity.Extra {
	var more []identity.Extra
	for _, w := range words {
		if !hasWord(known, w.Text) {
			more = append(more, identity.Extra{What: what + w.Text})
		}
	}
	return more
}

func orNone(ttl time.Duration) string {
	if ttl == 0 {
		return "none"
	}
	return short(ttl)
}

// claimsBeyond looks at what other demands of a grant's conditions: b may demand
// less of them, or nothing.
func (b *Boundary) claimsBeyond(other *Boundary) []identity.Extra {
	var more []identity.Extra
	for i := range other.Claims {
		bound := &other.Claims[i]
		name := bound.Claim.Name
		mine := b.claim(name)
		switch {
		case mine == nil:
			more = append(more, identity.Extra{What: name, Mine: "any", Theirs: bound.Values.String()})
		case !bound.Values.contain(mine):
			more = append(more, mine.extra(name, &bound.Values))
		}
	}
	for i := range b.Claims {
		m := &b.Claims[i]
		if usual := usualEvents(m.Claim.Name); usual != nil && findMatch(other.Claims, m.Claim.Name) == nil && !usual.contain(&m.Values) {
			more = append(more, m.Values.extra(m.Claim.Name, usual))
		}
	}
	return more
}

// claim returns what b demands of a claim. Of events that it does not name it
// admits those that a grant without them does; of other claims all, which is nil.
func (b *Boundary) claim(name string) *Values {
	if m := findMatch(b.Claims, name); m != nil {
		return &m.Values
	}
	return usualEvents(name)
}

// usualEvents returns the events that a boundary without them admits, nil where
// the claim does not name events.
func usualEvents(claim string) *Values {
	for _, kind := range identity.Kinds {
		if kind.Event == claim && claim != "" {
			usual := eventValues(kind)
			return &usual
		}
	}
	return nil
}

func (b *Boundary) fieldsBeyond(other *Boundary) []identity.Extra {
	var more []identity.Extra
	for i := range b.Fields {
		mine := &b.Fields[i]
		theirs := other.field(mine.Name)
		if !theirs.Values.contain(&mine.Values) {
			more = append(more, mine.Values.extra(mine.Name, &theirs.Values))
		}
		for _, p := range mine.Pairs {
			if !theirs.allow(p, allLevels()) {
				more = append(more, identity.Extra{What: mine.Name + " " + p.Key.Text + ": " + p.Value.Text})
			}
		}
	}
	return more
}

// extra says what v admits and other does not: by what the list has more, where
// the two have something in common.
func (v *Values) extra(name string, other *Values) identity.Extra {
	more, common := v.Beyond(other)
	if common && len(more) > 0 {
		return identity.Extra{What: name + " " + strings.Join(more, ", ")}
	}
	return identity.Extra{What: name, Mine: v.String(), Theirs: cmp.Or(other.String(), "none")}
}

// Beyond lists the words of v that other has not, and reports whether the two
// have one in common.
func (v *Values) Beyond(other *Values) (more []string, common bool) {
	known := other.Patterns()
	for _, word := range v.Patterns() {
		if slices.Contains(known, word) {
			common = true
		} else {
			more = append(more, word)
		}
	}
	return more, common && v.Empty == other.Empty
}

// field returns what b says about a field; nothing is allowed where it does not
// name it.
func (b *Boundary) field(name string) FieldBoundary {
	for _, f := range b.Fields {
		if f.Name == name {
			return f
		}
	}
	return FieldBoundary{}
}

// Beyond lists which tokens i accepts and other does not, by how they are verified
// and by what every grant demands of them.
func (i *Issuer) Beyond(other *Issuer) []identity.Extra {
	more := i.Issuer.Beyond(other.Issuer)
	for j := range other.Require {
		floor := &other.Require[j]
		name := floor.Claim.Name
		mine := i.Find(name)
		switch {
		case mine == nil:
			more = append(more, identity.Extra{What: "require." + name, Mine: "any", Theirs: floor.Values.String()})
		case !floor.Values.contain(&mine.Values):
			more = append(more, mine.Values.extra("require."+name, &floor.Values))
		}
	}
	return more
}

// LongerThan lists the platforms on which credentials may live longer by p's
// limits than by other's, out of those that p uses.
func (p *Policy) LongerThan(other *Policy) []identity.Extra {
	var more []identity.Extra
	for _, name := range slices.Compact(slices.Sorted(maps.Values(p.Connections))) {
		if mine, theirs := p.Longest[name], other.Longest[name]; mine > theirs {
			more = append(more, identity.Extra{What: name, Mine: short(mine), Theirs: short(theirs)})
		}
	}
	return more
}
