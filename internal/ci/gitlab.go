package ci

import (
	"context"

	"github.com/autoken/autoken/internal/secret"
)

// gitlab can neither mask nor pass on anything while a job runs: its dotenv
// reports are files that others may download.
var gitlab = System{
	Name:     "GitLab CI",
	Slug:     "gitlab",
	Sign:     "GITLAB_CI",
	TokenVar: ownVariable,
	Fixed:    true,
	Instead:  "GitLab CI has no safe way to pass a credential on; run the command that needs it with: autoken exec --grant ID -- COMMAND",
	Present:  func(job Job) bool { return job.Env("GITLAB_CI") == "true" },
	IDToken:  gitlabToken,
	Run: func(job Job) Run {
		return Run{Repository: job.Env("CI_PROJECT_PATH"), ID: job.Env("CI_PIPELINE_ID"), Attempt: job.Env("CI_JOB_ID")}
	},
}

func gitlabToken(_ context.Context, job Job, audience string) (secret.Value, error) {
	return variableToken(job, "add to the job:\n"+
		"  id_tokens:\n"+
		"    "+ownVariable+":\n"+
		"      aud: "+audience, ownVariable)
}
