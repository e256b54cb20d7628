package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/quote"
)

// example makes a complete token of what was decided. It returns nil where that is
// no job of the set, which does not happen.
func (s *search) example() *Example {
	claims := maps.Clone(s.start)
	if claims == nil {
		claims = identity.Claims{}
	}
	e := &Example{Issuer: s.jobs.issuer}
	put(claims, "iss", s.jobs.issuer.URL)
	put(claims, "aud", s.jobs.issuer.Audience)
	for _, f := range s.facts {
		put(claims, f.claim(), s.value(f.claim()))
		e.about = append(e.about, f.claim())
	}
	e.Claims = s.agreeing(claims)
	if !s.admits(e.Claims) {
		e.Claims = claims
	}
	if !s.admits(e.Claims) {
		return nil
	}
	e.Plausible = s.jobs.issuer.plausible(e.Claims)
	return e
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

// agreeing returns the claims with those that follow from others set anew, where
// what was decided leaves it open: the repository's name in the workflow's, the
// ref's sort, the subject.
func (s *search) agreeing(claims identity.Claims) identity.Claims {
	settled := maps.Clone(claims)
	kind := s.jobs.issuer.Vocabulary
	s.agreeOnNames(settled)
	if ref := s.fullRef(settled); ref != "" {
		kind.Move(settled, ref)
	}
	kind.Settle(settled)
	for name, value := range settled {
		if !s.open2(name, value) {
			put(settled, name, claims[name])
		}
	}
	kind.Settle(settled) // with the claims that stayed
	for name, value := range settled {
		if !s.open2(name, value) {
			put(settled, name, claims[name])
		}
	}
	return settled
}

// open2 reports whether what was decided about a claim allows the value.
func (s *search) open2(claim string, value any) bool {
	for _, f := range s.facts {
		if f.claim() == claim && !f.holds(value) {
			return false
		}
	}
	return true
}

func (s *search) decided(claim string) bool {
	return slices.ContainsFunc(s.facts, func(f fact) bool { return f.claim() == claim })
}

// fullRef returns the ref that the job is for, in full.
func (s *search) fullRef(claims identity.Claims) string {
	text := func(claim string) string { value, _ := claims.Text(claim); return value }
	kind := s.jobs.issuer.Vocabulary
	switch {
	case kind.ShortRefs && s.decided("ref_path"):
		return text("ref_path")
	case kind.ShortRefs && text("ref_type") == "tag" && text("ref") != "":
		return "refs/tags/" + text("ref")
	case kind.ShortRefs && text("ref") != "":
		return "refs/heads/" + text("ref")
	case !s.decided("ref") && s.decided("workflow_ref"):
		if _, ref := identity.CutFileRef(text("workflow_ref")); strings.HasPrefix(ref, "refs/") {
			return ref
		}
	}
	return text("ref")
}

// agreeOnNames makes the repository's names one where they are open.
func (s *search) agreeOnNames(claims identity.Claims) {
	kind := s.jobs.issuer.Vocabulary
	text := func(claim string) string { value, _ := claims.Text(claim); return value }
	id, name := sourceClaim(kind), text(kind.Repository)
	before := name
	switch known := s.jobs.issuer.lore; {
	case name == "":
		return
	case s.decided(kind.Repository):
		if other := known.ids[name]; other != "" && !s.decided(id) {
			claims[id] = other
		}
	case s.decided(id) && known.names[text(id)] != "":
		name = known.names[text(id)]
	case s.decided("workflow_ref"):
		name = firstParts(text("workflow_ref"))
	case s.decided(ownerClaim(kind)):
		name = text(ownerClaim(kind)) + name[strings.IndexByte(name, '/'):]
	}
	if name == "" || !strings.Contains(name, "/") {
		return
	}
	claims[kind.Repository] = name
	if owner := ownerClaim(kind); !s.decided(owner) {
		claims[owner] = name[:strings.LastIndexByte(name, '/')]
	}
	for _, file := range []string{"workflow_ref", "job_workflow_ref"} {
		if rest, ok := strings.CutPrefix(text(file), before+"/"); ok && !s.decided(file) {
			claims[file] = name + "/" + rest
		}
	}
}

func ownerClaim(kind *identity.Kind) string {
	if kind.Repository == "project_path" {
		return "namespace_path"
	}
	return kind.Repository + "_owner"
}

// firstParts returns owner/name of owner/name/path.
func firstParts(file string) string {
	parts := strings.SplitN(file, "/", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[0] + "/" + parts[1]
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

// String says which job it is by the claims that tell something.
func (e *Example) String() string { return e.Show(0) }

// Show is String with at most limit claims, where limit is not 0: whose job it is
// comes first, then its context.
func (e *Example) Show(limit int) string {
	var parts []string
	for _, name := range e.telling() {
		if limit > 0 && len(parts) == limit {
			break
		}
		parts = append(parts, name+"="+shownClaim(e.Claims[name]))
	}
	return strings.Join(parts, " ")
}

// telling lists the claims to show.
func (e *Example) telling() []string {
	kind := e.Issuer.Vocabulary
	about := func(name string) bool { return slices.Contains(e.about, name) }
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) && (about(name) || !absent(e.Claims[name])) {
			names = append(names, name)
		}
	}
	add(kind.Repository)
	if id := sourceClaim(kind); about(id) {
		add(id)
	}
	add(kind.Event)
	for _, c := range kind.Claims {
		shown := c.Ref == identity.FullRef || c.Name == "environment" || about(c.Name)
		if shown && c.Name != "iss" && c.Name != "aud" && !slices.Contains(kind.Tenant, c.Name) {
			add(c.Name)
		}
	}
	for _, name := range e.about {
		if _, family := e.Claims[name]; family && strings.HasPrefix(name, "repo_property_") {
			add(name)
		}
	}
	return names
}

func shownClaim(value any) string {
	text := quote.Text(shownValue(value))
	if text == "" || strings.ContainsAny(text, " \"=") {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	return text
}
