package credential

import (
	"errors"
	"strings"
	"time"
)

// sonarqube issues PROJECT_ANALYSIS_TOKENs. Their expiry has the precision of a
// day, so the sweep is what ends them in time.
var sonarqube = Platform{
	Name: "sonarqube",
	Vars: []Variable{
		{"SONAR_TOKEN", true, token},
		{"SONAR_HOST_URL", false, platformURL},
	},
	Fields: []Field{
		{Name: "project", Kind: Text, Required: true, Template: true, Check: checkProjectKey},
		{Name: "permissions", Kind: List, Values: []string{"scan"}},
	},
	DefaultTTL: 15 * time.Minute,
	MaxTTL:     24 * time.Hour,
	NeedsSweep: true,
}

const maxProjectKey = 400

// checkProjectKey holds the alphabet of SonarQube's project keys.
func checkProjectKey(key string) error {
	switch {
	case key == "" || len(key) > maxProjectKey:
		return errors.New("a project key has 1 to 400 characters")
	case strings.Trim(key, "0123456789") == "":
		return errors.New("a project key has a character that is no digit")
	case !onlyASCII(key, "_.:-"):
		return errors.New("a project key has only letters, digits and _ . : -")
	}
	return nil
}
