package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var callerRules = []rule{
	{check.Meta{ID: "caller-callee-confusion", Summary: "a grant pins the calling workflow where it means the called one, or the other way round", Severity: check.Medium}, confusions},
	{check.Meta{ID: "callee-ref-mutable", Summary: "a reusable workflow is pinned to a branch or tag, which can be moved", Severity: check.Medium}, movableCallees},
}

const callerRef, calleeRef = "workflow_ref", "job_workflow_ref"

func confusions(l *look) {
	tested := l.calledInTests()
	for g := range l.grants() {
		if g.Issuer.Vocabulary.Callee != calleeRef {
			continue
		}
		caller, callee := g.Find(callerRef), g.Find(calleeRef)
		switch {
		case caller != nil && l.callerElsewhere(g, caller):
		case caller != nil && callee == nil && (tested[g.ID] || saysReusable(g)):
			l.report(start(caller), check.Finding{
				Subject: g.String(), Fix: "match " + calleeRef + " for the called workflow",
				Message: "this is the workflow that was started; which one it calls, it decides",
			})
		case caller == nil && callee != nil && ownFile(g, callee) && saysReusable(g):
			l.report(start(callee), check.Finding{
				Subject: g.String(), Fix: "name the repository that the reusable workflow is in",
				Message: "this is a file of the calling repository itself, and the grant speaks of a reusable workflow",
			})
		}
	}
}

// callerElsewhere reports a started workflow that is said to lie in another
// repository than the job's: none ever does.
func (l *look) callerElsewhere(g *policy.Grant, caller *policy.Match) bool {
	repository := g.Find(g.Issuer.Vocabulary.Repository)
	if repository == nil {
		return false
	}
	for _, w := range words(caller) {
		home := homeOf(w.Text)
		if home == "" || strings.Contains(home, "*") || admitsFolded(repository, home) {
			continue
		}
		l.report(w.Pos, check.Finding{
			Subject: g.String(), Fix: line(calleeRef, w.Text),
			Message: "the workflow that was started is in the job's own repository; a called one is " + calleeRef,
		})
		return true
	}
	return false
}

// homeOf returns the repository of a workflow file, OWNER/NAME/path@ref.
func homeOf(file string) string {
	parts := strings.SplitN(file, "/", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[0] + "/" + parts[1]
}

// admitsFolded compares names as their platform does, without regard to case.
func admitsFolded(m *policy.Match, name string) bool {
	folded := policy.Values{}
	for _, w := range m.Values.Exact {
		folded.Exact = append(folded.Exact, policy.Word{Text: strings.ToLower(w.Text)})
	}
	for _, w := range m.Values.Globs {
		folded.Globs = append(folded.Globs, policy.Word{Text: strings.ToLower(w.Text)})
	}
	return folded.Admits(strings.ToLower(name))
}

// ownFile reports whether all files lie in the one repository that the grant
// names.
func ownFile(g *policy.Grant, callee *policy.Match) bool {
	repository := g.Find(g.Issuer.Vocabulary.Repository)
	return repository != nil && repository.Values.Pins() && len(repository.Values.Exact) == 1 && !slices.ContainsFunc(words(callee), func(w policy.Word) bool { return !admitsFolded(repository, homeOf(w.Text)) })
}

func saysReusable(g *policy.Grant) bool {
	text := strings.ToLower(g.ID + " " + g.Description + " " + strings.Join(g.Labels, " "))
	return strings.Contains(text, "reusable") || strings.Contains(text, "called workflow")
}

// calledInTests tells the grants that a test gives to a job of a called
// workflow.
func (l *look) calledInTests() map[string]bool {
	called := map[string]bool{}
	for _, t := range l.Policy.Tests {
		_, sets := t.Set[calleeRef]
		if t.Allow && (sets || strings.HasSuffix(t.From, "/reusable")) {
			called[t.Grant.Text] = true
		}
	}
	return called
}

// movableCallees is silent on files of the caller's own: they are as fixed as
// its ref is.
func movableCallees(l *look) {
	for g := range l.grants() {
		callee := g.Find(g.Issuer.Vocabulary.Callee)
		if callee == nil || g.Pins("job_workflow_sha") || ownFile(g, callee) {
			continue
		}
		for _, w := range words(callee) {
			if _, ref, _ := strings.Cut(w.Text, "@"); strings.HasPrefix(ref, "refs/") {
				l.report(w.Pos, movableCallee(g, ref))
			}
		}
	}
}

func movableCallee(g *policy.Grant, ref string) check.Finding {
	f := check.Finding{
		Subject: g.String(), Fix: "add job_workflow_sha, or call the workflow at a commit: @ and its 40 digits",
		Message: ref + " can be moved to another commit by who may push there, and every caller then runs that",
	}
	if !writes(g) {
		f.Severity = check.Low
	}
	return f
}
