package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var eventRules = []rule{
	{check.Meta{ID: "dangerous-event", Summary: "a grant admits an event that outsiders cause", Severity: check.High}, dangerousEvents},
	{check.Meta{ID: "pull-request-context", Summary: "a grant admits jobs that run what nobody has reviewed", Severity: check.High}, pullRequests},
	{check.Meta{ID: "unreviewed-event", Summary: "a grant admits an event that can run what is on no branch", Severity: check.Medium}, unreviewedEvents},
	{check.Meta{ID: "unknown-event", Summary: "a grant admits an event that no version of its system is known to have", Severity: check.Low}, unknownEvents},
}

// risk says whose code an event runs, and who brings it about.
type risk int

// The risks.
const (
	calm       risk = iota // who may push, or may make a release, brings it about
	outside                // anybody brings it about; the default branch's workflow runs
	proposal               // the workflow and the code of a pull request run
	unreviewed             // a commit runs that need not be on any branch
)

// githubEvents are the events of
// https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
// that a token can name; a called workflow has its caller's. "dynamic" is what
// GitHub starts by itself.
var githubEvents = map[string]risk{
	"branch_protection_rule": calm, "check_run": calm, "check_suite": calm, "create": unreviewed, "delete": calm,
	"deployment": unreviewed, "deployment_status": unreviewed, "discussion": outside, "discussion_comment": outside, "dynamic": calm,
	"fork": outside, "gollum": outside, "image_version": calm, "issue_comment": outside, "issues": outside, "label": calm,
	"merge_group": unreviewed, "milestone": calm, "page_build": calm, "public": calm, "pull_request": proposal,
	"pull_request_review": proposal, "pull_request_review_comment": proposal, "pull_request_target": outside, "push": calm,
	"registry_package": calm, "release": calm, "repository_dispatch": calm, "schedule": calm, "status": calm, "watch": outside,
	"workflow_dispatch": calm, "workflow_run": outside,
}

// gitlabSources are the values of CI_PIPELINE_SOURCE in
// https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable
var gitlabSources = map[string]risk{
	"api": calm, "chat": calm, "container_registry_push": calm, "duo_workflow": calm, "external": calm,
	"external_pull_request_event": proposal, "merge_request_event": proposal, "ondemand_dast_scan": calm,
	"ondemand_dast_validation": calm, "parent_pipeline": calm, "pipeline": calm, "push": calm, "schedule": calm,
	"security_orchestration_policy": calm, "trigger": calm, "web": calm, "webide": calm,
}

func knownEvents(claim string) map[string]risk {
	if claim == "event_name" {
		return githubEvents
	}
	return gitlabSources
}

// eventsOf lists the events that a grant names, of some risk.
func eventsOf(g *policy.Grant, of risk) []policy.Word {
	m := g.Find(g.Issuer.Vocabulary.Event)
	if m == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(m.Values.Exact), func(w policy.Word) bool {
		r, known := knownEvents(m.Claim.Name)[w.Text]
		return !known || r != of
	})
}

// reviewed is the grant's list of events without those that are a risk.
func reviewed(g *policy.Grant) string {
	claim := g.Issuer.Vocabulary.Event
	var events []string
	for _, w := range eventsOf(g, calm) {
		events = append(events, w.Text)
	}
	if len(events) == 0 {
		return "list events that run what was reviewed, " + line(claim, g.Issuer.Vocabulary.Events...)
	}
	return line(claim, events...)
}

func dangerousEvents(l *look) {
	for g := range l.grants() {
		for _, w := range eventsOf(g, outside) {
			l.report(w.Pos, check.Finding{
				Subject: g.String(), Fix: reviewed(g),
				Message: "anybody can cause " + w.Text + ", and its job has the default branch's ref",
			})
		}
	}
}

// pullRequests is silent on a grant of its own that only reads: that is what
// pull requests should have.
func pullRequests(l *look) {
	for g := range l.grants() {
		events := eventsOf(g, proposal)
		f := check.Finding{Subject: g.String(), Fix: "give pull requests a grant of their own that only reads"}
		if len(eventsOf(g, calm)) > 0 {
			f.Fix = reviewed(g) + ", and " + f.Fix
		}
		if !writes(g) {
			f.Severity = check.Medium
		}
		if len(events) == 0 {
			l.pullRequestRefs(g, f)
			continue
		}
		if !writes(g) && len(events) == len(g.Events()) {
			continue
		}
		for _, w := range events {
			f.Message = "a job of " + w.Text + " runs the pull request's own code, before anybody has reviewed it"
			l.report(w.Pos, f)
		}
	}
}

func (l *look) pullRequestRefs(g *policy.Grant, f check.Finding) {
	for _, m := range g.Match {
		for _, w := range words(&m) {
			if m.Claim.Ref != 0 && (strings.HasPrefix(w.Text, "refs/pull/") || strings.HasPrefix(w.Text, "refs/merge-requests/")) {
				f.Message, f.Fix = "this is a pull request's ref, and what runs on it nobody has reviewed", "list the branches that may have the credential"
				l.report(w.Pos, f)
			}
		}
	}
}

var unreviewedWhy = map[string]string{
	"create":            "a job of create runs the workflow of the branch or tag that was just made",
	"deployment":        "who may make deployments chooses the commit that a job of deployment runs, and its ref can be empty",
	"deployment_status": "who may make deployments chooses the commit that a job of deployment_status runs, and its ref can be empty",
	"merge_group":       "a job of merge_group runs a merge that is not on the branch yet",
}

func unreviewedEvents(l *look) {
	for g := range l.grants() {
		for _, w := range eventsOf(g, unreviewed) {
			l.report(w.Pos, check.Finding{Subject: g.String(), Fix: reviewed(g), Message: unreviewedWhy[w.Text]})
		}
	}
}

func unknownEvents(l *look) {
	for c := range l.conditions(inMatch, inRequire, inUnless, inMay) {
		if c.Claim.Name != c.kind.Event {
			continue
		}
		known := knownEvents(c.kind.Event)
		for _, w := range c.Values.Exact {
			if _, ok := known[w.Text]; !ok {
				l.report(w.Pos, unknownEvent(c, w.Text, slices.Sorted(maps.Keys(known))))
			}
		}
	}
}

func unknownEvent(c condition, event string, known []string) check.Finding {
	f := check.Finding{Subject: c.subject, Message: "no " + c.Claim.Name + " is known by this name", Fix: "see autoken policy claims " + c.kind.Name + " " + c.Claim.Name}
	if near := check.Nearest(event, known); near != "" {
		f.Fix = "did you mean " + near + "?"
	}
	if event == "workflow_call" {
		f.Message, f.Fix = "no token has this event: a called workflow has the event of its caller", "list the caller's events"
	}
	return f
}
