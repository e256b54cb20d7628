package credential

import (
	"errors"
	"strings"
	"time"
)

// github issues installation tokens of a GitHub App. They live for one hour,
// always.
var github = Platform{
	Name: "github",
	Vars: []Variable{
		{"GH_TOKEN", true, token},
	},
	Fields: []Field{
		{Name: "repository_ids", Kind: List, Required: true, Check: checkID},
		{Name: "repositories", Kind: List, Check: checkRepository},
		{Name: "permissions", Kind: Map, Required: true, Values: appPermissions, Levels: []string{"read", "write"}, Governs: governing},
	},
	DefaultTTL: time.Hour,
	MaxTTL:     time.Hour,
	FixedTTL:   time.Hour,
	NeedsSweep: true,
}

// appPermissions are the repository permissions of a GitHub App (GitHub's REST
// description, schema app-permissions). The names that govern an organisation
// and "administration" are left out: they cannot be limited to a repository.
var appPermissions = []string{
	"actions", "artifact_metadata", "attestations", "checks", "code_quality", "codespaces", "contents",
	"custom_properties", "dependabot_secrets", "deployments", "discussions", "environments", "issues",
	"merge_queues", "metadata", "packages", "pages", "pull_requests", "repository_custom_properties",
	"repository_hooks", "repository_projects", "secret_scanning_alerts", "secrets", "security_events",
	"single_file", "statuses", "vulnerability_alerts", "workflows",
}

// governing are the permissions to change which workflows run, what they are
// given, and what holds them back.
var governing = []string{
	"actions", "custom_properties", "dependabot_secrets", "environments", "repository_custom_properties",
	"repository_hooks", "secrets", "workflows",
}

func checkID(id string) error {
	if id == "" || id[0] == '0' || strings.Trim(id, "0123456789") != "" {
		return errors.New("an id is a decimal number without leading zeros")
	}
	return nil
}

func checkRepository(name string) error {
	owner, repo, ok := strings.Cut(name, "/")
	if !ok || owner == "" || repo == "" || !onlyASCII(owner, "-_") || !onlyASCII(repo, "-_.") {
		return errors.New("a repository is owner/name")
	}
	return nil
}
