package cli

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
)

const platformTeam = `version: 1
issuers:
  gh:
    kind: github
    url: https://token.actions.githubusercontent.com
    audience: https://autoken.acme.example
    max_token_age: 10m
    require: {repository_owner_id: "65"}
connections: {sonar: sonarqube, jf: artifactory, app: github}
limits: {ttl: {max: 1h}}
`

// What new prints is pasted into a policy as it is: nothing is found in that at
// the strictest, every test holds, and every condition is tested.
func TestNewIsCleanWhenPasted(t *testing.T) {
	api := httptest.NewServer(&fake.GitHub{Repositories: []fake.GitHubRepository{{ID: 456789, OwnerID: 65, Name: "acme/payments"}}})
	defer api.Close()
	empty := filepath.Join(t.TempDir(), policy.FileName)
	writeFile(t, empty, platformTeam)
	for name, args := range map[string][]string{
		"scan":        {"--connection", "sonar", "--set", "project=payments", "--set", "permissions=scan"},
		"events":      {"--connection", "sonar", "--set", "project=payments", "--event", "push", "--event", "workflow_dispatch"},
		"template":    {"--connection", "sonar", "--set", "project={repository_owner}_{repository_name}"},
		"environment": {"--connection", "jf", "--set", "groups=payments-ci,payments-cd", "--environment", "release", "--set", "ttl=10m"},
		"read":        {"--connection", "app", "--set", "repository_ids=7", "--set", "permissions=contents:read,metadata:read"},
		"write":       {"--connection", "app", "--set", "repository_ids=7", "--set", "permissions=contents:write"},
		"publish":     {"--connection", "jf", "--set", "groups=payments-ci"},
		"workflow":    {"--connection", "app", "--set", "repository_ids=7", "--set", "permissions=contents:write", "--workflow", "release.yml"},
		"tag":         {"--workflow", "release.yml", "--connection", "jf", "--set", "groups=payments-ci", "--ref", "refs/tags/v*", "--environment", "release"},
		"tag, scan":   {"--connection", "sonar", "--set", "project=payments", "--ref", "refs/tags/v*"},
		"branches":    {"--connection", "sonar", "--set", "project=payments", "--ref", "refs/heads/release/*"},
		"owner, id":   {"--connection", "sonar", "--set", "project=payments", "--owner", "@acme/payments", "--id", "sonar"},
		"self-hosted": {"--connection", "sonar", "--set", "project=payments", "--self-hosted"},
		"by hand":     {"--connection", "sonar", "--set", "project=payments", "--repository-id", "456789", "--owner-id", "65"},
	} {
		t.Run(name, func(t *testing.T) {
			out := runApp(t, nil, ExitDone, append([]string{"policy", "new", "--repo", "acme/payments", "--policy", empty, "--api-url", api.URL}, args...)...)
			pasted := filepath.Join(t.TempDir(), policy.FileName)
			writeFile(t, pasted, platformTeam+out)
			runApp(t, nil, ExitDone, "policy", "lint", "--fail-on", "info", pasted)
			checkProof(t, pasted, false)
			if slices.Contains(args, "--workflow") {
				runApp(t, nil, ExitDone, "policy", "test", "--coverage", "--near-miss", pasted)
			}
		})
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkProof runs a policy's tests and wants every condition of it tested.
func checkProof(t *testing.T, path string, dev bool) {
	t.Helper()
	draft, err := parsePolicy(path, dev)
	if err != nil || len(draft.Findings) > 0 {
		t.Fatal(err, draft.Findings)
	}
	results := proof.Run(draft.Policy, draft.Policy.Tests, time.Now())
	for _, r := range results {
		if r.Outcome != proof.Passed {
			t.Errorf("%s: %s", r.Test.Name, r.Reason)
		}
	}
	for _, gap := range proof.Cover(draft.Policy, results).Gaps {
		t.Errorf("no test shows %s %q", gap.Grant.ID, gap.Condition)
	}
}

// What whoami prints for a job of any kind is pasted in the same way, with the
// policy's name of a connection put in: it loads, its tests hold, and nothing is
// found that is an error. What else may be found is about the job itself.
func TestAsGrantIsSoundWhenPasted(t *testing.T) {
	urls := map[string]string{
		"github": "https://token.actions.githubusercontent.com", "github-ghecom": "https://token.actions.acme.ghe.com",
		"github-server": "https://ghes.acme.example/_services/token", "gitlab": "https://gitlab.com", "buildkite": "https://agent.buildkite.com",
		"circleci": "https://oidc.circleci.com/org/3c0e6f5a-2b1d-4c8e-9f70-1a2b3c4d5e01", "oidc": "https://issuer.example",
	}
	for _, f := range identity.Fixtures() {
		var out bytes.Buffer
		f.Claims["iss"] = urls[f.Kind]
		app := &App{Stdout: &out}
		if err := app.showGrant(f.Claims); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		text := strings.Replace(out.String(), "{connection: CONNECTION}", "{connection: box}", 1)
		_, rest, _ := strings.Cut(text, "issuer: ")
		issuer, _, _ := strings.Cut(rest, "\n")
		pasted := filepath.Join(t.TempDir(), policy.FileName)
		writeFile(t, pasted, fmt.Sprintf("version: 1\nissuers:\n  %s: {kind: %s, url: %q, audience: https://autoken.example}\nconnections: {box: sandbox}\n%s",
			issuer, f.Kind, urls[f.Kind], text))
		runApp(t, nil, ExitDone, "policy", "lint", "--dev", "--fail-on", "error", pasted)
		draft, err := parsePolicy(pasted, true)
		if err != nil || len(draft.Policy.Tests) != 2 {
			t.Fatal(f.Name, err)
		}
		for _, r := range proof.Run(draft.Policy, draft.Policy.Tests, time.Now()) {
			if r.Outcome != proof.Passed {
				t.Errorf("%s: %s: %s", f.Name, r.Test.Name, r.Reason)
			}
		}
	}
}
