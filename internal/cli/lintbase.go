package cli

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/gitfs"
	"github.com/autoken/autoken/internal/plainfile"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/source"
)

// lintBase returns the policy that has the ignores that count, nil where all of
// the draft's do. A pull request must not silence what is found in it.
func (a *App) lintBase(ctx context.Context, q lintQuestion, draft *policy.Draft) (*policy.Draft, error) {
	if q.base != "" {
		return a.policyAt(ctx, q.base, q)
	}
	if !mayIgnore(draft) {
		return nil, nil //nolint:nilnil // nil stands for nothing to compare with
	}
	branch, isPullRequest := a.targetBranch()
	if !isPullRequest {
		if a.inPipeline() && !a.onDefaultBranch() {
			a.warn("this branch's own ignores count: nothing says that it is a pull request's")
			a.hint("autoken policy lint --base refs/remotes/origin/main")
		}
		return nil, nil //nolint:nilnil // as above
	}
	base, err := a.policyAt(ctx, "refs/remotes/origin/"+branch, q)
	if err != nil {
		a.warn("no ignore counts: on a pull request only those do that the target branch has too, and that is not known: %v", err)
		a.hint(fault.HintOf(err))
		return &policy.Draft{Policy: &policy.Policy{}, Files: []*source.File{{}}}, nil
	}
	return base, nil
}

func (a *App) policyAt(ctx context.Context, ref string, q lintQuestion) (*policy.Draft, error) {
	fsys, name, err := gitfs.Open(ctx, gitfs.Git(a.Environ), "", ref, q.path)
	if err != nil {
		return nil, err
	}
	return policy.Parse(fsys, name, q.options)
}

// targetBranch is the branch that a pull request goes to, where this is the job of
// one.
func (a *App) targetBranch() (branch string, isPullRequest bool) {
	switch event := a.Env("GITHUB_EVENT_NAME"); {
	case event == "merge_group":
		return strings.TrimPrefix(a.event().MergeGroup.BaseRef, "refs/heads/"), true
	case strings.HasPrefix(event, "pull_request"):
		return firstNonEmpty(a.Env("GITHUB_BASE_REF"), a.event().PullRequest.Base.Ref), true
	}
	if number := a.Env("BUILDKITE_PULL_REQUEST"); number != "" && number != "false" {
		return a.Env("BUILDKITE_PULL_REQUEST_BASE_BRANCH"), true
	}
	branch = a.Env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
	return branch, branch != ""
}

// githubEvent is what GitHub's runner writes down about why a job runs.
type githubEvent struct {
	MergeGroup struct {
		BaseRef string `json:"base_ref"`
	} `json:"merge_group"`
	PullRequest struct {
		Base struct {
			Ref string `json:"ref"`
		} `json:"base"`
	} `json:"pull_request"`
	Repository struct {
		DefaultBranch string `json:"default_branch"`
	} `json:"repository"`
}

// event is empty where it cannot be read.
func (a *App) event() githubEvent {
	var e githubEvent
	text, err := plainfile.Read(a.Env("GITHUB_EVENT_PATH"))
	if err != nil || json.Unmarshal(text, &e) != nil {
		return githubEvent{}
	}
	return e
}

// inPipeline reports whether this is a job and not somebody's own machine.
func (a *App) inPipeline() bool {
	return firstNonEmpty(a.Env("CI"), a.Env("GITHUB_ACTIONS"), a.Env("TF_BUILD"), a.Env("JENKINS_URL")) != ""
}

// onDefaultBranch reports whether what is looked at was merged: this job's system
// says that it runs for the default branch.
func (a *App) onDefaultBranch() bool {
	if a.Env("GITHUB_ACTIONS") == "true" {
		branch := a.event().Repository.DefaultBranch
		return branch != "" && a.Env("GITHUB_REF") == "refs/heads/"+branch
	}
	branch := firstNonEmpty(a.Env("CI_DEFAULT_BRANCH"), a.Env("BUILDKITE_PIPELINE_DEFAULT_BRANCH"))
	return branch != "" && branch == firstNonEmpty(a.Env("CI_COMMIT_BRANCH"), a.Env("BUILDKITE_BRANCH"))
}

// mayIgnore reports whether a policy could ask for a finding to be ignored.
func mayIgnore(draft *policy.Draft) bool {
	return len(draft.Policy.Ignores) > 0 || slices.ContainsFunc(draft.Files, func(f *source.File) bool {
		for i := range f.Lines() {
			if strings.Contains(f.Line(i+1), "autoken:") {
				return true
			}
		}
		return false
	})
}
