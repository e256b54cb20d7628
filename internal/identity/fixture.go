package identity

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Fixture is the complete token of one typical job, to test policies with. Its
// iss and aud are for whoever uses it to fill in.
type Fixture struct {
	Name   string // "github/push"
	Kind   string // the vocabulary's name
	About  string // when a job has such a token
	Claims Claims
}

// job says how a fixture differs from the first of its family.
type job struct {
	name, about string
	ref         string // in full; "" leaves the first one's
	change      Claims
}

// family is the fixtures whose names begin alike.
type family struct {
	prefix, kind string
	base         func() Claims
	jobs         func() []job // made when it is asked for: most runs ask for none
}

var families = []family{
	{"github", "github", githubBase, githubJobs},
	{"ghes", "github-server", githubServerBase, githubServerJobs},
	{"ghecom", "github-ghecom", githubBase, githubJobs},
	{"gitlab", "gitlab", gitlabBase, gitlabJobs},
	{"buildkite", "buildkite", buildkiteBase, buildkiteJobs},
	{"circleci", "circleci", circleciBase, circleciJobs},
	{"oidc", "oidc", oidcBase, oidcJobs},
}

// Fixtures lists every fixture, in the order that help texts show. The caller
// must not change their claims.
var Fixtures = sync.OnceValue(func() []Fixture {
	var all []Fixture
	for _, f := range families {
		for _, j := range f.jobs() {
			all = append(all, f.fixture(j))
		}
	}
	return all
})

// LookupFixture returns the fixture called name, with claims of its own.
func LookupFixture(name string) (Fixture, bool) {
	for _, f := range families {
		own, ok := strings.CutPrefix(name, f.prefix+"/")
		if !ok {
			continue
		}
		jobs := f.jobs()
		if i := slices.IndexFunc(jobs, func(j job) bool { return j.name == own }); i >= 0 {
			return f.fixture(jobs[i]), true
		}
	}
	return Fixture{}, false
}

// FixtureNames lists the names of all fixtures.
func FixtureNames() []string {
	var names []string
	for _, f := range families {
		for _, j := range f.jobs() {
			names = append(names, f.prefix+"/"+j.name)
		}
	}
	return names
}

func (f family) fixture(j job) Fixture {
	claims := f.base()
	maps.Copy(claims, Claims{"iat": json.Number("1790000000"), "nbf": json.Number("1789999400"), "exp": json.Number("1790000300"), "jti": "0f6a1c52-7d0e-4b7c-9a36-5e1d2c3b4a59"})
	maps.Copy(claims, j.change)
	kind := LookupKind(f.kind)
	if j.ref != "" {
		kind.Move(claims, j.ref)
	}
	kind.Settle(claims)
	maps.Copy(claims, j.change) // also where it is about what follows from others
	return Fixture{Name: f.prefix + "/" + j.name, Kind: f.kind, About: j.about, Claims: claims}
}

const (
	fixtureSHA = "f2c5a9e6b1b0f1a0c9b0d7a5d1bf0c7a6a1a2b3c"
	otherSHA   = "7be01c5d3f6f2a9f2f0d0d5a2c1b4e8f9a0b1c2d"
)

func fixtureID(last string) string { return "3c0e6f5a-2b1d-4c8e-9f70-1a2b3c4d5e" + last }

func githubBase() Claims {
	const file = "acme/payments/.github/workflows/release.yml@refs/heads/main"
	return Claims{
		"repository": "acme/payments", "repository_id": "456789", "repository_owner": "acme", "repository_owner_id": "65",
		"repository_visibility": "private", "enterprise": "acme-group", "enterprise_id": "7",
		"event_name": "push", "ref": "refs/heads/main", "ref_protected": "true", "base_ref": "", "head_ref": "", "sha": fixtureSHA,
		"actor": "octocat", "actor_id": "583231", "runner_environment": "github-hosted",
		"workflow": "release", "workflow_ref": file, "workflow_sha": fixtureSHA, "job_workflow_ref": file, "job_workflow_sha": fixtureSHA,
		"run_id": "19520931456", "run_number": "10", "run_attempt": "1", "check_run_id": "55881234567",
	}
}

const pullRef = "refs/pull/42/merge"

func githubJobs() []job {
	return []job{
		{name: "push", about: "a push to main"},
		{name: "tag", about: "a push of a tag", ref: "refs/tags/v1.2.0", change: Claims{"ref_protected": "false"}},
		{name: "pull_request", about: "a pull request from a branch of the repository", ref: pullRef, change: pullRequest("pull_request")},
		{name: "pull_request_closed", about: "a pull request that was merged: its ref is the base branch", change: pullRequest("pull_request")},
		{name: "pull_request_target", about: "a pull request of anyone, on the default branch", change: outside(pullRequest("pull_request_target"))},
		{name: "fork", about: "a fork's pull request, where forks get tokens at all", ref: pullRef, change: outside(pullRequest("pull_request"))},
		{name: "environment", about: "a push to main, in an environment", change: Claims{"environment": "production", "environment_node_id": "EN_kwDOAAb4Fc4AAQAB"}},
		{name: "reusable", about: "a push to main that calls a workflow of another repository", change: Claims{
			"job_workflow_ref": "acme/workflows/.github/workflows/deploy.yml@refs/tags/v1", "job_workflow_sha": otherSHA,
		}},
		{name: "schedule", about: "a time in the schedule", change: Claims{"event_name": "schedule"}},
		{name: "merge_group", about: "a merge queue's try", ref: "refs/heads/gh-readonly-queue/main/pr-42-" + otherSHA, change: Claims{"event_name": "merge_group", "ref_protected": "false"}},
		{name: "workflow_run", about: "another workflow's end, which outsiders can cause", change: Claims{"event_name": "workflow_run"}},
		{name: "workflow_dispatch", about: "somebody who pressed the button", change: Claims{"event_name": "workflow_dispatch"}},
		{name: "issues", about: "anyone's issue, on the default branch", change: outside(Claims{"event_name": "issues"})},
		{name: "issue_comment", about: "anyone's comment, on the default branch", change: outside(Claims{"event_name": "issue_comment"})},
		{name: "release", about: "a published release", ref: "refs/tags/v1.2.0", change: Claims{"event_name": "release", "ref_protected": "false"}},
		{name: "deployment", about: "a deployment of a commit: it has no ref", change: Claims{
			"event_name": "deployment", "ref": "", "ref_protected": "false",
			"workflow_ref":     "acme/payments/.github/workflows/release.yml@" + fixtureSHA,
			"job_workflow_ref": "acme/payments/.github/workflows/release.yml@" + fixtureSHA,
		}},
		{name: "immutable-sub", about: "a push to main in a repository whose subject has ids", change: Claims{"sub": "repo:acme@65/payments@456789:ref:refs/heads/main"}},
		{name: "self-hosted", about: "a push to main, on a runner of one's own", change: Claims{"runner_environment": "self-hosted"}},
		{name: "dependabot", about: "a pull request of Dependabot", ref: pullRef, change: with(pullRequest("pull_request"), Claims{
			"head_ref": "dependabot/npm_and_yarn/lodash-4.17.21", "actor": "dependabot[bot]", "actor_id": "49699333",
		})},
	}
}

func pullRequest(event string) Claims {
	claims := Claims{"event_name": event, "base_ref": "main", "head_ref": "fix-typo"}
	if event == "pull_request" {
		claims["ref_protected"] = "false"
	}
	return claims
}

// outside makes it something that a person without rights in the repository did.
func outside(claims Claims) Claims {
	return with(claims, Claims{"actor": "mallory", "actor_id": "99887766"})
}

func with(claims, more Claims) Claims {
	maps.Copy(claims, more)
	return claims
}

// A GitHub Enterprise Server says neither the job's id nor ids in the subject.
func githubServerBase() Claims {
	claims := githubBase()
	delete(claims, "check_run_id")
	return claims
}

func githubServerJobs() []job {
	return slices.DeleteFunc(githubJobs(), func(j job) bool { return j.name == "immutable-sub" })
}

func gitlabBase() Claims {
	return Claims{
		"project_id": "4321", "project_path": "acme/payments", "namespace_id": "65", "namespace_path": "acme", "project_visibility": "private",
		"ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true", "sha": fixtureSHA,
		"pipeline_source": "push", "pipeline_id": "1574", "job_id": "302",
		"runner_id": json.Number("12"), "runner_environment": "gitlab-hosted",
		"ci_config_ref_uri": "gitlab.com/acme/payments//.gitlab-ci.yml@refs/heads/main", "ci_config_sha": fixtureSHA,
		"user_id": "17", "user_login": "octocat", "user_email": "octocat@acme.example",
	}
}

func gitlabJobs() []job {
	return []job{
		{name: "branch", about: "a push to main"},
		{name: "tag", about: "a push of a tag", ref: "refs/tags/v1.2.0", change: Claims{"ref_protected": "false"}},
		{name: "fork-mr", about: "a fork's merge request: the project is the fork", ref: "refs/heads/fix-typo", change: Claims{
			"pipeline_source": "merge_request_event", "ref_protected": "false", "project_id": "9876", "project_path": "mallory/payments",
			"namespace_id": "666", "namespace_path": "mallory", "user_id": "666", "user_login": "mallory", "user_email": "mallory@elsewhere.example",
			"ci_config_ref_uri": "gitlab.com/mallory/payments//.gitlab-ci.yml@refs/heads/fix-typo",
		}},
		{name: "mr", about: "a merge request from a branch of the project", ref: "refs/heads/fix-typo", change: Claims{"pipeline_source": "merge_request_event", "ref_protected": "false"}},
		{name: "schedule", about: "a time in the schedule", change: Claims{"pipeline_source": "schedule"}},
		{name: "environment", about: "a push to main, in an environment", change: Claims{"environment": "production", "environment_protected": "true", "deployment_tier": "production"}},
	}
}

func buildkiteBase() Claims {
	return Claims{
		"organization_id": fixtureID("01"), "organization_slug": "acme", "pipeline_id": fixtureID("02"), "pipeline_slug": "payments",
		"build_branch": "main", "build_commit": fixtureSHA, "build_number": json.Number("42"), "step_key": "deploy",
		"job_id": fixtureID("03"), "agent_id": fixtureID("04"), "build_id": fixtureID("05"), "cluster_id": fixtureID("06"),
	}
}

func buildkiteJobs() []job {
	return []job{
		{name: "branch", about: "a build of main, with the ids asked for"},
		{name: "tag", about: "a build of a tag, with the ids asked for", ref: "refs/tags/v1.2.0"},
	}
}

func circleciBase() Claims {
	return Claims{
		circle + "org-id": fixtureID("01"), circle + "project-id": fixtureID("02"), circle + "context-ids": []any{fixtureID("03")},
		circle + "vcs-origin": "github.com/acme/payments", circle + "vcs-ref": "refs/heads/main", circle + "ssh-rerun": false,
		circle + "pipeline-definition-id": fixtureID("04"), circle + "job-id": fixtureID("05"), circle + "pipeline-id": fixtureID("06"),
		circle + "workflow-id": fixtureID("07"), "sub": "org/" + fixtureID("01") + "/project/" + fixtureID("02") + "/user/" + fixtureID("08"),
	}
}

func circleciJobs() []job {
	return []job{
		{name: "branch", about: "a build of main"},
		{name: "tag", about: "a build of a tag", ref: "refs/tags/v1.2.0"},
		{name: "fork", about: "a build of a fork's branch, where forks get contexts", change: Claims{circle + "vcs-origin": "github.com/mallory/payments"}},
		{name: "ssh-rerun", about: "a job that somebody has a shell in", change: Claims{circle + "ssh-rerun": true}},
	}
}

func oidcBase() Claims {
	return Claims{
		"sub": "payments-deployer", "azp": "payments", "client_id": "payments", "tid": fixtureID("01"), "oid": fixtureID("02"),
		"hd": "acme.example", "email": "payments-deployer@acme.example", "email_verified": true,
	}
}

func oidcJobs() []job {
	return []job{{name: "service", about: "a service account of another issuer"}}
}
