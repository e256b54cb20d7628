package policy

import (
	"encoding/json"
	"strconv"

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
	case identity.Text:
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
