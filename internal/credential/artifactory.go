package credential

import (
	"errors"
	"strings"
	"time"
)

// artifactory issues access tokens of transient users in groups.
var artifactory = Platform{
	Name: "artifactory",
	Vars: []Variable{
		{"ARTIFACTORY_TOKEN", true, token},
		{"ARTIFACTORY_USER", false, func(c Credential) string { return c.Username }},
		{"ARTIFACTORY_URL", false, platformURL},
		{"ARTIFACTORY_REGISTRY", false, func(c Credential) string { return c.Registry }},
	},
	Fields: []Field{
		{Name: "groups", Kind: List, Required: true, Template: true, Lower: true, Prefix: true, Check: checkGroup},
	},
	DefaultTTL: 15 * time.Minute,
	MaxTTL:     24 * time.Hour,
}

const maxGroup = 64

// checkGroup refuses what would leave the group part of a token's scope:
// "applied-permissions/groups:a,b" is split at commas.
func checkGroup(name string) error {
	switch {
	case name == "" || len(name) > maxGroup:
		return errors.New("a group name has 1 to 64 characters")
	case !onlyASCII(name, "_.-"):
		return errors.New("a group name has only letters, digits and _ . -")
	case strings.ToLower(name) != name:
		return errors.New("a group name is lower case")
	}
	return nil
}
