package ci

import (
	"net/url"
	"strings"
)

// github is GitHub Actions and those that took over its contract: the runner's
// variables, file commands and workflow commands.
var github = System{
	Name:      "GitHub Actions",
	Slug:      "github",
	Sign:      "GITHUB_ACTIONS",
	Present:   func(job Job) bool { return job.Env("GITHUB_ACTIONS") == "true" },
	IDToken:   githubToken,
	Run:       githubRun,
	Mask:      githubMask,
	Ready:     githubReady,
	Remember:  githubRemember,
	Recall:    githubRecall,
	Export:    githubExport,
	Blank:     githubBlank,
	Annotate:  githubAnnotate,
	Summarize: githubSummarize,
	nameFor:   githubName,
}

// githubName tells the products apart. Forgejo's runner is asked about first: it
// sets Gitea's variable as well.
func githubName(job Job) string {
	switch {
	case job.Env("FORGEJO_ACTIONS") != "":
		return "Forgejo Actions"
	case job.Env("GITEA_ACTIONS") != "":
		return "Gitea Actions"
	case job.Env("GITHUB_SERVER_URL") == "":
		return "GitHub Actions"
	}
	server, err := url.Parse(job.Env("GITHUB_SERVER_URL"))
	if err == nil && (server.Host == "github.com" || strings.HasSuffix(server.Host, ".ghe.com")) {
		return "GitHub Actions"
	}
	return "GitHub Enterprise Server"
}

func githubRun(job Job) Run {
	return Run{
		Repository: job.Env("GITHUB_REPOSITORY"),
		ID:         job.Env("GITHUB_RUN_ID"),
		Attempt:    job.Env("GITHUB_RUN_ATTEMPT"),
	}
}
