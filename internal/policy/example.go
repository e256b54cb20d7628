package policy

import (
	"maps"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

// example makes a complete token of what was decided. It returns nil where that is
// no job of the set, which does not happen.
func (s *search) example() *Example {
	e := &Example{Issuer: s.jobs.issuer, Claims: s.claims()}
	s.agree(e.Claims)
	if !s.admits(e.Claims) {
		if e.Claims = s.claims(); !s.admits(e.Claims) {
			return nil
		}
	}
	for _, f := range s.facts {
		e.about = append(e.about, f.claim())
	}
	e.named = s.named(e.Claims)
	e.Plausible = s.jobs.issuer.plausible(e.Claims)
	return e
}

// claims returns the typical token that the search began with, with what was
// decided.
func (s *search) claims() identity.Claims {
	claims := make(identity.Claims, len(s.start)+len(s.facts)+2)
	maps.Copy(claims, s.start)
	for _, name := range []string{"iss", "aud", s.jobs.issuer.Vocabulary.Repository} {
		put(claims, name, s.value(name))
	}
	for _, f := range s.facts {
		put(claims, f.claim(), f.value) // the last one of a claim meets all
	}
	return claims
}

func put(claims identity.Claims, name string, value any) {
	if value == nil {
		delete(claims, name)
		return
	}
	claims[name] = value
}

// admits reports whether the claims are those of a job of the set.
func (s *search) admits(claims identity.Claims) bool {
	value := func(claim string) any { return claims[claim] }
	for _, l := range s.jobs.units {
		if !l.holds(claims[l.claim()]) {
			return false
		}
	}
	for _, all := range [][]formula{s.jobs.rest, s.laws} {
		for i := range all {
			if !all[i].holds(value) {
				return false
			}
		}
	}
	return true
}

// plausible reports whether nothing is unusual about a token.
func (i *Issuer) plausible(claims identity.Claims) bool {
	value := func(claim string) any { return claims[claim] }
	for _, all := range [][]formula{i.lore.always, i.lore.usual} {
		for k := range all {
			if !all[k].holds(value) {
				return false
			}
		}
	}
	event, _ := claims.Text(i.Vocabulary.Event)
	for k := range i.Vocabulary.Claims {
		if !usualValue(&i.Vocabulary.Claims[k], claims[i.Vocabulary.Claims[k].Name], event) {
			return false
		}
	}
	repository, _ := claims.Text(i.Vocabulary.Repository)
	owner, _ := claims.Text(ownerClaim(i.Vocabulary))
	file, _ := claims.Text("workflow_ref")
	if full, _ := claims.Text("ref_path"); i.Vocabulary.ShortRefs && full != fullRefOf(claims) {
		return false
	}
	return (owner == "" || strings.EqualFold(ownerOf(repository), owner)) &&
		(file == "" || strings.HasPrefix(strings.ToLower(file), strings.ToLower(repository)+"/"))
}

func ownerOf(repository string) string {
	return repository[:max(0, strings.LastIndexByte(repository, '/'))]
}

func usualValue(c *identity.Claim, value any, event string) bool {
	if absent(value) {
		return !c.Presence.On([]string{event})
	}
	text, isText := value.(string)
	switch {
	case !hasType(value, c.Type):
		return false
	case isText && (c.Ref == identity.FullRef || c.Ref == identity.ShortRef):
		return tidy(text) && (c.Ref == identity.ShortRef || strings.HasPrefix(text, "refs/"))
	}
	return true
}
