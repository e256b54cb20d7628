package identity

import "strings"

// githubServer is GitHub Enterprise Server. One company runs it for itself.
var githubServer = Kind{
	Name:         "github-server",
	Title:        "GitHub Enterprise Server",
	URLShape:     "https://HOST/_services/token",
	Claims:       githubServerClaims(),
	Families:     githubFamilies,
	Event:        github.Event,
	Events:       github.Events,
	Tenant:       github.Tenant,
	Identity:     github.Identity,
	Repository:   github.Repository,
	Callee:       github.Callee,
	UniqueTokens: true,
	Implications: githubImplications,
	move:         moveGitHub,
	settle:       settleGitHub,
	matchURL: func(host, path string) bool {
		return path == "/_services/token" && host != githubIssuer && !strings.HasSuffix(host, ".ghe.com")
	},
	one: func(string) bool { return true },
}
