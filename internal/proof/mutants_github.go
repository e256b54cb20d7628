package proof

import (
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

var githubMutants = slices.Concat(githubSources, refMutants("ref"), githubRefs, githubEvents(), environmentMutants(), githubFiles, githubCallees, []mutant{
	{"a runner of one's own", []string{"runner_environment"}, plain, set(identity.Claims{"runner_environment": "self-hosted"})},
})

const (
	otherID  = "987654321"
	otherSHA = "0d1c2b3a4958677685940312fedcba9876543210"
)

// githubSources are other repositories.
var githubSources = []mutant{
	{"another repository of that name", []string{"repository_id"}, plain, set(identity.Claims{"repository_id": otherID})},
	{"a repository whose name begins alike", []string{"repository_id", "repository"}, nameAlike, repository(suffix, false)},
	{"a repository whose name ends alike", []string{"repository_id", "repository"}, nameAlike, repository(lastAlike, false)},
	{"an owner whose name begins alike", []string{"repository_id", "repository", "repository_owner_id"}, nameAlike, repository(ownerAlike, true)},
	{"an owner whose name ends alike", []string{"repository_id", "repository", "repository_owner_id"}, nameAlike, repository(func(name string) string { return "evil-" + name }, true)},
	{"the repository, given to another owner", []string{"repository_owner_id"}, plain, transfer},
}

// repository renames a job's repository, which becomes another one, with all that
// lies in it.
func repository(rename func(string) string, otherOwner bool) func(*job) bool {
	return func(j *job) bool {
		before := j.text("repository")
		if !strings.Contains(before, "/") {
			return false
		}
		after := rename(before)
		j.claims["repository"], j.claims["repository_id"] = after, otherID
		if otherOwner {
			j.claims["repository_owner"], _, _ = strings.Cut(after, "/")
			j.claims["repository_owner_id"] = otherID
		}
		j.rename(before, after)
		return true
	}
}

// rename makes the workflow files of one repository those of another.
func (j *job) rename(before, after string) {
	for _, claim := range []string{"workflow_ref", "job_workflow_ref"} {
		if rest, own := strings.CutPrefix(j.text(claim), before+"/"); own {
			j.claims[claim] = after + "/" + rest
		}
	}
}

// transfer keeps the repository's id: a transfer does.
func transfer(j *job) bool {
	before := j.text("repository")
	_, name, ok := strings.Cut(before, "/")
	if !ok {
		return false
	}
	j.claims["repository"], j.claims["repository_owner"], j.claims["repository_owner_id"] = "mallory/"+name, "mallory", otherID
	j.rename(before, "mallory/"+name)
	return true
}

var githubRefs = []mutant{
	{"a merge queue's branch", []string{"ref"}, plain, at(fixed("refs/heads/gh-readonly-queue/main/pr-42-" + otherSHA))},
	{"no ref, as deployments of a commit have", []string{"ref"}, plain, func(j *job) bool {
		if j.text("ref") == "" {
			return false
		}
		j.kind.Move(j.claims, otherSHA) // what names the ref names the commit
		j.claims["ref"], j.claims["ref_type"] = "", "branch"
		return true
	}},
}

// githubEvents are other ways to start the job; those without a ref of their own
// run for the branch, the default one where the job is for none.
func githubEvents() []mutant {
	pull := identity.Claims{"base_ref": "main", "head_ref": "evil", "ref_protected": "false"}
	fork := withMore(pull, identity.Claims{"actor": "mallory", "actor_id": otherID})
	const pullRef = "refs/pull/42/merge"
	return []mutant{
		event("a pull request", "pull_request", pullRef, pull),
		event("a fork's pull request", "pull_request", pullRef, fork),
		event("a merged pull request", "pull_request", "", pull),
		event("a review of a pull request", "pull_request_review", pullRef, fork),
		event("a comment on a pull request's lines", "pull_request_review_comment", pullRef, fork),
		event("a pull request target", "pull_request_target", "", fork),
		event("another workflow's end", "workflow_run", "", nil),
		event("an issue", "issues", "", identity.Claims{"actor": "mallory", "actor_id": otherID}),
		event("a comment on an issue", "issue_comment", "", identity.Claims{"actor": "mallory", "actor_id": otherID}),
		event("a discussion", "discussion", "", identity.Claims{"actor": "mallory", "actor_id": otherID}),
		event("a merge queue", "merge_group", "refs/heads/gh-readonly-queue/main/pr-42-"+otherSHA, nil),
		{"an event that nobody knows", []string{"event_name"}, plain, set(identity.Claims{"event_name": "an_event_to_come"})},
	}
}

func withMore(claims, more identity.Claims) identity.Claims {
	all := maps.Clone(claims)
	maps.Copy(all, more)
	return all
}

func event(name, event, ref string, changes identity.Claims) mutant {
	move := at(func(j *job) string {
		switch {
		case ref != "":
			return ref
		case strings.HasPrefix(j.text("ref"), "refs/heads/"):
			return j.text("ref")
		}
		return "refs/heads/main"
	})
	return mutant{name, []string{"event_name"}, plain, func(j *job) bool {
		if j.text("event_name") == event {
			return false
		}
		j.claims["event_name"] = event
		maps.Copy(j.claims, changes)
		return move(j)
	}}
}

// githubFiles are other workflows of the repository.
var githubFiles = []mutant{
	{"another workflow file", []string{"workflow_ref"}, plain, workflow("workflow_ref", otherFile)},
	{"a workflow file whose name begins alike", []string{"workflow_ref"}, nameAlike, asked("workflow_ref", workflow("workflow_ref", func(file string) string {
		return strings.TrimSuffix(file, ".yml") + "-evil.yml"
	}))},
	{"a workflow file whose name ends alike", []string{"workflow_ref"}, nameAlike, asked("workflow_ref", workflow("workflow_ref", lastAlike))},
	{"a workflow file with an @ in its name", []string{"workflow_ref"}, always, asked("workflow_ref", workflow("workflow_ref", func(file string) string { return file + "@x.yml" }))},
}

// workflow changes the file that a claim names. A job that calls no other
// workflow runs in the file that was started.
func workflow(claim string, other func(file string) string) func(*job) bool {
	return func(j *job) bool {
		before := j.text(claim)
		file, ref := identity.CutFileRef(before)
		if file == "" || ref == "" {
			return false
		}
		for _, name := range []string{"workflow_ref", "job_workflow_ref"} {
			if j.text(name) == before {
				j.claims[name] = other(file) + "@" + ref
			}
		}
		return true
	}
}

// asked leaves out mutants of what the grant does not speak of.
func asked(claim string, change func(*job) bool) func(*job) bool {
	return func(j *job) bool { return j.mentions(claim) && change(j) }
}

// githubCallees are other versions of a called workflow that the grant names.
var githubCallees = []mutant{
	{"the called workflow at a branch", []string{"job_workflow_ref"}, plain, callee(func(file string) string { return file + "@refs/heads/evil" })},
	{"the called workflow at any commit", []string{"job_workflow_ref"}, plain, callee(func(file string) string { return file + "@" + otherSHA })},
	{"a called workflow with an @ in its name", []string{"job_workflow_ref"}, always, callee(func(file string) string { return file + "@x.yml@refs/heads/main" })},
	{"a called workflow whose name begins alike", []string{"job_workflow_ref"}, nameAlike, callee(func(file string) string {
		return strings.TrimSuffix(file, ".yml") + "-evil.yml@refs/heads/main"
	})},
	{"a called workflow of a repository whose name begins alike", []string{"job_workflow_ref"}, nameAlike, callee(func(file string) string {
		repository, path, _ := strings.Cut(file, "/.github/")
		return repository + "-evil/.github/" + path + "@refs/heads/main"
	})},
}

func callee(other func(file string) string) func(*job) bool {
	return asked("job_workflow_ref", func(j *job) bool {
		file, _ := identity.CutFileRef(j.text("job_workflow_ref"))
		j.claims["job_workflow_ref"], j.claims["job_workflow_sha"] = other(file), otherSHA
		return file != ""
	})
}
