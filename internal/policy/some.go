package policy

import (
	"github.com/autoken/autoken/internal/identity"
)

// Some looks for a job as Find does, and takes the first that it meets, however
// unusual: for those who ask whether there is one, a hundred times as often.
func (j Jobs) Some() Answer {
	if !j.known() {
		return Answer{Unsure: true}
	}
	s := newSearch(j, j.issuer.lore.always)
	s.start = typical(j.issuer.Vocabulary)
	if !s.found() {
		return Answer{Unsure: s.gaveUp, Work: searchWork - s.work}
	}
	claims := s.claims()
	if !s.admits(claims) {
		return Answer{Unsure: true, Work: searchWork - s.work}
	}
	return Answer{Example: &Example{Issuer: j.issuer, Claims: claims}, Work: searchWork - s.work}
}

// Has reports whether a job with these claims is in the set.
func (j Jobs) Has(claims identity.Claims) bool {
	for _, l := range j.units {
		if !l.holds(claims[l.claim()]) {
			return false
		}
	}
	value := func(claim string) any { return claims[claim] }
	for i := range j.rest {
		if !j.rest[i].holds(value) {
			return false
		}
	}
	return j.known()
}

// typical returns the claims of a usual job.
func typical(kind *identity.Kind) identity.Claims {
	for _, f := range identity.Fixtures() {
		if f.Kind == kind.Name {
			return f.Claims
		}
	}
	return identity.Claims{}
}
