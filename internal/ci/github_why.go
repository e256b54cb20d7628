package ci

import (
	"encoding/json"

	"github.com/autoken/autoken/internal/fault"
)

const maxEvent = 4 << 20

// whyNoToken says why the runner gave this job no way to ask for an ID token.
func whyNoToken(job Job) error {
	switch {
	case ofFork(job):
		return fault.New(fault.NoIdentity, "the pull request of a fork gets no ID token: a fork must not get credentials").
			WithHint("this is meant; skip the step for forks:\n" +
				"  if: ${{ !github.event.pull_request.head.repo.fork }}")
	case job.Env("GITHUB_ACTOR") == "dependabot[bot]":
		return fault.New(fault.NoIdentity, "a job that Dependabot started gets no ID token by default").
			WithHint("this is meant; skip the step for Dependabot:\n" +
				"  if: ${{ github.actor != 'dependabot[bot]' }}")
	case job.Env("FORGEJO_ACTIONS") != "":
		return fault.New(fault.NoIdentity, "this job may not ask for an ID token").
			WithHint("add to the workflow or the job:\n" +
				"  enable-openid-connect: true\n" +
				"a fork's pull request gets none")
	}
	return fault.New(fault.NoIdentity, "this job may not ask for an ID token: its permissions block needs id-token: write").
		WithHint("write (a block on the job replaces the one at the top):\n" +
			"  permissions:\n" +
			"    contents: read\n" +
			"    id-token: write\n" +
			"in a called workflow the caller must grant it too")
}

// ofFork reports whether the job runs for the pull request of another
// repository. A repository that is a fork has pull requests of its own, and
// pull_request_target has the rights of the base.
func ofFork(job Job) bool {
	if job.Env("GITHUB_EVENT_NAME") == "pull_request_target" {
		return false
	}
	var event struct {
		PullRequest *struct {
			Head struct {
				Repo *struct { // null once the fork was deleted
					Fork     bool   `json:"fork"`
					FullName string `json:"full_name"`
				} `json:"repo"`
			} `json:"head"`
		} `json:"pull_request"`
	}
	text, err := readAtMost(job.Env("GITHUB_EVENT_PATH"), maxEvent)
	if err != nil || json.Unmarshal(text, &event) != nil || event.PullRequest == nil {
		return false
	}
	from := event.PullRequest.Head.Repo
	return from == nil || from.Fork && from.FullName != job.Env("GITHUB_REPOSITORY")
}
