package identity

const circle = "oidc.circleci.com/"

// circleci is CircleCI, with an issuer for each organization.
var circleci = Kind{
	Name:     "circleci",
	Title:    "CircleCI",
	URLShape: "https://oidc.circleci.com/org/ORGANIZATION_ID or https://oidc.circleci.com",
	Claims: []Claim{
		{Name: circle + "org-id", Form: isUUID, About: "the organization's id", Control: ByPlatform, Template: true},
		{Name: circle + "project-id", Form: isUUID, About: "the project's id", Control: ByPlatform, Template: true},
		{Name: circle + "context-ids", Form: isUUID, About: "the ids of the contexts that the job uses", Type: List, Presence: Presence{Sometimes: true, Note: "only on jobs with a context"}, Control: ByWriter, Guard: GuardExact},
		{Name: circle + "vcs-origin", Form: &Form{Like: "a host, an owner and a name", Example: "github.com/OWNER/NAME", Globs: []string{"*/*/**"}, Never: space + ":@"}, About: "the repository that was checked out", Presence: withVCS, Control: ByOutsider},
		{Name: circle + "vcs-ref", Form: isRef, About: "the branch or tag in full", Presence: withVCS, Control: ByWriter, Globs: AnyGlob, Guard: GuardAny, Ref: FullRef},
		{Name: circle + "ssh-rerun", About: "whether someone has a shell in the job", Type: Bool, Control: ByPlatform},
		{Name: circle + "pipeline-definition-id", Form: isUUID, About: "the pipeline definition's id", Presence: Presence{Sometimes: true, Note: "not on every kind of project"}, Control: ByPlatform},
		{Name: circle + "job-id", Form: isUUID, About: "the job's id", Presence: Presence{Sometimes: true, Note: "newer tokens"}, Control: ByPlatform},
		{Name: circle + "pipeline-id", Form: isUUID, About: "the pipeline's id", Presence: Presence{Sometimes: true, Note: "newer tokens"}, Control: ByPlatform},
		{Name: circle + "workflow-id", Form: isUUID, About: "the workflow's id", Presence: Presence{Sometimes: true, Note: "newer tokens"}, Control: ByPlatform},
		{Name: "sub", About: "the subject, which names organization, project and user", Control: ByPlatform},
		{Name: "iss", About: "the issuer's URL", Control: ByPlatform},
		{Name: "aud", About: "the audience", Control: ByWriter},
	},
	Tenant:   []string{circle + "org-id"},
	Identity: []string{circle + "project-id"},
	move:     moveCircleCI,
	matchURL: func(host, path string) bool {
		return host == "oidc.circleci.com" && (path == "" || (len(path) > len("/org/") && path[:5] == "/org/" && oneSegment(path[4:])))
	},
}

var withVCS = Presence{Sometimes: true, Note: "not on pipelines that a custom webhook started"}
