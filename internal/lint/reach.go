package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var reachRules = []rule{
	{check.Meta{ID: "org-wide", Summary: "a credential which writes goes to every repository of an organization", Severity: check.High}, orgWide},
	{check.Meta{ID: "visibility-open", Summary: "a grant for many repositories admits public ones too", Severity: check.Info}, visibility},
	{check.Meta{ID: "custom-property-guard", Summary: "a condition is on a custom property, which a repository's own administrators may be able to edit", Severity: check.Medium}, properties},
	{check.Meta{ID: "self-hosted-allowed", Summary: "a credential which writes goes to machines that other jobs may have been on", Severity: check.Medium}, runners},
	{check.Meta{ID: "wildcard-target", Summary: "a team may have credentials for everything that a connection reaches", Severity: check.High}, wildcardTargets},
}

const propertyPrefix = "repo_property_"

// anyRepository returns the condition that lets any repository of an owner in,
// nil where the grant says which ones are meant. A part of a name says it, if
// badly: prefix-confusion sees to that.
func anyRepository(g *policy.Grant) *policy.Match {
	kind := g.Issuer.Vocabulary
	if kind.Repository == "" || g.Pins(kind.Identity...) {
		return nil
	}
	named := wanted(g, kind.Repository)
	if len(named) == 0 {
		return g.Find(kind.Callee)
	}
	for _, m := range named {
		if len(m.Values.Globs) == 0 || !slices.ContainsFunc(m.Values.Globs, wholeOwner) {
			return nil
		}
	}
	return named[0]
}

// wholeOwner reports whether a glob begins to differ right behind a slash.
func wholeOwner(glob policy.Word) bool {
	prefix, _, _ := strings.Cut(glob.Text, "*")
	return strings.HasSuffix(prefix, "/")
}

func orgWide(l *look) {
	for g := range l.grants() {
		m := anyRepository(g)
		if m == nil || !writes(g) || ownTarget(g) || hasProperty(g) {
			continue
		}
		l.report(start(m), check.Finding{
			Subject: g.String(), Fix: "list the repositories: " + g.Issuer.Vocabulary.Identity[0] + ": [ID, ID]",
			Message: "every repository of the owner gets this, those too that a member makes tomorrow",
		})
	}
}

// ownTarget reports whether each job's credential is for something that is named
// after the job's own repository.
func ownTarget(g *policy.Grant) bool {
	for _, f := range g.Credential.Fields {
		for _, t := range f.Texts {
			if f.Template && !strings.Contains(t.Text, "{") {
				return false
			}
		}
		if len(f.Pairs) > 0 {
			return false
		}
	}
	return true
}

func hasProperty(g *policy.Grant) bool {
	return slices.ContainsFunc(slices.Concat(g.Match, g.Issuer.Require), func(m policy.Match) bool {
		return strings.HasPrefix(m.Claim.Name, propertyPrefix)
	})
}

func visibility(l *look) {
	const claim = "repository_visibility"
	for g := range l.grants() {
		m := anyRepository(g)
		if _, known := g.Issuer.Vocabulary.Claim(claim); m == nil || !known || speaksOf(g, claim) || deniesOn(g, claim) {
			continue
		}
		l.report(start(m), check.Finding{
			Subject: g.String(), Fix: "add " + line(claim, "private", "internal"),
			Message: "public repositories of the owner are meant as well, whose pull requests and issues anybody opens",
		})
	}
}

// deniesOn reports whether a grant excludes jobs by a claim.
func deniesOn(g *policy.Grant, claim string) bool {
	return slices.ContainsFunc(g.Unless, func(b policy.Block) bool {
		return slices.ContainsFunc(b.Matches, func(m policy.Match) bool { return m.Claim.Name == claim })
	})
}

func properties(l *look) {
	for c := range l.conditions(inMatch, inRequire, inMay) {
		if strings.HasPrefix(c.Claim.Name, propertyPrefix) {
			l.report(start(c.Match), check.Finding{
				Subject: c.subject, Fix: "let only the organization edit the property, and ignore this with that reason",
				Message: "who may edit this property lets repositories in, and that can be their own administrators",
			})
		}
	}
}

// runners is silent where a system has no machines of its own to choose.
func runners(l *look) {
	const claim = "runner_environment"
	hosts := map[string]string{"github": "github-hosted", "github-ghecom": "github-hosted", "gitlab": "gitlab-hosted"}
	for g := range l.grants() {
		host := hosts[g.Issuer.Kind]
		own := g.Issuer.Kind == "gitlab" && g.Issuer.URL != "https://gitlab.com"
		if host == "" || own || !writes(g) || speaksOf(g, claim) || deniesOn(g, claim) {
			continue
		}
		l.report(l.matchPlace(g), check.Finding{
			Subject: g.String(), Fix: "add " + line(claim, host),
			Message: "jobs on self-hosted runners get this as well, and other jobs may have been on those before",
		})
	}
}

func wildcardTargets(l *look) {
	for _, team := range l.Policy.Teams {
		if team.May == nil {
			continue
		}
		for _, f := range team.May.Fields {
			for _, w := range f.Values.Globs {
				if strings.Trim(w.Text, "*") == "" {
					l.report(w.Pos, check.Finding{
						Subject: "team " + team.Name, Fix: "list them, or begin the glob with what is the team's: " + team.Name + "-*",
						Message: "the team may choose any " + f.Name + " that the connection reaches",
					})
				}
			}
		}
	}
}
