package proof

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

var gitlabMutants = slices.Concat(gitlabSources, refMutants("ref_path", "ref", "ref_type"), gitlabContexts, environmentMutants())

// gitlabSources are other projects.
var gitlabSources = []mutant{
	{"another project of that path", []string{"project_id"}, plain, set(identity.Claims{"project_id": otherID})},
	{"a project whose path begins alike", []string{"project_id", "project_path"}, nameAlike, project(suffix, false)},
	{"a project whose name ends alike", []string{"project_id", "project_path"}, nameAlike, project(lastAlike, false)},
	{"a group whose name begins alike", []string{"project_id", "project_path", "namespace_id"}, nameAlike, project(ownerAlike, true)},
	{"a fork's merge request", []string{"project_id", "project_path", "namespace_id"}, plain, func(j *job) bool {
		j.claims["pipeline_source"], j.claims["ref_protected"] = "merge_request_event", "false"
		return project(func(path string) string { return "mallory" + path[strings.LastIndexByte(path, '/'):] }, true)(j)
	}},
	{"the project, given to another group", []string{"namespace_id"}, plain, func(j *job) bool {
		id := j.claims["project_id"]
		moved := project(func(path string) string { return "mallory" + path[strings.LastIndexByte(path, '/'):] }, true)(j)
		j.claims["project_id"] = id
		return moved
	}},
}

func project(rename func(string) string, otherGroup bool) func(*job) bool {
	return func(j *job) bool {
		before := j.text("project_path")
		if !strings.Contains(before, "/") {
			return false
		}
		after := rename(before)
		j.claims["project_path"], j.claims["project_id"] = after, otherID
		if otherGroup {
			j.claims["namespace_path"], j.claims["namespace_id"] = after[:strings.LastIndexByte(after, '/')], otherID
		}
		if uri := j.text("ci_config_ref_uri"); uri != "" {
			j.claims["ci_config_ref_uri"] = strings.Replace(uri, "/"+before+"//", "/"+after+"//", 1)
		}
		return true
	}
}

// gitlabContexts are other ways to run the job.
var gitlabContexts = []mutant{
	{"no ref", []string{"ref_path", "ref"}, plain, func(j *job) bool {
		j.claims["ref"], j.claims["ref_path"] = "", ""
		return true
	}},
	{"the ref, unprotected", []string{"ref_protected"}, plain, set(identity.Claims{"ref_protected": "false"})},
	{"a merge request", []string{"pipeline_source"}, plain, set(identity.Claims{"pipeline_source": "merge_request_event"})},
	{"a merge request of another system", []string{"pipeline_source"}, plain, set(identity.Claims{"pipeline_source": "external_pull_request_event"})},
	{"another project's pipeline", []string{"pipeline_source"}, plain, set(identity.Claims{"pipeline_source": "pipeline"})},
	{"a trigger token", []string{"pipeline_source"}, plain, set(identity.Claims{"pipeline_source": "trigger"})},
	{"a chat command", []string{"pipeline_source"}, plain, set(identity.Claims{"pipeline_source": "chat"})},
	{"a source that nobody knows", []string{"pipeline_source"}, plain, set(identity.Claims{"pipeline_source": "an_event_to_come"})},
	{"another pipeline file", []string{"ci_config_ref_uri"}, plain, asked("ci_config_ref_uri", workflow("ci_config_ref_uri", otherFile))},
	{"a pipeline file of another project", []string{"ci_config_ref_uri"}, plain, asked("ci_config_ref_uri", set(identity.Claims{"ci_config_ref_uri": ""}))},
	{"a runner of one's own", []string{"runner_environment"}, plain, set(identity.Claims{"runner_environment": "self-hosted"})},
}

var buildkiteMutants = slices.Concat([]mutant{
	{"another pipeline of that name", []string{"pipeline_id"}, plain, set(identity.Claims{"pipeline_id": otherID})},
	{"a pipeline whose name begins alike", []string{"pipeline_id", "pipeline_slug"}, nameAlike, pipeline("pipeline_", suffix)},
	{"an organization whose name begins alike", []string{"organization_id", "organization_slug"}, nameAlike, pipeline("organization_", suffix)},
	{"another organization with that pipeline's id", []string{"organization_id"}, plain, set(identity.Claims{"organization_id": otherID})},
	{"a job that did not ask for the pipeline's id", []string{"pipeline_id"}, plain, gone("pipeline_id")},
	{"a job that did not ask for the organization's id", []string{"organization_id"}, plain, gone("organization_id")},
}, refMutants("build_branch", "build_tag"), []mutant{
	{"no branch", []string{"build_branch"}, plain, asked("build_branch", gone("build_branch"))},
	{"a tag on the branch", []string{"build_tag"}, plain, func(j *job) bool {
		before := j.text("build_tag")
		j.claims["build_tag"] = "v0.0.1"
		return before == "" && j.mentions("build_tag")
	}},
	{"another step", []string{"step_key"}, plain, asked("step_key", set(identity.Claims{"step_key": "another"}))},
})

func pipeline(prefix string, rename func(string) string) func(*job) bool {
	return func(j *job) bool {
		j.claims[prefix+"id"] = otherID
		return with(prefix+"slug", rename)(j)
	}
}

func gone(claim string) func(*job) bool {
	return func(j *job) bool {
		_, there := j.claims[claim]
		delete(j.claims, claim)
		return there
	}
}

const circle = "oidc.circleci.com/"

var circleciMutants = slices.Concat([]mutant{
	{"another project", []string{circle + "project-id"}, plain, set(identity.Claims{circle + "project-id": otherID})},
	{"another organization", []string{circle + "org-id"}, plain, set(identity.Claims{circle + "org-id": otherID})},
	{"a fork", []string{circle + "vcs-origin"}, plain, set(identity.Claims{circle + "vcs-origin": "github.com/mallory/payments"})},
	{"a repository whose name begins alike", []string{circle + "vcs-origin"}, nameAlike, asked(circle+"vcs-origin", with(circle+"vcs-origin", suffix))},
	{"a job that somebody has a shell in", []string{circle + "ssh-rerun"}, plain, set(identity.Claims{circle + "ssh-rerun": true})},
	{"a pipeline of a custom webhook", []string{circle + "vcs-ref"}, plain, func(j *job) bool {
		return gone(circle+"vcs-ref")(j) && gone(circle+"vcs-origin")(j)
	}},
	{"other contexts", []string{circle + "context-ids"}, plain, asked(circle+"context-ids", set(identity.Claims{circle + "context-ids": []any{"another"}}))},
	{"no context", []string{circle + "context-ids"}, plain, asked(circle+"context-ids", gone(circle+"context-ids"))},
}, refMutants(circle+"vcs-ref"))
