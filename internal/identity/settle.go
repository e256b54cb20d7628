package identity

import "strings"

// Move makes the claims those of a job for another ref, which is a full one. What
// names the ref changes with it; what follows from that is Settle's to say.
func (k *Kind) Move(c Claims, ref string) {
	if k.move != nil {
		k.move(c, ref)
	}
}

// Settle sets the claims that follow from others, as the platform would: the
// subject as it comes, and whether the ref is a tag. A claim that follows from
// nothing stays as it is.
func (k *Kind) Settle(c Claims) {
	if k.settle != nil {
		k.settle(c)
	}
}

func moveGitHub(c Claims, ref string) {
	c["ref"] = ref
	own := c["job_workflow_ref"] == c["workflow_ref"]
	c["workflow_ref"] = atRef(c["workflow_ref"], ref)
	if own {
		c["job_workflow_ref"] = c["workflow_ref"]
	}
}

// atRef returns file@ref for file@elsewhere. An "@" may stand in a file's name
// and in a ref; only the last one before "refs/" or a commit parts the two.
func atRef(value any, ref string) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	file, _ := CutFileRef(text)
	return file + "@" + ref
}

// CutFileRef parts a workflow's file from the ref or commit behind it, as in
// owner/name/.github/workflows/x.yml@refs/heads/main. A file's name may have an
// "@" too.
func CutFileRef(text string) (file, ref string) {
	if i := strings.Index(text, "@refs/"); i >= 0 {
		return text[:i], text[i+1:]
	}
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		return text[:i], text[i+1:]
	}
	return text, ""
}

func settleGitHub(c Claims) {
	ref, _ := c.Text("ref")
	c["ref_type"] = refType(ref)
	c["sub"] = githubSubject(c, ref)
}

func refType(ref string) string {
	if strings.HasPrefix(ref, "refs/tags/") {
		return "tag"
	}
	return "branch"
}

// githubSubject is the subject where nobody customized it: an environment hides
// the ref, and so does a pull request.
func githubSubject(c Claims, ref string) string {
	event, _ := c.Text("event_name")
	environment, _ := c.Text("environment")
	context := "ref:" + ref
	switch {
	case environment != "":
		context = "environment:" + strings.ReplaceAll(environment, ":", "%3A")
	case strings.HasPrefix(event, "pull_request") && event != "pull_request_target":
		context = "pull_request"
	}
	return "repo:" + subjectRepository(c) + ":" + context
}

// subjectRepository keeps the ids where the subject that is there has them.
func subjectRepository(c Claims) string {
	repository, _ := c.Text("repository")
	sub, _ := c.Text("sub")
	before, _, _ := strings.Cut(strings.TrimPrefix(sub, "repo:"), ":")
	owner, name, ok := strings.Cut(repository, "/")
	if !ok || !strings.Contains(before, "@") {
		return repository
	}
	ownerID, _ := c.Text("repository_owner_id")
	id, _ := c.Text("repository_id")
	return owner + "@" + ownerID + "/" + name + "@" + id
}

func moveGitLab(c Claims, ref string) {
	c["ref_path"] = ref
	c["ref"] = shortRef(ref)
	c["ref_type"] = refType(ref)
	if uri, _ := c.Text("ci_config_ref_uri"); uri != "" {
		c["ci_config_ref_uri"] = atRef(uri, ref)
	}
}

func shortRef(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/")
}

func settleGitLab(c Claims) {
	path, _ := c.Text("project_path")
	kind, _ := c.Text("ref_type")
	ref, _ := c.Text("ref")
	c["sub"] = "project_path:" + path + ":ref_type:" + kind + ":ref:" + ref
}

func moveBuildkite(c Claims, ref string) {
	c["build_branch"] = shortRef(ref)
	delete(c, "build_tag")
	if refType(ref) == "tag" {
		c["build_tag"] = shortRef(ref)
	}
}

func settleBuildkite(c Claims) {
	text := func(name string) string { value, _ := c.Text(name); return value }
	ref := "refs/heads/" + text("build_branch")
	if tag := text("build_tag"); tag != "" {
		ref = "refs/tags/" + tag
	}
	c["sub"] = "organization:" + text("organization_slug") + ":pipeline:" + text("pipeline_slug") +
		":ref:" + ref + ":commit:" + text("build_commit") + ":step:" + text("step_key")
}

func moveCircleCI(c Claims, ref string) { c[circle+"vcs-ref"] = ref }
