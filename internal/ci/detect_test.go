package ci_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fault"
)

func plainJob(env ...string) ci.Job {
	s := &step{env: map[string]string{}}
	s.set(env...)
	return s.job()
}

func TestDetectNamesTheSystem(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"GITHUB_ACTIONS=true"}, "GitHub Actions"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://github.com"}, "GitHub Actions"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://acme.ghe.com"}, "GitHub Actions"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://ghes.acme.example"}, "GitHub Enterprise Server"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://github.com.evil.example"}, "GitHub Enterprise Server"},
		{[]string{"GITHUB_ACTIONS=true", "GITEA_ACTIONS=true"}, "Gitea Actions"},
		{[]string{"GITHUB_ACTIONS=true", "GITEA_ACTIONS=true", "FORGEJO_ACTIONS=true"}, "Forgejo Actions"},
		{[]string{"GITLAB_CI=true"}, "GitLab CI"},
		{[]string{"BITBUCKET_BUILD_NUMBER=7"}, "Bitbucket Pipelines"},
		{[]string{"CIRCLECI=true"}, "CircleCI"},
		{[]string{"AUTOKEN_ID_TOKEN=" + idToken}, "no known CI system"},
	} {
		system, err := ci.Detect(plainJob(c.env...), ci.Choice{})
		if err != nil || system.Name != c.want {
			t.Errorf("%v: %q, %v, want %q", c.env, system.Name, err, c.want)
		}
	}
}

// C26: one variable of another system must not choose the provider.
func TestC26TwoSystemsAtOnce(t *testing.T) {
	_, err := ci.Detect(plainJob("GITHUB_ACTIONS=true", "GITLAB_CI=true"), ci.Choice{})
	wantFault(t, err, fault.Ambiguous, "GitHub Actions (GITHUB_ACTIONS)", "GitLab CI (GITLAB_CI)", "unset")

	_, err = ci.Detect(plainJob("CIRCLECI=true", "BITBUCKET_BUILD_NUMBER=1"), ci.Choice{IDTokenFile: "token"})
	wantFault(t, err, fault.Ambiguous, "CIRCLECI", "BITBUCKET_BUILD_NUMBER")
}

func TestDetectNothing(t *testing.T) {
	_, err := ci.Detect(plainJob("GITLAB_CI=false"), ci.Choice{})
	wantFault(t, err, fault.NoIdentity, "GitHub Actions, GitLab CI, Bitbucket Pipelines, CircleCI", "--id-token-file", "AUTOKEN_ID_TOKEN")
	if strings.Contains(fault.HintOf(err), "no known") {
		t.Errorf("the hint names the stand-in: %s", fault.HintOf(err))
	}
}

// S17: whoever can write variables must not make the job log in as someone else.
func TestS17VariableBesideAnEndpoint(t *testing.T) {
	_, err := ci.Detect(plainJob("GITHUB_ACTIONS=true", "AUTOKEN_ID_TOKEN="+idToken), ci.Choice{})
	wantFault(t, err, fault.Ambiguous, "AUTOKEN_ID_TOKEN", "GitHub Actions", "GITHUB_ACTIONS")

	for _, choice := range []ci.Choice{{IDTokenFile: "x", FromEnv: true}, {IDTokenEnv: "X", FromEnv: true}} {
		_, err = ci.Detect(plainJob("GITHUB_ACTIONS=true"), choice)
		wantFault(t, err, fault.Ambiguous, "GitHub Actions", "command line")
		if _, err = ci.Detect(plainJob("GITLAB_CI=true"), choice); err != nil {
			t.Errorf("GitLab's jobs have no endpoint: %v", err)
		}
	}
	_, err = ci.Detect(plainJob(), ci.Choice{IDTokenFile: "x", IDTokenEnv: "Y"})
	wantFault(t, err, fault.Usage, "not both")
}

// An explicit choice changes the token's source, not the system.
func TestDetectKeepsTheSystem(t *testing.T) {
	path := t.TempDir() + "/token"
	write(t, path, idToken+"\n")
	for _, choice := range []ci.Choice{{IDTokenFile: path}, {IDTokenEnv: "MINE"}} {
		job := plainJob("GITHUB_ACTIONS=true", "AUTOKEN_ID_TOKEN=other.token.here", "MINE="+idToken)
		system, err := ci.Detect(job, choice)
		if err != nil {
			t.Fatal(err)
		}
		token, err := system.IDToken(context.Background(), job, "https://autoken.acme.example")
		if err != nil || token.Reveal() != idToken {
			t.Errorf("%v: %v", choice, err)
		}
		if system.Mask == nil || system.Export == nil || !system.Fixed {
			t.Errorf("%v: this is no longer GitHub", choice)
		}
	}
}

func TestSourcesInVariables(t *testing.T) {
	for _, c := range []struct{ env, second, hint string }{
		{"GITLAB_CI=true", "", "      aud: https://autoken.acme.example"},
		{"CIRCLECI=true", "CIRCLE_OIDC_TOKEN", "circleci run oidc get --claims"},
		{"CIRCLECI=true", "CIRCLE_OIDC_TOKEN_V2", "circleci run oidc get --claims"},
		{"BITBUCKET_BUILD_NUMBER=7", "BITBUCKET_STEP_OIDC_TOKEN", "audiences: [https://autoken.acme.example]"},
	} {
		system, err := ci.Detect(plainJob(c.env), ci.Choice{})
		if err != nil {
			t.Fatal(err)
		}
		if system.Export != nil || !strings.Contains(system.Instead, "autoken exec") || !system.Fixed {
			t.Errorf("%s: a job must be sent to exec", system.Name)
		}
		_, err = system.IDToken(context.Background(), plainJob(c.env), "https://autoken.acme.example")
		wantFault(t, err, fault.NoIdentity, "AUTOKEN_ID_TOKEN is not set", c.hint)

		for _, env := range [][]string{{c.env, "AUTOKEN_ID_TOKEN=" + idToken, c.second + "=a.b.c"}, {c.env, c.second + "=" + idToken}} {
			if c.second == "" && len(env) == 2 {
				continue
			}
			token, err := system.IDToken(context.Background(), plainJob(env...), "a")
			if err != nil || token.Reveal() != idToken {
				t.Errorf("%s with %d variables: %v", system.Name, len(env), err)
			}
		}
	}
}

func TestRun(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []struct {
		env  []string
		want ci.Run
	}{
		{
			[]string{"GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/payments", "GITHUB_RUN_ID=8812", "GITHUB_RUN_ATTEMPT=2"},
			ci.Run{Repository: "acme/payments", ID: "8812", Attempt: "2"},
		},
		{[]string{"GITLAB_CI=true", "CI_PROJECT_PATH=acme/payments", "CI_PIPELINE_ID=5", "CI_JOB_ID=6"}, ci.Run{Repository: "acme/payments", ID: "5", Attempt: "6"}},
		{
			[]string{"BITBUCKET_BUILD_NUMBER=7", "BITBUCKET_REPO_FULL_NAME=acme/payments", "BITBUCKET_STEP_RUN_NUMBER=1"},
			ci.Run{Repository: "acme/payments", ID: "7", Attempt: "1"},
		},
		{
			[]string{"CIRCLECI=true", "CIRCLE_PROJECT_USERNAME=acme", "CIRCLE_PROJECT_REPONAME=payments", "CIRCLE_WORKFLOW_ID=w", "CIRCLE_BUILD_NUM=9"},
			ci.Run{Repository: "acme/payments", ID: "w", Attempt: "9"},
		},
		{[]string{"AUTOKEN_ID_TOKEN=" + idToken}, ci.Run{}},
	} {
		job := plainJob(c.env...)
		system, err := ci.Detect(job, ci.Choice{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, system.Run(job)); diff != "" {
			t.Errorf("%s: %s", system.Name, diff)
		}
		seen[system.Slug] = true
	}
	for _, s := range ci.Systems {
		if !seen[s.Slug] {
			t.Errorf("%s has no row above", s.Name)
		}
	}
}
