package identity

const gitlabDocs = "https://docs.gitlab.com/ci/secrets/id_token_authentication/"

// gitlab is GitLab CI, gitlab.com or a company's own. Its ref is short: a tag
// can have the name of a branch.
var gitlab = Kind{
	Name:     "gitlab",
	Title:    "GitLab CI",
	URLShape: "https://gitlab.com or the URL of the instance",
	Claims: []Claim{
		{Name: "project_id", Form: isNumber, About: "the project's id", Control: ByPlatform, Template: true},
		{Name: "project_path", Form: isPath, About: "the project's path, group/name", Control: ByRepoAdmin, Folded: true, Globs: GlobsAfterOwner},
		{Name: "namespace_id", Form: isNumber, About: "the id of the group or user that holds the project", Control: ByPlatform, Template: true},
		{Name: "namespace_path", About: "the path of the group or user that holds the project", Control: ByOrgAdmin, Folded: true},
		{Name: "ref", Form: isBranch, About: "the branch or tag, without saying which", Control: ByWriter, Globs: AnyGlob, Guard: GuardWithRef, Ref: ShortRef},
		{Name: "ref_type", Form: isSort, About: "branch or tag", Control: ByPlatform},
		{Name: "ref_path", Form: isRef, About: "the branch or tag in full, refs/heads/main", Control: ByWriter, Globs: AnyGlob, Guard: GuardAny, Ref: FullRef},
		{Name: "ref_protected", Form: isTruth, About: `"true" or "false": whether the ref is protected`, Control: ByPlatform},
		{Name: "pipeline_source", About: "what started the pipeline", Control: ByOutsider},
		{Name: "pipeline_id", Form: isNumber, About: "the pipeline's id", Control: ByPlatform},
		{Name: "job_id", Form: isNumber, About: "the job's id", Control: ByPlatform},
		{
			Name: "environment", About: "the environment that the job deploys to", Presence: Presence{Sometimes: true, Note: "only on jobs that name an environment"},
			Control: ByWriter, Globs: AnyGlob,
		},
		{
			Name: "environment_protected", Form: isTruth, About: `"true" or "false": whether the environment is protected`,
			Presence: Presence{Sometimes: true, Note: "only on jobs that name an environment"}, Control: ByPlatform,
		},
		{
			Name: "deployment_tier", Form: &Form{Values: []string{"production", "staging", "testing", "development", "other"}}, About: "the environment's tier", Control: ByWriter,
			Presence: Presence{Sometimes: true, Note: "only on jobs that name an environment"},
		},
		{Name: "runner_id", About: "the runner's id", Type: Number, Control: ByPlatform},
		{Name: "runner_environment", Form: &Form{Values: []string{"gitlab-hosted", "self-hosted"}}, About: "gitlab-hosted or self-hosted", Control: ByRepoAdmin},
		{Name: "sha", Form: isCommit, About: "the commit that the job is for", Control: ByWriter},
		{
			Name: "ci_config_ref_uri", About: "the top-level pipeline file, and its ref", Control: ByWriter, Globs: AnyGlob,
			Presence: Presence{Sometimes: true, Note: "empty where the pipeline's definition lies in another project"}, Ref: FileRef,
		},
		{Name: "ci_config_sha", Form: isCommit, About: "the commit of the top-level pipeline file", Presence: Presence{Sometimes: true, Note: "as ci_config_ref_uri"}, Control: ByWriter},
		{Name: "user_id", Form: isNumber, About: "the id of whoever started the job", Control: ByOutsider},
		{Name: "user_login", Form: isLogin, About: "the name of whoever started the job", Control: ByOutsider, Folded: true},
		{Name: "user_email", About: "the address of whoever started the job", Control: ByOutsider, Folded: true},
		{Name: "project_visibility", Form: isSeen, About: "public, private or internal", Presence: Presence{Sometimes: true, Note: "newer versions"}, Control: ByRepoAdmin},
		{Name: "sub", About: "the subject; a project can change its form", Control: ByRepoAdmin},
		{Name: "iss", About: "the instance's URL", Control: ByPlatform},
		{Name: "aud", About: "the audience; a job may ask for any", Control: ByWriter},
	},
	Event:        "pipeline_source",
	Events:       []string{"push", "web", "schedule", "api"},
	Tenant:       []string{"namespace_id"},
	Identity:     []string{"project_id"},
	Repository:   "project_path",
	ShortRefs:    true,
	UniqueTokens: true,
	Implications: gitlabImplications,
	move:         moveGitLab,
	settle:       settleGitLab,
	matchURL:     func(host, _ string) bool { return host != githubIssuer },
	one:          func(url string) bool { return url != "https://gitlab.com" },
}
