package ci

import (
	"context"
	"encoding/json"

	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/secret"
)

// circleCI masks only the values of contexts and project settings. The audience
// of its own variables is the organisation's id; a job that wants another asks
// for a token with "circleci run oidc get" and puts it into AUTOKEN_ID_TOKEN.
var circleCI = System{
	Name:     "CircleCI",
	Slug:     "circleci",
	Sign:     "CIRCLECI",
	TokenVar: "CIRCLE_OIDC_TOKEN_V2",
	Fixed:    true,
	Instead:  "CircleCI cannot mask a credential; run the command that needs it with: autoken exec --grant ID -- COMMAND",
	Present:  func(job Job) bool { return job.Env("CIRCLECI") == "true" },
	IDToken:  circleToken,
	Run:      circleRun,
}

func circleToken(_ context.Context, job Job, audience string) (secret.Value, error) {
	claims, err := json.Marshal(map[string]string{"aud": audience})
	ask, ok := quote.Shell([]string{"circleci", "run", "oidc", "get", "--claims", string(claims)})
	if err != nil || !ok {
		ask = "circleci run oidc get"
	}
	return variableToken(job, "ask for one in the same step:\n"+
		"  export "+ownVariable+"=\"$("+ask+")\"\n"+
		"a build of a fork gets none unless the project passes secrets to forks",
		ownVariable, "CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN")
}

func circleRun(job Job) Run {
	run := Run{ID: job.Env("CIRCLE_WORKFLOW_ID"), Attempt: job.Env("CIRCLE_BUILD_NUM")}
	if owner, name := job.Env("CIRCLE_PROJECT_USERNAME"), job.Env("CIRCLE_PROJECT_REPONAME"); owner != "" && name != "" {
		run.Repository = owner + "/" + name
	}
	return run
}
