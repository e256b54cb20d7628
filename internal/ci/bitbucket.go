package ci

import (
	"context"

	"github.com/autoken/autoken/internal/secret"
)

// bitbucket masks only what was configured as a secured variable, and its steps
// share files, not environments.
var bitbucket = System{
	Name:     "Bitbucket Pipelines",
	Slug:     "bitbucket",
	Sign:     "BITBUCKET_BUILD_NUMBER",
	TokenVar: "BITBUCKET_STEP_OIDC_TOKEN",
	Fixed:    true,
	Instead:  "Bitbucket Pipelines cannot mask a credential; run the command that needs it with: autoken exec --grant ID -- COMMAND",
	Present:  func(job Job) bool { return job.Env("BITBUCKET_BUILD_NUMBER") != "" },
	IDToken:  bitbucketToken,
	Run: func(job Job) Run {
		return Run{Repository: job.Env("BITBUCKET_REPO_FULL_NAME"), ID: job.Env("BITBUCKET_BUILD_NUMBER"), Attempt: job.Env("BITBUCKET_STEP_RUN_NUMBER")}
	},
}

func bitbucketToken(_ context.Context, job Job, audience string) (secret.Value, error) {
	return variableToken(job, "add to the step:\n"+
		"  oidc:\n"+
		"    audiences: ["+audience+"]", ownVariable, "BITBUCKET_STEP_OIDC_TOKEN")
}
