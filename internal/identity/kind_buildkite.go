package identity

// buildkite is Buildkite. The ids are in a token only if the agent was asked for
// them: buildkite-agent oidc request-token --claim organization_id,pipeline_id.
var buildkite = Kind{
	Name:     "buildkite",
	Title:    "Buildkite",
	URLShape: "https://agent.buildkite.com",
	Claims: []Claim{
		{Name: "organization_id", Form: isUUID, About: "the organization's id", Presence: asked, Control: ByPlatform, Template: true},
		{Name: "organization_slug", Form: isLogin, About: "the organization's name", Control: ByOrgAdmin},
		{Name: "pipeline_id", Form: isUUID, About: "the pipeline's id", Presence: asked, Control: ByPlatform, Template: true},
		{Name: "pipeline_slug", Form: isLogin, About: "the pipeline's name", Control: ByRepoAdmin},
		{Name: "build_branch", About: "the build's branch, as whoever created the build wrote it", Control: ByWriter, Globs: AnyGlob, Guard: GuardAny, Ref: ShortRef},
		{
			Name: "build_tag", About: "the build's tag", Presence: Presence{Sometimes: true, Note: "only on builds of a tag"},
			Control: ByWriter, Globs: AnyGlob, Guard: GuardAny, Ref: ShortRef,
		},
		{Name: "build_commit", About: "the build's commit", Control: ByWriter},
		{Name: "build_number", About: "the build's number", Type: Number, Control: ByPlatform},
		{Name: "step_key", About: "the step's key", Presence: Presence{Sometimes: true, Note: "only on steps that have a key"}, Control: ByWriter},
		{Name: "job_id", Form: isUUID, About: "the job's id", Control: ByPlatform},
		{Name: "agent_id", Form: isUUID, About: "the agent's id", Control: ByPlatform},
		{Name: "build_id", Form: isUUID, About: "the build's id", Presence: asked, Control: ByPlatform},
		{Name: "cluster_id", Form: isUUID, About: "the cluster's id", Presence: asked, Control: ByPlatform},
		{Name: "sub", About: "the subject; as it comes it names the commit", Control: ByWriter},
		{Name: "iss", About: "the issuer's URL", Control: ByPlatform},
		{Name: "aud", About: "the audience; a job may ask for any", Control: ByWriter},
	},
	Tenant:   []string{"organization_id"},
	Identity: []string{"pipeline_id"},
	move:     moveBuildkite,
	settle:   settleBuildkite,
	matchURL: func(host, path string) bool { return host == "agent.buildkite.com" && path == "" },
}

var asked = Presence{Sometimes: true, Note: "only if the job asked for it with --claim"}
