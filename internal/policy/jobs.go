package policy

import (
	"slices"

	"github.com/autoken/autoken/internal/identity"
)

// Jobs is a set of jobs, described by conditions: the tokens of one issuer whose
// claims meet all of them. The zero Jobs is not known.
type Jobs struct {
	issuer *Issuer
	units  []literal // all hold, in the order of their claims
	rest   []formula // and so do these
}

// Example is one job, by the claims of a token that it could have.
type Example struct {
	Issuer    *Issuer
	Claims    identity.Claims
	Plausible bool // nothing about it is unusual

	about []string // the claims that conditions speak of
	named bool     // the repository's name is worth showing
}

// Answer is what is known about whether a set has a job in it.
type Answer struct {
	Example *Example // one of its jobs, nil where none was found
	Unsure  bool     // the search was given up: nobody knows
	Work    int      // how many steps Some took
}

// None reports whether it is certain that there is no such job.
func (a Answer) None() bool { return a.Example == nil && !a.Unsure }

// Jobs returns the jobs that the grant admits as long as it has not expired,
// whatever its mode.
func (g *Grant) Jobs() Jobs { return g.jobs }

// describe says which jobs the grant's conditions admit.
func (g *Grant) describe() Jobs {
	j := Jobs{issuer: g.Issuer}
	for i := range g.Issuer.Require {
		j.units = append(j.units, literal{&g.Issuer.Require[i], fits})
	}
	for i := range g.Match {
		j.units = append(j.units, literal{&g.Match[i], fits})
	}
	if kind := g.Issuer.Vocabulary; kind.Event != "" && g.Find(kind.Event) == nil {
		j.units = append(j.units, literal{g.Issuer.lore.events, fits})
	}
	for _, block := range g.Unless {
		j.rest = append(j.rest, block.spared())
	}
	byClaim(j.units)
	return j
}

// And returns the jobs that are in both sets.
func (j Jobs) And(k Jobs) Jobs {
	switch {
	case !j.known() || !k.known():
		return Jobs{}
	case j.apart(k):
		return Jobs{issuer: j.issuer, rest: []formula{{op: either}}}
	}
	j.units = slices.Concat(j.units, k.units)
	byClaim(j.units)
	j.rest = slices.Concat(j.rest, k.rest)
	return j
}

// Without returns the jobs of j that are not in k.
func (j Jobs) Without(k Jobs) Jobs {
	switch {
	case !j.known() || !k.known():
		return Jobs{}
	case !j.sameIssuer(k):
		return j
	}
	fails := formula{op: either}
	for _, l := range k.units {
		fails.add(formula{literal: l.not()})
	}
	for _, f := range k.rest {
		fails.add(f.not())
	}
	return j.with(fails)
}

// Where returns the jobs of j that meet one more condition.
func (j Jobs) Where(m Match) Jobs { return j.with(formula{literal: literal{&m, fits}}) }

// Except returns the jobs of j that do not meet a condition.
func (j Jobs) Except(m Match) Jobs { return j.with(formula{literal: literal{&m, misfits}}) }

func (j Jobs) with(f formula) Jobs {
	if f.op == just {
		j.units = append(slices.Clip(j.units), f.literal)
		byClaim(j.units)
		return j
	}
	j.rest = append(slices.Clip(j.rest), f)
	return j
}

// known reports whether the set says which jobs it has: that of a grant which
// could not be read does not.
func (j Jobs) known() bool { return j.issuer != nil && j.issuer.lore != nil && j.issuer.URL != "" }

func (j Jobs) sameIssuer(k Jobs) bool { return j.issuer == k.issuer || j.issuer.URL == k.issuer.URL }

// Overlaps looks for a job that is in both sets, as And and Find do.
func (j Jobs) Overlaps(k Jobs) Answer {
	if j.apart(k) {
		return Answer{}
	}
	return j.And(k).Find()
}

// Find looks for a job of j that is possible by what the vocabulary says is
// always so, and prefers one that is usual.
func (j Jobs) Find() Answer {
	if !j.known() {
		return Answer{Unsure: true}
	}
	return j.find(j.issuer.lore.always)
}

// FindAny looks for a job of j without relying on what the vocabulary says about
// how claims go together, and of what type they are: only then can "none" be
// trusted with tokens that the vocabulary is wrong about.
func (j Jobs) FindAny() Answer {
	if !j.known() {
		return Answer{Unsure: true}
	}
	if likely := j.find(j.issuer.lore.always); likely.Example != nil {
		return likely
	}
	s := newSearch(j, nil)
	s.loose = true
	return s.answer()
}

// find looks for a job, and if there is one for others that begin as a few typical
// jobs, until one has nothing unusual about it.
func (j Jobs) find(laws []formula) Answer {
	first := newSearch(j, laws)
	if !first.found() {
		return Answer{Unsure: first.gaveUp}
	}
	var best Answer
	for _, start := range j.starts() {
		for _, more := range [][]formula{nil, j.issuer.lore.usual} {
			s := newSearch(j, slices.Concat(laws, more))
			s.start, s.hints, s.work = start, first.facts, first.work
			answer := s.answer()
			first.work = s.work
			if answer.Example != nil && answer.Example.Plausible {
				return answer
			}
			if best.Example == nil {
				best = answer
			}
		}
	}
	return best
}
