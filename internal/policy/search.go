package policy

import (
	"slices"

	"github.com/autoken/autoken/internal/identity"
)

// searchWork bounds the steps of one search. Policies that people write need a
// few hundred.
const searchWork = 100_000

// search looks for a token that meets all conditions of a set. It begins with a
// typical one and changes a claim where a condition asks for it, so that what
// nobody asks for stays as it is. Each claim is decided for itself: what a
// condition wants of it, it wants whatever the others are.
type search struct {
	jobs  Jobs
	laws  []formula
	loose bool // also tokens with claims of other types than they should have
	start identity.Claims
	hints []fact // of a search that found a token, worth trying

	facts  []fact   // what was decided on
	open   []choice // what must hold as well
	work   int
	gaveUp bool
}

// fact is a literal that the token has to meet, and a value of its claim that
// meets it and all earlier facts.
type fact struct {
	literal
	value any
}

// choice is a statement with several ways to hold.
type choice struct {
	formula
	made bool // a way was chosen, and committed to
}

func newSearch(j Jobs, laws []formula) *search {
	return &search{jobs: j, laws: laws, work: searchWork, facts: make([]fact, 0, 32)}
}

func (s *search) answer() Answer {
	if s.found() {
		if example := s.example(); example != nil {
			return Answer{Example: example}
		}
		return Answer{Unsure: true} // what is no job of the set is no example of it
	}
	return Answer{Unsure: s.gaveUp}
}

func (s *search) found() bool { return s.begin() && s.solve() }

// begin decides on all that leaves no choice.
func (s *search) begin() bool {
	for _, l := range s.jobs.units {
		if !s.assume(l) {
			return false
		}
	}
	for _, all := range [][]formula{s.jobs.rest, s.laws} {
		for _, f := range all {
			if !s.commit(f) {
				return false
			}
		}
	}
	return true
}

// commit decides that a statement holds, or that it has to in the end.
func (s *search) commit(f formula) bool {
	switch f.op {
	case just:
		return s.assume(f.literal)
	case either:
		s.open = append(s.open, choice{formula: f})
	case every:
		for _, part := range f.parts {
			if !s.commit(part) {
				return false
			}
		}
	}
	return true
}

// assume decides that a literal holds, and finds a value for its claim.
func (s *search) assume(l literal) bool {
	if s.work -= 1 + len(s.facts)/16 + len(l.match.Values.Exact)/64; s.work <= 0 {
		s.gaveUp = true
		return false
	}
	value := s.value(l.claim())
	if !l.holds(value) {
		var ok bool
		if value, ok = s.pick(l); !ok {
			return false
		}
	}
	s.facts = append(s.facts, fact{l, value})
	return true
}

// value returns what the claim is as far as it was decided.
func (s *search) value(claim string) any {
	for _, f := range slices.Backward(s.facts) {
		if f.claim() == claim {
			return f.value
		}
	}
	switch claim {
	case "iss":
		return s.jobs.issuer.URL
	case "aud":
		return s.jobs.issuer.Audience
	case s.jobs.issuer.Vocabulary.Repository:
		if known := s.jobs.issuer.lore.texts[claim]; len(known) > 0 && s.start != nil {
			return known[0]
		}
	}
	return s.start[claim]
}

// mark is a state to come back to.
type mark struct{ facts, open int }

func (s *search) mark() mark { return mark{len(s.facts), len(s.open)} }

func (s *search) back(m mark) { s.facts, s.open = s.facts[:m.facts], s.open[:m.open] }

// solve makes every open statement hold: it takes the one with the fewest ways,
// and goes each until one leads to the end.
func (s *search) solve() bool {
	if s.work -= len(s.open) / 16; s.work <= 0 {
		s.gaveUp = true
		return false
	}
	at, ways := s.tightest()
	if at < 0 {
		return true
	}
	s.open[at].made = true
	for _, way := range ways {
		m := s.mark()
		if s.commit(way) && s.solve() {
			return true
		}
		s.back(m)
	}
	s.open[at].made = false
	return false
}

// tightest returns the place of the open statement that has the fewest ways, and
// the ways; none if there is no way at all. The place is -1 where all hold.
func (s *search) tightest() (int, []formula) {
	at := -1
	var ways []formula
	for i := range s.open {
		if s.open[i].made || s.open[i].holds(s.value) {
			continue
		}
		possible := s.possible(s.open[i].parts)
		if at < 0 || len(possible) < len(ways) {
			at, ways = i, possible
		}
		if len(ways) == 0 {
			break
		}
	}
	return at, ways
}

// possible returns those of the statements that do not contradict what was decided.
func (s *search) possible(parts []formula) []formula {
	var possible []formula
	for _, part := range parts {
		m := s.mark()
		if s.commit(part) {
			possible = append(possible, part)
		}
		s.back(m)
	}
	return possible
}
