package lint

import (
	"slices"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var strongRules = []rule{
	{check.Meta{ID: "strong-credential-weak-guard", Summary: "a credential that decides what other jobs do is guarded by a branch alone", Severity: check.High}, (*look).strongCredential},
}

// strongCredential holds what a credential can do against what guards it. What
// writes and is guarded by patterns alone is attacker-controlled-only; this is the
// next step: what governs other jobs, and is guarded by a branch that whoever
// reviews nothing else reviews.
func (l *look) strongCredential() {
	for _, g := range l.grants() {
		permission := governs(g)
		if permission == "" || gated(g) {
			continue
		}
		for _, m := range refClaims(g) {
			if !m.Values.Pins() && !demands(g, "ref_protected", "true") {
				continue
			}
			answer := g.Jobs().Find()
			if answer.None() {
				break
			}
			l.report(start(m), check.Finding{
				Subject: g.String(), Message: permission + ": write decides what other jobs do or get, and a branch is all that guards it",
				Fix: "add an environment with reviewers, or a job_workflow_ref", Example: jobOf(answer),
			})
			break
		}
	}
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
