package session

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/secret"
)

// C8, S24: the child gets the credentials and nothing that could get more.
func TestS24ChildEnvironment(t *testing.T) {
	child := Child{Env: []string{
		"PATH=/bin", "SONAR_TOKEN=old", "sonar_token=older", "HOME=/root", "AUTOKEN_ID_TOKEN=x", "MY_TOKEN=x",
		"ACTIONS_ID_TOKEN_REQUEST_URL=x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=x", "actions_runtime_token=x", "ACTIONS_RUNTIME_URL=x",
		"ACTIONS_RESULTS_URL=x", "ACTIONS_CACHE_URL=x", "CIRCLE_OIDC_TOKEN=x", "CIRCLE_OIDC_TOKEN_V2=x", "BITBUCKET_STEP_OIDC_TOKEN=x", "STATE_autoken_leases=x", "ACTIONS_STEP_DEBUG=true", "EMPTY=",
	}}
	vars := []credential.Var{{Name: "SONAR_TOKEN", Value: secret.New("new")}}
	want := []string{"PATH=/bin", "HOME=/root", "ACTIONS_STEP_DEBUG=true", "EMPTY=", "SONAR_TOKEN=new"}
	if diff := cmp.Diff(want, child.environment(vars, "MY_TOKEN")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if slices.Contains(child.Env, "SONAR_TOKEN=new") {
		t.Error("the parent's environment was changed")
	}
}
