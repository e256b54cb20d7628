package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var strongRules = []rule{
	{check.Meta{ID: "strong-credential-weak-guard", Summary: "a credential that can change things is given in a context that anyone with push can make", Severity: check.High}, (*look).strongCredential},
}

// strength says how hard it is to get a job into the context that a grant asks
// for.
type strength int

// The strengths, weakest first.
const (
	anyBranch strength = iota // whoever can push makes a branch that fits
	oneRef                    // refs that are written out, or protected ones
	reviewed                  // an environment, a workflow file or a commit besides
)

// strongCredential holds what a credential can do against what guards it. Tags
// have a rule of their own.
func (l *look) strongCredential() {
	for g := range l.grants() {
		guard, weak := guardOf(g)
		governs := governs(g)
		switch {
		case weak == nil:
		case guard == anyBranch && writes(g) && !onlyTags(g):
			l.reportStrong(g, weak, check.High, "the credential can change things, and every branch that fits "+weak.Values.String()+" gets it",
				"list the branches, or add an environment with reviewers")
		case guard == oneRef && governs != "":
			l.reportStrong(g, weak, check.Medium, governs+": write decides what other jobs do, and the branch alone guards it",
				"add an environment with reviewers, or a job_workflow_ref")
		}
	}
}

func (l *look) reportStrong(g *policy.Grant, weak *policy.Match, severity check.Severity, message, fix string) {
	answer := g.Jobs().Find()
	if !answer.None() {
		l.report(start(weak), check.Finding{Subject: g.String(), Severity: severity, Message: message, Fix: fix, Example: jobOf(answer)})
	}
}

// guardOf returns how strong a grant's strongest guard is, and the condition on a
// ref that there is.
func guardOf(g *policy.Grant) (strength, *policy.Match) {
	best := anyBranch
	var ref *policy.Match
	for i := range g.Match {
		m := &g.Match[i]
		switch m.Claim.Guard {
		case identity.GuardCallee:
			best = reviewed
		case identity.GuardExact:
			if m.Values.Pins() {
				best = reviewed
			}
		case identity.GuardAny, identity.GuardWithRef:
			ref = m
			if m.Values.Pins() {
				best = max(best, oneRef)
			}
		case identity.NoGuard:
			if strings.HasSuffix(m.Claim.Name, "_protected") && demands(g, m.Claim.Name, "true") {
				best = max(best, oneRef)
			}
		}
	}
	return best, ref
}

// onlyTags reports whether a grant is for tags alone.
func onlyTags(g *policy.Grant) bool {
	return demands(g, "ref_type", "tag") || slices.ContainsFunc(g.Match, func(m policy.Match) bool {
		return m.Claim.Ref == identity.FullRef && !m.Values.Empty &&
			!slices.ContainsFunc(words(&m), func(w policy.Word) bool { return !strings.HasPrefix(w.Text, "refs/tags/") })
	})
}

// governs names a permission of the grant's credential that decides what other
// jobs do or get, "" where it has none.
func governs(g *policy.Grant) string {
	for _, f := range g.Credential.Fields {
		for _, p := range f.Pairs {
			if slices.Contains(f.Governs, p.Key.Text) && p.Value.Text != f.Levels[0] {
				return p.Key.Text
			}
		}
	}
	return ""
}
