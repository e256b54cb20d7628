package policy

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

// cell is what was decided about one claim.
type cell struct {
	claim    identity.Claim
	literals []literal
	missing  bool // one of them wants the claim to be absent or of another type
}

// cell returns all that is decided about a claim if l is as well. It is not ok
// where vocabularies differ about the claim's type.
func (s *search) cell(l literal) (cell, bool) {
	c := cell{claim: l.match.Claim, literals: make([]literal, 0, 8)}
	ok := true
	add := func(l literal) {
		c.literals = append(c.literals, l)
		c.missing = c.missing || l.sense == missing
		ok = ok && l.match.Claim.Type == c.claim.Type
	}
	for _, f := range s.facts {
		if f.claim() == c.claim.Name {
			add(f.literal)
		}
	}
	add(l)
	return c, ok
}

// pick finds a value for the claim of a literal that meets it and what was decided
// about the claim before. The order is that of what is usual: a value, none, one
// of a wrong type.
func (s *search) pick(l literal) (any, bool) {
	c, ok := s.cell(l)
	if !ok {
		s.gaveUp = true
		return nil, false
	}
	if value, v := s.valueOf(c); v == found {
		return value, true
	} else if v == unsure {
		s.gaveUp = true
	}
	for _, value := range c.odd(s.loose) {
		if c.holds(value) {
			return value, true
		}
	}
	return nil, false
}

func (c cell) holds(value any) bool {
	for _, l := range c.literals {
		if !l.holds(value) {
			return false
		}
	}
	return true
}

// admits reports whether a text will do, where the claim has one or a list of them.
func (c cell) admits(text string) bool {
	for _, l := range c.literals {
		if !l.admits(text) {
			return false
		}
	}
	return text != "" && len(text) <= maxClaim
}

// odd returns the values that say nothing, and where wrong is set those of a wrong
// type, which no condition fits.
func (c cell) odd(wrong bool) []any {
	values := []any{nil, ""}
	if !wrong {
		return values
	}
	if c.claim.Type == identity.Text {
		return append(values, []any{})
	}
	return append(values, "?")
}

// valueOf finds a value that is there and has the claim's type.
func (s *search) valueOf(c cell) (any, verdict) {
	if c.missing && c.claim.Type != identity.List {
		return nil, none
	}
	switch c.claim.Type {
	case identity.Bool:
		return c.first("false", "true")
	case identity.Number:
		return c.number()
	case identity.List:
		return s.list(c)
	}
	text, v := s.text(c)
	return text, v
}

// first returns the first of the texts that will do, as a value of the claim.
func (c cell) first(texts ...string) (any, verdict) {
	for _, text := range texts {
		if !c.admits(text) {
			continue
		}
		if c.claim.Type == identity.Bool {
			return text == "true", found
		}
		return json.Number(text), found
	}
	return nil, none
}

// number tries the numbers that conditions list, and as many more as they could
// exclude.
func (c cell) number() (any, verdict) {
	var all []string
	globs := false
	for _, l := range c.literals {
		if l.match == nil || l.sense == present {
			continue
		}
		globs = globs || len(l.match.Values.Globs) > 0
		for _, w := range l.match.Values.Exact {
			all = append(all, w.Text)
		}
	}
	for i := range len(all) + 1 {
		all = append(all, strconv.Itoa(i+1))
	}
	value, v := c.first(all...)
	if v == none && globs {
		v = unsure
	}
	return value, v
}

// list finds an item for each literal that must fit. No item may be one that must
// not.
func (s *search) list(c cell) (any, verdict) {
	items := []any{}
	var bans []literal
	for _, l := range c.literals {
		if l.sense == misfits {
			bans = append(bans, l)
		}
	}
	for _, l := range c.literals {
		if l.sense != fits {
			continue
		}
		text, v := s.text(cell{claim: c.claim, literals: append([]literal{l}, bans...)})
		if v != found {
			return nil, v
		}
		items = append(items, text)
	}
	switch {
	case c.missing && s.loose:
		items = append(items, false)
	case c.missing:
		return nil, none
	case len(items) == 0:
		if text, v := s.text(cell{claim: c.claim, literals: bans}); v == found {
			items = append(items, text)
		}
	}
	if !c.holds(items) { // one of them wants an item to be wrong, one wants it not to be
		return nil, none
	}
	return items, found
}

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

// tidy reports whether git would take the text for a part of a ref's name.
func tidy(text string) bool {
	at := atStart
	for _, r := range text {
		next, ok := at.after(r)
		if !ok {
			return false
		}
		at = next
	}
	return at.ends()
}
