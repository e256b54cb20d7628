package lint

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// C2, C3, C12, C14, C15: what each event of GitHub is taken for. An event that is
// not here must be put here by somebody who has read what it runs.
func TestC2EventsByWhoCausesThem(t *testing.T) {
	want := map[risk][]string{
		outside: {
			"discussion", "discussion_comment", "fork", "gollum", "issue_comment", "issues", "pull_request_target", "watch", "workflow_run",
		},
		proposal:   {"pull_request", "pull_request_review", "pull_request_review_comment"},
		unreviewed: {"create", "deployment", "deployment_status", "merge_group"},
		calm: {
			"branch_protection_rule", "check_run", "check_suite", "delete", "dynamic", "image_version", "label", "milestone", "page_build",
			"public", "push", "registry_package", "release", "repository_dispatch", "schedule", "status", "workflow_dispatch",
		},
	}
	got := map[risk][]string{}
	for event, r := range githubEvents {
		got[r] = append(got[r], event)
	}
	for _, events := range got {
		slices.Sort(events)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// S4: whatever is listed beyond the calm ones is said, and the calm ones are not.
func TestS4EveryRiskIsReported(t *testing.T) {
	rules := map[risk]string{outside: "dangerous-event", proposal: "pull-request-context", unreviewed: "unreviewed-event"}
	for event, r := range githubEvents {
		if event == "push" {
			continue
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
