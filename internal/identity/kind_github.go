package identity

import (
	"slices"
	"strings"
)

const (
	githubIssuer = "token.actions.githubusercontent.com"
	githubDocs   = "https://docs.github.com/en/actions/reference/security/oidc"
	eventDocs    = "https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows"
)

// github is GitHub Actions on github.com, also under an enterprise's own URL.
var github = Kind{
	Name:         "github",
	Title:        "GitHub Actions",
	URLShape:     "https://" + githubIssuer + " or https://" + githubIssuer + "/ENTERPRISE",
	Claims:       githubClaims,
	Families:     githubFamilies,
	Event:        "event_name",
	Events:       []string{"push", "workflow_dispatch", "schedule", "release"},
	Tenant:       []string{"repository_owner_id"},
	Identity:     []string{"repository_id"},
	Repository:   "repository",
	Callee:       "job_workflow_ref",
	UniqueTokens: true,
	Implications: githubImplications,
	move:         moveGitHub,
	settle:       settleGitHub,
	matchURL:     func(host, path string) bool { return host == githubIssuer && oneSegment(path) },
}

var pullRequestEvents = []string{"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"}

var onPullRequests = Presence{Sometimes: true, Events: pullRequestEvents, Note: "empty outside pull requests"}

// githubClaims holds for all of GitHub's issuers unless a kind says otherwise.
var githubClaims = []Claim{
	{Name: "repository_id", Form: isNumber, About: "the repository's id, never reused; it stays when the repository is renamed or transferred", Control: ByPlatform, Template: true},
	{Name: "repository", Form: isRepository, About: "the repository's name, owner/name", Control: ByRepoAdmin, Folded: true, Globs: GlobsAfterOwner},
	{Name: "repository_owner_id", Form: isNumber, About: "the id of the organization or user that owns the repository", Control: ByPlatform, Template: true},
	{Name: "repository_owner", Form: isLogin, About: "the login of the repository's owner", Control: ByOrgAdmin, Folded: true, Template: true},
	{Name: "repository_visibility", Form: isSeen, About: "public, private or internal", Control: ByRepoAdmin},
	{Name: "ref", Form: isRef, About: "the branch, tag or pull request that the run is for", Control: ByWriter, Globs: AnyGlob, Guard: GuardAny, Ref: FullRef},
	{Name: "ref_type", Form: isSort, About: "branch or tag; a pull request says branch", Control: ByPlatform},
	{Name: "ref_protected", Form: isTruth, About: `"true" or "false": whether rules protect the ref`, Presence: Presence{Sometimes: true, Note: "not documented"}, Control: ByPlatform},
	{Name: "sha", Form: isCommit, About: "the commit that the run is for", Control: ByWriter},
	{Name: "base_ref", Form: isBranch, About: "a pull request's target branch", Presence: onPullRequests, Control: ByOutsider, Globs: AnyGlob, Ref: ShortRef},
	{Name: "head_ref", Form: isBranch, About: "a pull request's own branch, named by its author", Presence: onPullRequests, Control: ByOutsider, Globs: AnyGlob, Ref: ShortRef},
	{Name: "event_name", About: "what started the run", Control: ByOutsider},
	{
		Name: "environment", About: "the environment that the job runs in", Presence: Presence{Sometimes: true, Note: "only on jobs that name an environment"},
		Control: ByWriter, Folded: true, Globs: AnyGlob, Guard: GuardExact,
	},
	{Name: "environment_node_id", About: "the environment's node id", Presence: Presence{Sometimes: true, Note: "not documented"}, Control: ByPlatform},
	{Name: "workflow", About: "the workflow's name, free text of its author", Control: ByWriter},
	{Name: "workflow_ref", Form: isWorkflow, About: "the workflow file that was started, and its ref", Control: ByWriter, Globs: AnyGlob, Guard: GuardExact, Ref: FileRef},
	{Name: "workflow_sha", Form: isCommit, About: "the commit of the workflow file that was started", Control: ByWriter},
	{
		Name: "job_workflow_ref", Form: isWorkflow, About: "the file that holds the job, and its ref: the called workflow of a reusable one",
		Control: ByWriter, Globs: AnyGlob, Guard: GuardCallee, Ref: FileRef,
	},
	{Name: "job_workflow_sha", Form: isCommit, About: "the commit of the file that holds the job", Control: ByWriter, Guard: GuardExact},
	{Name: "runner_environment", Form: &Form{Values: []string{"github-hosted", "self-hosted"}}, About: "github-hosted or self-hosted", Control: ByRepoAdmin},
	{Name: "actor", Form: isLogin, About: "the login of whoever started the run; a bot's ends in [bot]", Control: ByOutsider, Folded: true},
	{Name: "actor_id", Form: isNumber, About: "the id of whoever started the run", Control: ByOutsider},
	{Name: "run_id", Form: isNumber, About: "the run's id", Control: ByPlatform},
	{Name: "run_number", Form: isNumber, About: "the run's number in its workflow", Control: ByPlatform},
	{Name: "run_attempt", Form: isNumber, About: "how often the run was started", Control: ByPlatform},
	{Name: "check_run_id", Form: isNumber, About: "the job's id", Presence: Presence{Sometimes: true, Note: "not on GitHub Enterprise Server"}, Control: ByPlatform},
	{Name: "enterprise", Form: isLogin, About: "the enterprise's slug", Presence: Presence{Sometimes: true, Note: "only in an enterprise"}, Control: ByOrgAdmin},
	{Name: "enterprise_id", Form: isNumber, About: "the enterprise's id", Presence: Presence{Sometimes: true, Note: "only in an enterprise; on GitHub Enterprise Server from 3.12"}, Control: ByPlatform},
	{Name: "sub", About: "the subject; its form differs between repositories and can be customized", Control: ByRepoAdmin},
	{Name: "iss", About: "the issuer's URL", Control: ByPlatform},
	{Name: "aud", About: "the audience; a job may ask for any", Control: ByWriter},
}

var githubFamilies = []Claim{{
	Name: "repo_property_", About: "a custom property of the repository", Control: ByRepoAdmin,
	Presence: Presence{Sometimes: true, Note: "only where an administrator includes it in tokens"},
}}

// githubServerClaims is what a GitHub Enterprise Server says: no job id.
func githubServerClaims() []Claim {
	return slices.DeleteFunc(slices.Clone(githubClaims), func(c Claim) bool { return c.Name == "check_run_id" })
}

func isSubdomain(host, domain string) bool {
	name, ok := strings.CutSuffix(host, "."+domain)
	return ok && name != "" && !strings.Contains(name, ".")
}
