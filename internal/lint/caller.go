package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var callerRules = []rule{
	{check.Meta{ID: "caller-callee-confusion", Summary: "a grant pins the calling workflow where it means the called one, or the other way round", Severity: check.Medium}, confusions},
	{check.Meta{ID: "callee-ref-mutable", Summary: "a reusable workflow is pinned to a branch or tag, which can be moved", Severity: check.Medium}, perGrant(movableCallees)},
}

const callerRef, calleeRef = "workflow_ref", "job_workflow_ref"

func confusions(l *look) {
	tested := l.calledInTests()
	for _, g := range l.grants() {
		l.subject = g.String()
		if g.Issuer.Vocabulary.Callee != calleeRef {
			continue
		}
		caller, callee := g.Find(callerRef), g.Find(calleeRef)
		switch {
		case caller != nil && l.callerElsewhere(g, caller):
		case caller != nil && callee == nil && (tested[g.ID] || saysReusable(g)):
			l.say(start(caller),
				"this is the workflow that was started; which one it calls, it decides",
				"match "+calleeRef+" for the called workflow")
		case caller == nil && callee != nil && ownFile(g, callee) && saysReusable(g):
			l.say(start(callee),
				"this is a file of the calling repository itself, and the grant speaks of a reusable workflow",
				"name the repository that the reusable workflow is in")
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
		home := policy.HomeOf(w.Text)
		if home == "" || strings.Contains(home, "*") || admitsFolded(repository, home) {
			continue
		}
		l.say(w.Pos, "the workflow that was started is in the job's own repository; a called one is "+calleeRef, line(calleeRef, w.Text))
		return true
	}
	return false
}

// admitsFolded compares names as their platform does, without regard to case.
func admitsFolded(m *policy.Match, name string) bool {
	folded := policy.Values{}
	for _, w := range words(m) {
		folded.Globs = append(folded.Globs, policy.Word{Text: strings.ToLower(w.Text)}) // a text without a star is a glob of itself
	}
	return folded.Admits(strings.ToLower(name))
}

// ownFile reports whether all files lie in the one repository that the grant
// names.
func ownFile(g *policy.Grant, callee *policy.Match) bool {
	repository := g.Find(g.Issuer.Vocabulary.Repository)
	if repository == nil || !repository.Values.Pins() || len(repository.Values.Exact) > 1 {
		return false
	}
	for _, w := range words(callee) {
		if !strings.EqualFold(repository.Values.Exact[0].Text, policy.HomeOf(w.Text)) {
			return false
		}
	}
	return true
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
func movableCallees(l *look, g *policy.Grant) {
	callee := g.Find(g.Issuer.Vocabulary.Callee)
	if callee == nil || g.Pins("job_workflow_sha") || ownFile(g, callee) {
		return
	}
	for _, w := range words(callee) {
		if _, ref, _ := strings.Cut(w.Text, "@"); strings.HasPrefix(ref, "refs/") {
			l.sayAs(severity(g, check.Medium, check.Low), w.Pos,
				ref+" can be moved to another commit by who may push there, and every caller then runs that",
				"add job_workflow_sha, or call the workflow at a commit: @ and its 40 digits")
		}
	}
}
