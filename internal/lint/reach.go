package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var reachRules = []rule{
	{check.Meta{ID: "org-wide", Summary: "a credential which writes goes to every repository of an organization", Severity: check.High}, perGrant(orgWide)},
	{check.Meta{ID: "visibility-open", Summary: "a grant for many repositories admits public ones too", Severity: check.Info}, perGrant(visibility)},
	{check.Meta{ID: "self-hosted-allowed", Summary: "a credential which writes goes to machines that other jobs may have been on", Severity: check.Medium}, perGrant(runners)},
	{check.Meta{ID: "wildcard-target", Summary: "a team may have credentials for everything that a connection reaches", Severity: check.High}, wildcardTargets},
}

// anyRepository returns the condition that lets any repository of an owner in,
// nil where the grant says which ones are meant. A part of a name says it, if
// badly: prefix-confusion sees to that.
func anyRepository(g *policy.Grant) *policy.Match {
	kind := g.Issuer.Vocabulary
	if kind.Repository == "" || g.Pins(kind.Identity...) {
		return nil
	}
	own, floor := g.Find(kind.Repository), g.Issuer.Find(kind.Repository)
	switch {
	case own == nil && floor == nil && g.Find(kind.Callee) == nil:
		return g.Issuer.Find(kind.Callee)
	case own == nil && floor == nil:
		return g.Find(kind.Callee)
	case own == nil:
		own = floor
	}
	if admitsOwner(own) && (floor == nil || admitsOwner(floor)) {
		return own
	}
	return nil
}

// admitsOwner reports whether a glob begins to differ right behind a slash.
func admitsOwner(m *policy.Match) bool {
	for _, w := range m.Values.Globs {
		if prefix, _, _ := strings.Cut(w.Text, "*"); strings.HasSuffix(prefix, "/") {
			return true
		}
	}
	return false
}

func orgWide(l *look, g *policy.Grant) {
	m := anyRepository(g)
	if m == nil || !writes(g) || ownTarget(g) || hasProperty(g.Match) || hasProperty(g.Issuer.Require) {
		return
	}
	l.say(start(m),
		"every repository of the owner gets this, those too that a member makes tomorrow",
		"list the repositories: "+g.Issuer.Vocabulary.Identity[0]+": [ID, ID]")
}

// ownTarget reports whether each job's credential is for something that is named
// after the job's own repository.
func ownTarget(g *policy.Grant) bool {
	for i := range g.Credential.Fields {
		f := &g.Credential.Fields[i]
		for j := range f.Texts {
			if f.Template && !strings.Contains(f.Texts[j].Text, "{") {
				return false
			}
		}
		if len(f.Pairs) > 0 {
			return false
		}
	}
	return true
}

func hasProperty(matches []policy.Match) bool {
	for i := range matches {
		if strings.HasPrefix(matches[i].Claim.Name, propertyPrefix) {
			return true
		}
	}
	return false
}

func visibility(l *look, g *policy.Grant) {
	const claim = "repository_visibility"
	m := anyRepository(g)
	if _, known := g.Issuer.Vocabulary.Claim(claim); m == nil || !known || speaksOf(g, claim) || deniesOn(g, claim) {
		return
	}
	l.say(start(m),
		"public repositories of the owner are meant as well, whose pull requests and issues anybody opens",
		"add "+line(claim, "private", "internal"))
}

// deniesOn reports whether a grant excludes jobs by a claim.
func deniesOn(g *policy.Grant, claim string) bool {
	for i := range g.Unless {
		if matchOn(g.Unless[i].Matches, claim) != nil {
			return true
		}
	}
	return false
}

// runners is silent where a system has no machines of its own to choose.
func runners(l *look, g *policy.Grant) {
	const claim = "runner_environment"
	host := "github-hosted"
	switch {
	case g.Issuer.URL == "https://gitlab.com":
		host = "gitlab-hosted"
	case g.Issuer.Kind != "github" && g.Issuer.Kind != "github-ghecom":
		return
	}
	if !writes(g) || speaksOf(g, claim) || deniesOn(g, claim) {
		return
	}
	l.say(l.matchPlace(g), "jobs on self-hosted runners get this as well, and other jobs may have been on those before", "add "+line(claim, host))
}

func wildcardTargets(l *look) {
	for _, team := range l.Policy.Teams {
		if team.May == nil {
			continue
		}
		l.subject = "team " + team.Name
		for i := range team.May.Fields {
			f := &team.May.Fields[i]
			for _, w := range f.Values.Globs {
				if strings.Trim(w.Text, "*") == "" {
					l.say(w.Pos,
						"the team may choose any "+f.Name+" that the connection reaches",
						"list them, or begin the glob with what is the team's: "+team.Name+"-*")
				}
			}
		}
	}
}
