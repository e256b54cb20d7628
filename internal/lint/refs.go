package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var refRules = []rule{
	{check.Meta{ID: "branch-glob-too-wide", Summary: "a glob admits every branch, bots' and merge queues' included", Severity: check.Medium}, perGrant(wideBranches)},
	{check.Meta{ID: "attacker-controlled-only", Summary: "anyone with push can choose all that guards a credential which writes", Severity: check.High}, perGrant(freeGuards)},
	{check.Meta{ID: "tag-guard-unprotected", Summary: "a tag alone guards a credential which writes", Severity: check.Medium}, perGrant(tags)},
	{check.Meta{ID: "environment-without-ref", Summary: "an environment alone guards a grant, and any branch can name it", Severity: check.High}, perGrant(environments)},
	{check.Meta{ID: "environment-glob", Summary: "a glob admits environments that do not exist yet", Severity: check.High}, perCondition(inMatch|inRequire, environmentGlobs)},
}

// hardened reports whether a grant wants something that a name for a branch or
// tag does not bring.
func hardened(g *policy.Grant) bool {
	return gated(g) || demands(g, "ref_protected", "true") || demands(g, "environment_protected", "true")
}

// gated reports whether a grant asks for more than a branch: an environment, a
// workflow or what an administrator gave.
func gated(g *policy.Grant) bool {
	for _, matches := range [][]policy.Match{g.Match, g.Issuer.Require} {
		for i := range matches {
			m := &matches[i]
			exact := m.Claim.Guard == identity.GuardExact || m.Claim.Name == "workflow_sha"
			if exact && m.Values.Pins() || m.Claim.Guard == identity.GuardCallee {
				return true
			}
		}
	}
	return false
}

// refClaims returns a grant's conditions on the ref of its jobs.
func refClaims(g *policy.Grant) []*policy.Match {
	var refs []*policy.Match
	for i := range g.Match {
		if guard := g.Match[i].Claim.Guard; guard == identity.GuardAny || guard == identity.GuardWithRef {
			refs = append(refs, &g.Match[i])
		}
	}
	return refs
}

// anyBranch are branches that nobody lists: whoever admits them all admits any.
var anyBranch = []string{"zz", "dependabot/go_modules/zz", "gh-readonly-queue/main/pr-1-zz"}

// admitsAnyBranch reports whether a glob on a ref admits whatever a branch is
// called. A glob of stars alone is another rule's.
func admitsAnyBranch(m *policy.Match, glob policy.Word) bool {
	one := policy.Values{Globs: []policy.Word{glob}}
	prefix := ""
	if m.Claim.Ref == identity.FullRef {
		prefix = "refs/heads/"
	}
	for _, name := range anyBranch {
		if !one.Admits(prefix + name) {
			return false
		}
	}
	return strings.Trim(glob.Text, "*") != ""
}

func wideBranches(l *look, g *policy.Grant) {
	for _, m := range refClaims(g) {
		for _, w := range m.Values.Globs {
			if admitsAnyBranch(m, w) && !demands(g, "ref_protected", "true") {
				l.sayAs(severity(g, check.Medium, check.Low), w.Pos,
					"this admits every branch, and anyone with push can make one",
					"list the branches that may have the credential")
			}
		}
	}
}

// freeGuards reports what names some branches by a pattern: who can push makes
// one that fits. A branch of Buildkite is what the build's author wrote.
func freeGuards(l *look, g *policy.Grant) {
	if !writes(g) || hardened(g) || g.Issuer.Vocabulary.ShortRefs {
		return
	}
	for _, m := range refClaims(g) {
		free := m.Values.Globs
		if m.Claim.Ref == identity.ShortRef {
			free = words(m)
		}
		for _, w := range free {
			if namesBranches(w.Text) && !admitsAnyBranch(m, w) {
				l.freeGuard(g, m, w.Pos)
			}
		}
	}
}

// namesBranches reports whether a glob can fit a branch.
func namesBranches(glob string) bool {
	return !strings.HasPrefix(glob, "refs/tags/") && !strings.HasPrefix(glob, "refs/pull/") && strings.Trim(glob, "*") != ""
}

func (l *look) freeGuard(g *policy.Grant, m *policy.Match, pos check.Pos) {
	const message = "anyone with push can make a branch that fits, and nothing else guards the grant"
	kind := g.Issuer.Vocabulary
	_, protected := kind.Claim("ref_protected")
	switch {
	case protected:
		l.say(pos, message, `add ref_protected: "true", and protect these branches`)
	case m.Claim.Ref == identity.ShortRef:
		l.sayAs(check.Medium, pos,
			m.Claim.Name+" is what the author of a build wrote, and nothing else guards the grant",
			"let few people create builds of the pipeline, and ignore this with that reason")
	default:
		l.say(pos, message, "add "+kindGuards(kind))
	}
}

// kindGuards names a claim that guards jobs of a kind beside their ref.
func kindGuards(kind *identity.Kind) string {
	for i := range kind.Claims {
		if kind.Claims[i].Guard == identity.GuardExact {
			return kind.Claims[i].Name
		}
	}
	return "a condition on something that few people choose"
}

func tags(l *look, g *policy.Grant) {
	kind := g.Issuer.Vocabulary
	if !writes(g) || hardened(g) || kind.ShortRefs {
		return
	}
	for _, m := range refClaims(g) {
		for _, w := range words(m) {
			if m.Claim.Ref == identity.FullRef && strings.HasPrefix(w.Text, "refs/tags/") {
				l.say(w.Pos,
					"anyone with push can make or move such a tag, at any commit",
					"add "+kindGuards(kind)+", or protect the tags and ignore this with that reason")
			}
		}
	}
}

func environments(l *look, g *policy.Grant) {
	m := g.Find("environment")
	alone := m != nil && m.Claim.Guard == identity.GuardExact && m.Values.Pins() &&
		!speaksOf(g, "ref", "workflow_ref", "job_workflow_ref", "job_workflow_sha", "workflow_sha") && !demands(g, "ref_protected", "true")
	if alone {
		l.say(start(m),
			"a job on any branch can name this environment, and by default all branches may deploy to one",
			"add the ref that may deploy, as ref: refs/heads/main")
	}
}

func environmentGlobs(l *look, c *condition) {
	if c.Claim.Name != "environment" || c.wants("environment_protected", "true") {
		return
	}
	for _, w := range c.Values.Globs {
		l.say(w.Pos, "anyone with push makes a new environment by naming it, so this only asks for there being one",
			"list those that there are, as "+line(c.Claim.Name, strings.ReplaceAll(w.Text, "*", "eu"), strings.ReplaceAll(w.Text, "*", "us")))
	}
}
