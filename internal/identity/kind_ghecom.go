package identity

import "strings"

// githubGHECom is GitHub Enterprise Cloud with data residency, SUBDOMAIN.ghe.com.
var githubGHECom = Kind{
	Name:         "github-ghecom",
	Title:        "GitHub Enterprise Cloud at ghe.com",
	URLShape:     "https://token.actions.SUBDOMAIN.ghe.com",
	Claims:       githubClaims,
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
		rest, ok := strings.CutPrefix(host, "token.actions.")
		return ok && path == "" && isSubdomain(rest, "ghe.com")
	},
}
