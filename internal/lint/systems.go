package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var systemRules = []rule{
	{check.Meta{ID: "gitlab-project-of-fork", Summary: "a merge request's job may be of the fork or of the project, by GitLab's version", Severity: check.Medium}, perGrant(forkProjects)},
	{check.Meta{ID: "gitlab-unprotected-ref", Summary: "a grant for GitLab admits branches and tags that are not protected", Severity: check.High}, perGrant(unprotectedRefs)},
	{check.Meta{ID: "circleci-fork-or-ssh", Summary: "a grant for CircleCI admits forks' builds, or jobs in which someone has a shell", Severity: check.High}, perGrant(forksAndShells)},
	{check.Meta{ID: "buildkite-slug", Summary: "a condition for Buildkite is on a slug, which can be changed", Severity: check.Medium}, perCondition(inUnless|inRequire|inMay, slugs)},
}

func forkProjects(l *look, g *policy.Grant) {
	if g.Issuer.Kind != "gitlab" || demands(g, "ref_protected", "true") {
		return
	}
	for _, w := range eventsOf(g, proposal) {
		if w.Text == "merge_request_event" {
			l.say(w.Pos,
				"the project_ claims of a fork's merge request name the fork or the project, by GitLab's version",
				`add ref_protected: "true"`)
		}
	}
}

// unprotectedRefs leaves merge requests to their own rules: their refs are never
// protected.
func unprotectedRefs(l *look, g *policy.Grant) {
	guarded := demands(g, "ref_protected", "true") || demands(g, "environment_protected", "true")
	if g.Issuer.Kind != "gitlab" || guarded || len(eventsOf(g, proposal)) == len(g.Events()) {
		return
	}
	l.sayAs(severity(g, check.High, check.Low), l.refPlace(g),
		"every developer can push to a branch or make a tag that is not protected",
		`add ref_protected: "true"`)
}

// refPlace returns where a grant names its ref.
func (l *look) refPlace(g *policy.Grant) check.Pos {
	for _, m := range refClaims(g) {
		return start(m)
	}
	return l.matchPlace(g)
}

func forksAndShells(l *look, g *policy.Grant) {
	const origin, shell = "oidc.circleci.com/vcs-origin", "oidc.circleci.com/ssh-rerun"
	if g.Issuer.Kind != "circleci" {
		return
	}
	how := severity(g, check.High, check.Medium)
	if !speaksOf(g, origin) {
		l.sayAs(how, l.matchPlace(g), "builds of forks run under the project's own id", "add "+origin+": github.com/OWNER/NAME")
	}
	if !demands(g, shell, "false") {
		l.sayAs(how, l.matchPlace(g), "a job that was started again with SSH gets this, and who did that has a shell in it", "add "+shell+": false")
	}
}

// slugs looks where rule 6 of the language does not: it wants the ids in every
// grant.
func slugs(l *look, c *condition) {
	what, isSlug := strings.CutSuffix(c.Claim.Name, "_slug")
	if c.kind.Name == "buildkite" && isSlug && !c.beside(what+"_id") {
		l.say(start(c.Match), "a "+what+" keeps its id and can change its slug, which another one can take then", "match "+what+"_id")
	}
}
