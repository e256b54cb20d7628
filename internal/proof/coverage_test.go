package proof_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
)

// suggested returns the tests that Suggest makes, as a file beside the policy's.
func suggested(tb testing.TB, p *policy.Policy) string {
	tb.Helper()
	var b strings.Builder
	b.WriteString("version: 1\ntests:\n")
	for _, gap := range proof.Cover(p, nil).Gaps {
		if gap.Test == nil {
			tb.Errorf("%s: no test for %q", gap.Grant.ID, gap.Condition)
			continue
		}
		b.WriteString(gap.Test.YAML())
	}
	return b.String()
}

// checkSuggested wants the suggested tests of a policy to pass when they are
// pasted, and to cover all of it. What is missing without them is all of it.
func checkSuggested(t *testing.T, text string) {
	t.Helper()
	p := loadText(t, text)
	if c := proof.Cover(p, nil); c.Needed != len(c.Gaps) || c.Needed == 0 {
		t.Errorf("without tests %d of %d are missing\n%s", len(c.Gaps), c.Needed, text)
	}
	tests := suggested(t, p)
	p = load(t, fstest.MapFS{policy.FileName: {Data: []byte(text)}, "autoken.policy_test.yaml": {Data: []byte(tests)}})
	results := proof.Run(p, p.Tests, now)
	for _, r := range results {
		if r.Outcome != proof.Passed {
			t.Errorf("%s: %s: %s %v\n%s%s", r.Test.Name, r.Outcome, r.Reason, r.Evaluation.Failed(), text, tests)
		}
	}
	for _, gap := range proof.Cover(p, results).Gaps {
		t.Errorf("%s: %q is still missing\n%s%s", gap.Grant.ID, gap.Condition, text, tests)
	}
}

const head = `version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: "65"}}
  ghe: {kind: github-ghecom, url: "https://token.actions.acme.ghe.com", audience: a, require: {repository_owner_id: "1342004"}}
  ghes: {kind: github-server, url: "https://ghes.acme.example/_services/token", audience: a}
  gl: {kind: gitlab, url: "https://gitlab.com", audience: a, require: {namespace_id: "65"}}
  bk: {kind: buildkite, url: "https://agent.buildkite.com", audience: a, require: {organization_id: o}}
  cc: {kind: circleci, url: "https://oidc.circleci.com", audience: a, require: {oidc.circleci.com/org-id: o}}
  any: {kind: oidc, url: "https://issuer.example", audience: a}
connections: {box: sandbox}
grants:
`

// Pasting what --init prints gives full coverage, whatever the policy says.
func TestSuggestedTestsCoverAll(t *testing.T) {
	for name, grants := range map[string]string{
		"a floor that the grant repeats": `  - {id: a, issuer: gh, match: {repository_owner_id: "65", repository_id: "1", ref: refs/heads/main}, credential: {connection: box}}`,
		"unless":                         `  - {id: a, issuer: gh, match: {repository_id: "1", ref: {glob: "refs/heads/**"}}, unless: [{ref: {glob: "refs/heads/wip/**"}}, {actor: "Dependabot[bot]", run_attempt: "1"}], credential: {connection: box}}`,
		"unless on a claim of match":     `  - {id: a, issuer: gh, match: {repository: {glob: "acme/*"}, ref: refs/heads/main}, unless: [{repository: acme/sandbox}], credential: {connection: box}}`,
		"a tag, an environment, a file":  `  - {id: a, issuer: gh, match: {repository_id: "1", ref: {glob: "refs/tags/v*"}, environment: {glob: "prod-*"}, workflow_ref: {glob: "acme/x/.github/workflows/r.yml@refs/tags/v*"}, runner_environment: self-hosted}, credential: {connection: box}}`,
		"absence":                        `  - {id: a, issuer: gh, match: {repository_id: "1", ref: refs/heads/main, environment: {empty: true}, head_ref: {empty: true}}, credential: {connection: box}}`,
		"events":                         `  - {id: a, issuer: ghe, match: {repository_id: "1", ref: {glob: "refs/pull/*/merge"}, event_name: [pull_request, pull_request_target]}, credential: {connection: box}}`,
		"a server":                       `  - {id: a, issuer: ghes, match: {repository_owner_id: "65", repository: {glob: "acme/pay*"}, job_workflow_sha: "0123456789012345678901234567890123456789", job_workflow_ref: "acme/ci/.github/workflows/x.yml@refs/tags/v1"}, credential: {connection: box}}`,
		"GitLab":                         `  - {id: a, issuer: gl, match: {project_id: "1", ref: main, ref_type: branch, ref_protected: "true", runner_id: 99, environment: production}, credential: {connection: box}}`,
		"GitLab tag":                     `  - {id: a, issuer: gl, match: {project_path: {glob: "acme/*"}, ref_path: {glob: "refs/tags/v*"}, ci_config_ref_uri: {glob: "gitlab.com/acme/x//.gitlab-ci.yml@refs/tags/v*"}, pipeline_source: [push, web]}, unless: [{user_login: Mallory}], credential: {connection: box}}`,
		"Buildkite":                      `  - {id: a, issuer: bk, match: {pipeline_id: p, build_branch: [main, "1.x"], build_tag: {empty: true}, build_number: 7}, credential: {connection: box}}`,
		"CircleCI":                       `  - {id: a, issuer: cc, match: {oidc.circleci.com/project-id: p, oidc.circleci.com/vcs-ref: refs/heads/main, oidc.circleci.com/ssh-rerun: false, oidc.circleci.com/context-ids: [c1, c2], oidc.circleci.com/vcs-origin: github.com/acme/x}, credential: {connection: box}}`,
		"another":                        `  - {id: a, issuer: any, match: {sub: "a service: #1", email_verified: true}, credential: {connection: box}}`,
		"expired":                        `  - {id: a, issuer: any, match: {sub: x}, credential: {connection: box}}`,
	} {
		t.Run(name, func(t *testing.T) { checkSuggested(t, head+grants+"\n") })
	}
}

// The same for policies that chance wrote.
func TestSuggestedTestsCoverAnything(t *testing.T) {
	choices := map[string][]string{
		"repository":         {"acme/payments", "[acme/a, acme/b]", `{glob: "acme/*"}`, `{glob: ["acme/x-*", "acme/y"]}`},
		"ref":                {"refs/heads/main", "[refs/heads/main, refs/tags/v1]", `{glob: "refs/tags/v*"}`, `{glob: ["refs/heads/release/**", "refs/pull/*/merge"]}`},
		"environment":        {"production", "[a, b]", `{glob: "*"}`, "{empty: true}"},
		"event_name":         {"push", "[push, schedule]", "[pull_request, merge_group, new_event]"},
		"workflow_ref":       {"acme/payments/.github/workflows/release.yml@refs/heads/main", `{glob: "acme/payments/.github/workflows/*.yml@refs/**"}`},
		"job_workflow_ref":   {"acme/ci/.github/workflows/x.yml@refs/tags/v1", `{glob: "acme/ci/.github/workflows/*.yml@refs/tags/v1"}`},
		"runner_environment": {"github-hosted", "self-hosted", "[github-hosted, self-hosted]"},
		"ref_protected":      {`"true"`, `"false"`},
		"actor":              {"octocat", "mallory"},
		"repo_property_tier": {"gold"},
	}
	names := []string{"repository", "ref", "environment", "event_name", "workflow_ref", "job_workflow_ref", "runner_environment", "ref_protected", "actor", "repo_property_tier"}
	chance := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		match := []string{fmt.Sprintf("repository_id: %q", fmt.Sprint(chance.IntN(2)+456788))}
		for _, name := range names {
			if name == "ref" || chance.IntN(3) == 0 {
				values := choices[name]
				match = append(match, name+": "+values[chance.IntN(len(values))])
			}
		}
		grant := "  - {id: a, issuer: gh, match: {" + strings.Join(match, ", ") + "}, credential: {connection: box}"
		if chance.IntN(2) == 0 {
			grant += ", unless: [{run_attempt: \"2\"}, {actor_id: \"1\", repository_visibility: public}]"
		}
		checkSuggested(t, head+grant+"}\n")
		if t.Failed() {
			return
		}
	}
}

// Coverage asks for the sole condition: a test that two conditions deny shows
// neither, and a test that fails shows nothing.
func TestCoverage(t *testing.T) {
	const grant = `  - {id: a, issuer: gh, match: {repository_id: "456789", repository_owner_id: "65", ref: refs/heads/main}, credential: {connection: box}}
  - {id: b, issuer: gh, match: {repository_id: "456789", ref: refs/heads/main}, credential: {connection: box}, mode: observe}
tests:
`
	for tests, want := range map[string]string{
		"[]": " require.repository_owner_id match.repository_id match.repository_owner_id match.ref event",
		"[{name: x, from: github/push, request: {grant: a}, expect: allow}]":                                                                   "require.repository_owner_id match.repository_id match.repository_owner_id match.ref event",
		"[{name: x, from: github/fork, request: {grant: a}, expect: deny}]":                                                                    " require.repository_owner_id match.repository_id match.repository_owner_id match.ref event",
		"[{name: x, from: github/tag, request: {grant: a}, expect: deny}]":                                                                     " require.repository_owner_id match.repository_id match.repository_owner_id event",
		"[{name: x, from: github/tag, request: {grant: a}, expect: deny, why: match.repository_id}]":                                           " require.repository_owner_id match.repository_id match.repository_owner_id match.ref event",
		"[{name: x, from: github/tag, request: {grant: a}, expect: allow}]":                                                                    " require.repository_owner_id match.repository_id match.repository_owner_id match.ref event",
		"[{name: x, from: github/push, set: {repository_owner_id: 66}, request: {grant: a}, expect: deny}]":                                    " match.repository_id match.ref event",
		"[{name: x, from: github/push, set: {iss: x}, request: {grant: a}, expect: deny}]":                                                     " require.repository_owner_id match.repository_id match.repository_owner_id match.ref event",
		"[{name: x, from: github/issues, request: {grant: a}, expect: deny}, {name: y, from: github/push, request: {grant: b}, expect: deny}]": " require.repository_owner_id match.repository_id match.repository_owner_id match.ref",
		"[{name: x, from: github/pushh, request: {grant: a}, expect: deny}]":                                                                   " require.repository_owner_id match.repository_id match.repository_owner_id match.ref event",
	} {
		p := loadText(t, head+strings.TrimSuffix(grant, "tests:\n")+"tests: "+tests+"\n")
		c := proof.Cover(p, proof.Run(p, p.Tests, now))
		var got []string
		for _, gap := range c.Gaps {
			got = append(got, gap.Condition)
		}
		if strings.Join(got, " ") != want || c.Needed != 6 || c.Observe != 1 {
			t.Errorf("%s: %q of %d, want %q", tests, strings.Join(got, " "), c.Needed, want)
		}
	}
}

// A condition that says nothing of its own cannot be shown: it stays a gap,
// without a test to paste.
func TestCoverageOfAnIdleCondition(t *testing.T) {
	p := loadText(t, head+`  - {id: a, issuer: gh, match: {repository_id: "1", ref: refs/heads/main}, unless: [{actor: x}, {actor: X}, {run_attempt: "2"}, {actor: y, run_attempt: "1"}], credential: {connection: box}}
`)
	for _, gap := range proof.Cover(p, nil).Gaps {
		if idle := gap.Condition == "unless[0]" || gap.Condition == "unless[1]"; (gap.Test == nil) != idle {
			t.Errorf("%q: %v", gap.Condition, gap.Test)
		}
	}
	never := loadText(t, head+`  - {id: a, issuer: gh, match: {repository_id: "1", ref: refs/tags/v1, ref_type: tag, repository_owner_id: "66"}, credential: {connection: box}}
`)
	for _, gap := range proof.Cover(never, nil).Gaps {
		if gap.Test != nil {
			t.Errorf("%q of a grant that admits nobody: %v", gap.Condition, gap.Test)
		}
	}
	if n := proof.Mutate(never, nil, now); len(n.Unproven) != 1 || len(n.All) != 0 {
		t.Errorf("%d unproven, %d mutants", len(n.Unproven), len(n.All))
	}
}
