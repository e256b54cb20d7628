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

// agree sets the claims that follow from others anew, where what was decided
// leaves it open: the repository's name in the workflow's, the ref's sort, the
// subject.
func (s *search) agree(claims identity.Claims) {
	kind := s.jobs.issuer.Vocabulary
	s.agreeOnNames(claims)
	if s.start["job_workflow_ref"] == s.start["workflow_ref"] && !s.decided("job_workflow_ref") {
		put(claims, "job_workflow_ref", claims["workflow_ref"])
	}
	if ref := s.fullRef(claims); ref != "" {
		kind.Move(claims, ref)
	}
	kind.Settle(claims)
	if s.keep(claims) {
		kind.Settle(claims) // with the claims that stayed
		s.keep(claims)
	}
}

// keep sets claims back to what was decided where they do not meet it. It reports
// whether there was one.
func (s *search) keep(claims identity.Claims) bool {
	kept := false
	for _, f := range s.facts {
		if !f.holds(claims[f.claim()]) {
			put(claims, f.claim(), s.value(f.claim()))
			kept = true
		}
	}
	return kept
}

func (s *search) decided(claim string) bool {
	return slices.ContainsFunc(s.facts, func(f fact) bool { return f.claim() == claim })
}

// fullRef returns the ref that the job is for, in full.
func (s *search) fullRef(claims identity.Claims) string {
	text := func(claim string) string { value, _ := claims.Text(claim); return value }
	short := s.jobs.issuer.Vocabulary.ShortRefs
	switch {
	case short && s.decided("ref_path"):
		return text("ref_path")
	case short:
		return fullRefOf(claims)
	case !s.decided("ref") && s.decided("workflow_ref"):
		if _, ref := identity.CutFileRef(text("workflow_ref")); strings.HasPrefix(ref, "refs/") {
			return ref
		}
	}
	return text("ref")
}

// fullRefOf returns the full form of a short ref, "" where there is none.
func fullRefOf(claims identity.Claims) string {
	ref, _ := claims.Text("ref")
	switch {
	case ref == "":
		return ""
	case claims["ref_type"] == "tag":
		return "refs/tags/" + ref
	}
	return "refs/heads/" + ref
}

// agreeOnNames makes the repository's names one where they are open.
func (s *search) agreeOnNames(claims identity.Claims) {
	kind := s.jobs.issuer.Vocabulary
	id, owner := sourceClaim(kind), ownerClaim(kind)
	name := s.repositoryName(claims)
	if !strings.Contains(name, "/") {
		return
	}
	claims[kind.Repository] = name
	if known := s.jobs.issuer.lore.ids[name]; known != "" && !s.decided(id) {
		claims[id] = known
	}
	if !s.decided(owner) {
		claims[owner] = ownerOf(name)
	}
	before, _ := s.start.Text(kind.Repository)
	for _, file := range []string{"workflow_ref", "job_workflow_ref"} {
		text, _ := claims.Text(file)
		if rest, ok := strings.CutPrefix(text, before+"/"); ok && !s.decided(file) {
			claims[file] = name + "/" + rest
		}
	}
}

// repositoryName returns the name of the repository that the claims are about.
func (s *search) repositoryName(claims identity.Claims) string {
	text := func(claim string) string { value, _ := claims.Text(claim); return value }
	kind := s.jobs.issuer.Vocabulary
	id, name := text(sourceClaim(kind)), text(kind.Repository)
	switch known := s.jobs.issuer.lore.names[id]; {
	case s.decided(kind.Repository):
		return name
	case s.decided(sourceClaim(kind)) && known != "":
		return known
	case s.decided("workflow_ref"):
		return firstParts(text("workflow_ref"))
	case s.decided(ownerClaim(kind)):
		return text(ownerClaim(kind)) + name[max(0, strings.LastIndexByte(name, '/')):]
	}
	return name
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
	id := sourceClaim(kind)
	if known := e.Issuer.lore.names[shownValue(e.Claims[id])]; about(kind.Repository) || !about(id) || known != "" {
		add(kind.Repository) // another name would be made up
	}
	if about(id) {
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
	text := shownValue(value)
	if items, ok := value.([]any); ok {
		texts := make([]string, 0, len(items))
		for _, item := range items {
			texts = append(texts, shownValue(item))
		}
		text = strings.Join(texts, ",")
	}
	text = quote.Text(text)
	if text == "" || strings.ContainsAny(text, " \"=") {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	return text
}
