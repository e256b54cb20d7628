package policy

import (
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

// text finds a text that will do: one that stands in a condition, one that people
// know, or one that the patterns admit.
func (s *search) text(c cell) (string, verdict) {
	all := texts{letters: lettersFor(c.claim)}
	listed := false
	for _, l := range c.literals {
		v := &l.match.Values
		switch l.sense {
		case fits:
			for _, w := range v.Exact {
				if c.admits(w.Text) {
					return w.Text, found
				}
			}
			listed = listed || len(v.Globs) == 0 && !v.fold
			all.fits = append(all.fits, v.patterns())
		case misfits:
			all.misfits = append(all.misfits, v.patterns())
		case present, missing:
		}
	}
	if listed { // and none of them will do
		return "", none
	}
	if text := s.wellKnown(c); text != "" {
		return text, found
	}
	return s.run(all, c.claim.Ref != identity.FileRef)
}

// run runs the patterns with a part of the work that is left, so that one claim
// that is hard to decide leaves something to the others.
func (s *search) run(all texts, wantTidy bool) (string, verdict) {
	text, v := s.part(all)
	if v != found || !wantTidy || tidy(text) {
		return text, v
	}
	all.tidy = true
	if better, v := s.part(all); v == found {
		return better, found
	}
	return text, found
}

func (s *search) part(all texts) (string, verdict) {
	work := s.work / 2
	s.work -= work
	text, v := all.find(&work)
	s.work += max(work, 0)
	return text, v
}

// lettersFor returns the letters that a claim's values consist of.
func lettersFor(c identity.Claim) string {
	switch {
	case strings.HasSuffix(c.Name, "_sha"), c.Name == "sha", strings.HasSuffix(c.Name, "_commit"):
		return "0123456789abcdef"
	case strings.HasSuffix(c.Name, "_id"), strings.HasPrefix(c.Name, "run_"):
		return "9012345678"
	}
	return readable
}
