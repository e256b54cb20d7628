package identity

// Level says how far an implication can be relied on.
type Level string

// Only an Always implication may prove that no token has certain claims; a Usual
// one ranks examples.
const (
	Always Level = "always"
	Usual  Level = "usual"
)

// Implication says that a token for which If holds is one for which Then holds.
type Implication struct {
	If, Then Term
	Level    Level
	Source   string // where that is written
}

// Term is a statement about one claim: its value is one of Values, or fits one
// of Globs, or the claim is absent or empty.
type Term struct {
	Claim  string
	Values []string
	Globs  []string
	Empty  bool
}

func is(claim string, values ...string) Term  { return Term{Claim: claim, Values: values} }
func fits(claim string, globs ...string) Term { return Term{Claim: claim, Globs: globs} }
func empty(claim string) Term                 { return Term{Claim: claim, Empty: true} }

var githubImplications = []Implication{
	{is("ref_type", "tag"), fits("ref", "refs/tags/**"), Always, githubDocs},
	{fits("ref", "refs/tags/**"), is("ref_type", "tag"), Always, githubDocs},
	{fits("ref", "refs/heads/**"), is("ref_type", "branch"), Usual, githubDocs},
	{is("event_name", "push"), empty("head_ref"), Always, eventDocs},
	{is("event_name", "push"), empty("base_ref"), Always, eventDocs},
	// After a merge the ref of a closed pull request is the branch that it was
	// merged into, so this one proves nothing.
	{is("event_name", "pull_request"), fits("ref", "refs/pull/*/merge"), Usual, eventDocs},
	{is("event_name", "pull_request_review", "pull_request_review_comment"), fits("ref", "refs/pull/*/merge"), Usual, eventDocs},
	{fits("ref", "refs/pull/**"), is("event_name", "pull_request", "pull_request_review", "pull_request_review_comment"), Usual, eventDocs},
	{is("event_name", pullRequestEvents...), fits("head_ref", "**"), Usual, githubDocs},
	{is("event_name", pullRequestEvents...), fits("base_ref", "**"), Usual, githubDocs},
	// Since December 2025 the default branch; before GHES 3.20 the base branch.
	{is("event_name", "pull_request_target"), fits("ref", "refs/heads/**"), Usual, eventDocs},
	// What runs on the default branch, whoever causes it.
	{is("event_name", onDefaultBranch...), fits("ref", "refs/heads/**"), Usual, eventDocs},
	{is("event_name", onDefaultBranch...), empty("head_ref"), Usual, githubDocs},
	{is("event_name", "merge_group"), fits("ref", "refs/heads/gh-readonly-queue/**"), Usual, eventDocs},
	{is("event_name", "release"), fits("ref", "refs/tags/**"), Usual, eventDocs},
	{is("event_name", "workflow_dispatch", "create"), fits("ref", "refs/heads/**", "refs/tags/**"), Usual, eventDocs},
	{is("event_name", "workflow_dispatch", "release"), empty("head_ref"), Usual, githubDocs},
}

var onDefaultBranch = []string{
	"schedule", "repository_dispatch", "workflow_run", "issues", "issue_comment", "discussion", "discussion_comment",
	"fork", "watch", "gollum", "label", "milestone", "public", "delete", "check_run", "check_suite", "branch_protection_rule",
}

// A tag can have the name of a branch: only ref_type and ref_path tell.
var gitlabImplications = []Implication{
	{is("ref_type", "tag"), fits("ref_path", "refs/tags/**"), Usual, gitlabDocs},
	{is("ref_type", "branch"), fits("ref_path", "refs/heads/**"), Usual, gitlabDocs},
	{fits("ref_path", "refs/tags/**"), is("ref_type", "tag"), Usual, gitlabDocs},
	{fits("ref_path", "refs/heads/**"), is("ref_type", "branch"), Usual, gitlabDocs},
	{is("pipeline_source", "merge_request_event"), is("ref_type", "branch"), Usual, gitlabDocs},
	{empty("environment"), empty("environment_protected"), Usual, gitlabDocs},
	{empty("environment"), empty("deployment_tier"), Usual, gitlabDocs},
}
