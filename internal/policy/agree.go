package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

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

// named reports whether the repository's name is more than made up for an id that
// nobody has said the name of.
func (s *search) named(claims identity.Claims) bool {
	kind := s.jobs.issuer.Vocabulary
	id := sourceClaim(kind)
	known := s.jobs.issuer.lore.names[shownValue(claims[id])] != ""
	return known || !s.decided(id) || s.decided(kind.Repository) || s.decided("workflow_ref") || s.start[id] == claims[id]
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
		return HomeOf(text("workflow_ref"))
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

// HomeOf returns the repository of a workflow file, OWNER/NAME/path@ref, "" where
// it names none.
func HomeOf(file string) string {
	parts := strings.SplitN(file, "/", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[0] + "/" + parts[1]
}
