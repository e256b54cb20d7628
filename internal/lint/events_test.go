package lint

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// C2, C3, C12, C14, C15: who brings an event about, and what it runs.
func TestC2EventsByWhoCausesThem(t *testing.T) {
	for event, want := range map[string]risk{
		"issues": outside, "issue_comment": outside, "discussion": outside, "discussion_comment": outside, "fork": outside, "watch": outside, "gollum": outside,
		"pull_request_target": outside, "workflow_run": outside,
		"pull_request": proposal, "pull_request_review": proposal, "pull_request_review_comment": proposal,
		"merge_group": unreviewed, "deployment": unreviewed, "deployment_status": unreviewed, "create": unreviewed,
		"push": calm, "workflow_dispatch": calm, "schedule": calm, "release": calm,
	} {
		for r, events := range githubEvents {
			if slices.Contains(events, event) != (risk(r) == want) {
				t.Errorf("%s is taken for %d, want %d", event, r, want)
			}
		}
	}
}

// S4: whatever is listed beyond the calm ones is said, and the calm ones are not.
func TestS4EveryRiskIsReported(t *testing.T) {
	rules := map[risk]string{outside: "dangerous-event", proposal: "pull-request-context", unreviewed: "unreviewed-event"}
	for i, event := range slices.Concat(githubEvents...) {
		if event == "push" {
			continue
		}
		r := calm
		for i >= len(githubEvents[r]) {
			i -= len(githubEvents[r])
			r++
		}
		found := rulesFound(t, "match: {repository_id: \"456789\", ref: refs/heads/main, event_name: [push, "+event+"]}\n")
		var want []string
		if r != calm {
			want = []string{rules[r]}
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s: %s", event, diff)
		}
	}
}
