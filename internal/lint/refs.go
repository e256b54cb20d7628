package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var refRules = []rule{
	{check.Meta{ID: "branch-glob-too-wide", Summary: "a glob admits every branch, bots' and merge queues' included", Severity: check.Medium}, wideBranches},
	{check.Meta{ID: "attacker-controlled-only", Summary: "anyone with push can choose all that guards a credential which writes", Severity: check.High}, freeGuards},
	{check.Meta{ID: "tag-guard-unprotected", Summary: "a tag alone guards a credential which writes", Severity: check.Medium}, tags},
	{check.Meta{ID: "environment-without-ref", Summary: "an environment alone guards a grant, and any branch can name it", Severity: check.High}, environments},
	{check.Meta{ID: "environment-glob", Summary: "a glob admits environments that do not exist yet", Severity: check.High}, environmentGlobs},
}

// hardened reports whether a grant wants something that a name for a branch or
// tag does not bring: protection, a fixed workflow or what an administrator
// gave.
func hardened(g *policy.Grant) bool {
	for _, claim := range []string{"ref_protected", "environment_protected"} {
		if demands(g, claim, "true") {
			return true
		}
	}
	return pinsOne(g, "environment", "workflow_ref", "job_workflow_sha", "workflow_sha", "oidc.circleci.com/context-ids") || speaksOf(g, "job_workflow_ref")
}

// pinsOne reports whether one of the claims is listed in full and says
// something about the context of jobs of this kind.
func pinsOne(g *policy.Grant, claims ...string) bool {
	return slices.ContainsFunc(claims, func(name string) bool {
		claim, known := g.Issuer.Vocabulary.Claim(name)
		return known && (claim.Guard != identity.NoGuard || name == "workflow_sha") && g.Pins(name)
	})
}

// refClaims returns a grant's conditions on the ref of its jobs.
func refClaims(g *policy.Grant) []policy.Match {
	return slices.DeleteFunc(slices.Clone(g.Match), func(m policy.Match) bool {
		return m.Claim.Guard != identity.GuardAny && m.Claim.Guard != identity.GuardWithRef
	})
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
	return strings.Trim(glob.Text, "*") != "" && !slices.ContainsFunc(anyBranch, func(name string) bool { return !one.Admits(prefix + name) })
}

func wideBranches(l *look) {
	for g := range l.grants() {
		for _, m := range refClaims(g) {
			for _, w := range m.Values.Globs {
				if admitsAnyBranch(&m, w) && !demands(g, "ref_protected", "true") {
					l.report(w.Pos, wideBranch(g))
				}
			}
		}
	}
}

func wideBranch(g *policy.Grant) check.Finding {
	f := check.Finding{Subject: g.String(), Message: "this admits every branch, and anyone with push can make one", Fix: "list the branches that may have the credential"}
	if !writes(g) {
		f.Severity = check.Low
	}
	return f
}

// freeGuards reports what names some branches by a pattern: who can push makes
// one that fits. A branch of Buildkite is what the build's author wrote.
func freeGuards(l *look) {
	for g := range l.grants() {
		if !writes(g) || hardened(g) || g.Issuer.Vocabulary.ShortRefs {
			continue
		}
		for _, m := range refClaims(g) {
			free := m.Values.Globs
			if m.Claim.Ref == identity.ShortRef {
				free = words(&m)
			}
			for _, w := range free {
				if namesBranches(w.Text) && !admitsAnyBranch(&m, w) {
					l.report(w.Pos, freeGuard(g, &m))
				}
			}
		}
	}
}

// namesBranches reports whether a glob can fit a branch.
func namesBranches(glob string) bool {
	return !strings.HasPrefix(glob, "refs/tags/") && !strings.HasPrefix(glob, "refs/pull/") && strings.Trim(glob, "*") != ""
}

func freeGuard(g *policy.Grant, m *policy.Match) check.Finding {
	f := check.Finding{Subject: g.String(), Message: "anyone with push can make a branch that fits, and nothing else guards the grant"}
	kind := g.Issuer.Vocabulary
	_, protected := kind.Claim("ref_protected")
	switch {
	case protected:
		f.Fix = `add ref_protected: "true", and protect these branches`
	case m.Claim.Ref == identity.ShortRef:
		f.Severity = check.Medium
		f.Message = m.Claim.Name + " is what the author of a build wrote, and nothing else guards the grant"
		f.Fix = "let few people create builds of the pipeline, and ignore this with that reason"
	default:
		f.Fix = "add " + kindGuards(kind)
	}
	return f
}

// kindGuards names a claim that guards jobs of a kind beside their ref.
func kindGuards(kind *identity.Kind) string {
	for _, c := range kind.Claims {
		if c.Guard == identity.GuardExact {
			return c.Name
		}
	}
	return "a condition on something that few people choose"
}

func tags(l *look) {
	for g := range l.grants() {
		kind := g.Issuer.Vocabulary
		if !writes(g) || hardened(g) || kind.ShortRefs {
			continue
		}
		for _, m := range refClaims(g) {
			for _, w := range words(&m) {
				if m.Claim.Ref == identity.FullRef && strings.HasPrefix(w.Text, "refs/tags/") {
					l.report(w.Pos, check.Finding{
						Subject: g.String(), Message: "anyone with push can make or move such a tag, at any commit",
						Fix: "add " + kindGuards(kind) + ", or protect the tags and ignore this with that reason",
					})
				}
			}
		}
	}
}

func environments(l *look) {
	for g := range l.grants() {
		m := g.Find("environment")
		alone := m != nil && m.Claim.Guard == identity.GuardExact && m.Values.Pins() &&
			!speaksOf(g, "ref", "workflow_ref", "job_workflow_ref", "job_workflow_sha", "workflow_sha") && !demands(g, "ref_protected", "true")
		if alone {
			l.report(start(m), check.Finding{
				Subject: g.String(), Fix: "add the ref that may deploy, as ref: refs/heads/main",
				Message: "a job on any branch can name this environment, and by default all branches may deploy to one",
			})
		}
	}
}

func environmentGlobs(l *look) {
	for c := range l.conditions(inMatch, inRequire) {
		if c.Claim.Name != "environment" || c.wants("environment_protected", "true") {
			continue
		}
		for _, w := range c.Values.Globs {
			l.report(w.Pos, check.Finding{
				Subject: c.subject, Fix: "list the environments",
				Message: "anyone with push makes a new environment by naming it, so this only asks for there being one",
			})
		}
	}
}
