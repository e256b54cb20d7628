package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var eventRules = []rule{
	{check.Meta{ID: "dangerous-event", Summary: "a grant admits an event that outsiders cause", Severity: check.High}, dangerousEvents},
	{check.Meta{ID: "pull-request-context", Summary: "a grant admits jobs that run what nobody has reviewed", Severity: check.High}, perGrant(pullRequests)},
	{check.Meta{ID: "unreviewed-event", Summary: "a grant admits an event that can run what is on no branch", Severity: check.Medium}, unreviewedEvents},
	{check.Meta{ID: "unknown-event", Summary: "a grant admits an event that no version of its system is known to have", Severity: check.Low}, perCondition(anywhere, unknownEvents)},
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
// that a token can name, by risk; a called workflow has its caller's. "dynamic"
// is what GitHub starts by itself.
var githubEvents = [][]string{
	calm: {
		"branch_protection_rule", "check_run", "check_suite", "delete", "dynamic", "image_version", "label", "milestone", "page_build",
		"public", "push", "registry_package", "release", "repository_dispatch", "schedule", "status", "workflow_dispatch",
	},
	outside: {
		"discussion", "discussion_comment", "fork", "gollum", "issue_comment", "issues", "pull_request_target", "watch", "workflow_run",
	},
	proposal:   {"pull_request", "pull_request_review", "pull_request_review_comment"},
	unreviewed: {"create", "deployment", "deployment_status", "merge_group"},
}

// GitHubEvents lists the events that a token of GitHub's can name.
func GitHubEvents() []string { return slices.Concat(githubEvents...) }

// gitlabSources are the values of CI_PIPELINE_SOURCE in
// https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable
var gitlabSources = [][]string{
	calm: {
		"api", "chat", "container_registry_push", "duo_workflow", "external", "ondemand_dast_scan", "ondemand_dast_validation",
		"parent_pipeline", "pipeline", "push", "schedule", "security_orchestration_policy", "trigger", "web", "webide",
	},
	outside:    nil,
	proposal:   {"external_pull_request_event", "merge_request_event"},
	unreviewed: nil,
}

// knownEvents lists the values of a claim that names events, by risk.
func knownEvents(claim string) [][]string {
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
	var events []policy.Word
	for _, w := range m.Values.Exact {
		if slices.Contains(knownEvents(m.Claim.Name)[of], w.Text) {
			events = append(events, w)
		}
	}
	return events
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
	l.listed(outside, "anybody can cause ", ", and its job has the default branch's ref")
}

func unreviewedEvents(l *look) {
	l.listed(unreviewed, "a job of ", " can run a commit that is not on the branch, or not yet")
}

// listed reports the events of some risk, each between two halves of a sentence.
func (l *look) listed(of risk, before, after string) {
	for _, g := range l.grants() {
		l.subject = g.String()
		for _, w := range eventsOf(g, of) {
			l.say(w.Pos, before+w.Text+after, reviewed(g))
		}
	}
}

// pullRequests is silent on a grant of its own that only reads: that is what
// pull requests should have.
func pullRequests(l *look, g *policy.Grant) {
	events := eventsOf(g, proposal)
	how := severity(g, check.High, check.Medium)
	if len(events) == 0 {
		l.pullRequestRefs(g, how)
	}
	if !writes(g) && len(events) == len(g.Events()) {
		return
	}
	for _, w := range events {
		l.sayAs(how, w.Pos, "a job of "+w.Text+" runs the pull request's own code, before anybody has reviewed it", apart(g))
	}
}

// apart is what to do about pull requests.
func apart(g *policy.Grant) string {
	const fix = "give pull requests a grant of their own that only reads"
	if len(eventsOf(g, calm)) == 0 {
		return fix
	}
	return reviewed(g) + ", and " + fix
}

func (l *look) pullRequestRefs(g *policy.Grant, how check.Severity) {
	for _, m := range refClaims(g) {
		for _, w := range words(m) {
			if strings.HasPrefix(w.Text, "refs/pull/") || strings.HasPrefix(w.Text, "refs/merge-requests/") {
				l.sayAs(how, w.Pos,
					"this is a pull request's ref, and what runs on it nobody has reviewed",
					"list the branches that may have the credential")
			}
		}
	}
}

func unknownEvents(l *look, c *condition) {
	if c.Claim.Name != c.kind.Event {
		return
	}
	for _, w := range c.Values.Exact {
		if message, fix := unknownEvent(c.kind, w.Text); message != "" {
			l.say(w.Pos, message, fix)
		}
	}
}

// unknownEvent says what is known about an event that no system is known to
// have, "" about others.
func unknownEvent(kind *identity.Kind, event string) (message, fix string) {
	known := slices.Concat(knownEvents(kind.Event)...)
	if event == "workflow_call" {
		return "no token has this event: a called workflow has the event of its caller", "list the caller's events"
	}
	if slices.Contains(known, event) {
		return "", ""
	}
	fix = "see autoken policy claims " + kind.Name + " " + kind.Event
	if near := check.Nearest(event, known); near != "" {
		fix = "did you mean " + near + "?"
	}
	return "no " + kind.Event + " is known by this name", fix
}
