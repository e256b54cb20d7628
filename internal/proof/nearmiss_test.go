package proof_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
)

// Each file of testdata/nearmiss is a policy, and the mutants that it admits.
func TestNearMiss(t *testing.T) {
	eachArchive(t, "nearmiss", func(_ *testing.T, p *policy.Policy) string {
		var b strings.Builder
		n := proof.Mutate(p, proof.Run(p, p.Tests, now), now)
		jobs, admitted := map[string]int{}, map[string]bool{}
		for _, m := range n.All {
			jobs[m.Grant.ID]++
			if m.Fate != proof.Denied {
				admitted[m.Grant.ID] = true
				fmt.Fprintf(&b, "%s: %s: %s: %s: %s\n", m.Grant.ID, m.Fate, m.Mutant, strings.Join(m.Telling, " "), m.Reason)
			}
			if m.Fix != "" {
				fmt.Fprintf(&b, "  fix: %s\n", m.Fix)
			}
		}
		for _, g := range n.Unproven {
			fmt.Fprintf(&b, "%s: nothing to change\n", g.ID)
		}
		for _, id := range slices.Sorted(maps.Keys(jobs)) {
			if jobs[id] < 7 {
				b.WriteString(id + ": too few mutants\n")
			}
			if !admitted[id] {
				fmt.Fprintf(&b, "%s: all denied\n", id)
			}
		}
		if n.Observe > 0 {
			fmt.Fprintf(&b, "%d observe\n", n.Observe)
		}
		return b.String()
	})
}

// The test that a survivor comes with says that it is meant: with it no mutant of
// that reason survives, and the grants' other survivors stay what they were.
func TestMeantIsShownByATest(t *testing.T) {
	p := loadText(t, `version: 1
issuers: {gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: "https://autoken.acme.example", require: {repository_owner_id: "65"}}}
connections: {box: sandbox}
grants:
  - {id: ref, issuer: gh, match: {repository_id: "456790", repository: acme/accounts, ref: refs/heads/main}, credential: {connection: box}}
  - {id: environment, issuer: gh, match: {repository_id: "456789", environment: production}, credential: {connection: box}}
tests:
  - {name: a push, from: github/push, set: {repository_id: "456790", repository: acme/accounts}, request: {grant: ref}, expect: allow}
  - {name: a deployment, from: github/environment, request: {grant: environment}, expect: allow}
`)
	survivors := func(tests ...*policy.Test) map[string]proof.NearMiss {
		all := map[string]proof.NearMiss{}
		for _, m := range proof.Mutate(p, proof.Run(p, append(tests, p.Tests...), now), now).All {
			if _, known := all[m.Grant.ID+m.Reason]; m.Fate == proof.Survived && !known {
				all[m.Grant.ID+m.Reason] = m
			}
		}
		return all
	}
	before := survivors()
	if len(before) != 5 {
		t.Fatalf("%d reasons", len(before))
	}
	for name, m := range before {
		if m.Test == nil {
			t.Errorf("%s comes without a test", name)
			continue
		}
		after := survivors(m.Test)
		if _, still := after[name]; still || len(after) < len(before)-2 {
			t.Errorf("%s: %d of %d with the test\n%s", name, len(after), len(before), m.Test.YAML())
		}
		if repository, _ := m.Example.Text("workflow_ref"); m.Grant.ID == "ref" && strings.Contains(repository, "payments") {
			t.Errorf("a job of acme/accounts runs %s", repository)
		}
	}
}

// Every mutant that was asked for is made of some job, and is what it is called:
// the claims in which it differs.
func TestMutantsOfGitHub(t *testing.T) {
	p := loadText(t, `version: 1
issuers: {gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: "https://autoken.acme.example", require: {repository_owner_id: "65"}}}
connections: {box: sandbox}
grants:
  - {id: branch, issuer: gh, match: {repository_id: "456789", ref: refs/heads/main, environment: Production, workflow_ref: acme/payments/.github/workflows/release.yml@refs/heads/main}, unless: [{actor: mallory}], credential: {connection: box}}
  - {id: tag, issuer: gh, match: {repository_id: "456789", ref: refs/tags/v1.2.0, job_workflow_ref: acme/ci/.github/workflows/x.yml@refs/tags/v1}, credential: {connection: box}}
`)
	const ours, at, sha = "acme/payments/.github/workflows/", "@refs/heads/main", "0d1c2b3a4958677685940312fedcba9876543210"
	want := map[string]identity.Claims{
		"branch: another repository of that name":           {"repository_id": "987654321", "repository": same},
		"branch: a repository whose name begins alike":      {"repository": "acme/payments-evil", "repository_id": "987654321", "workflow_ref": "acme/payments-evil/.github/workflows/release.yml" + at, "sub": "repo:acme/payments-evil:environment:Production"},
		"branch: a repository whose name ends alike":        {"repository": "acme/evil-payments", "repository_owner_id": same},
		"branch: an owner whose name begins alike":          {"repository": "acme-evil/payments", "repository_owner": "acme-evil", "repository_owner_id": "987654321"},
		"branch: the repository, given to another owner":    {"repository": "mallory/payments", "repository_owner_id": "987654321", "repository_id": same},
		"branch: another branch":                            {"ref": "refs/heads/another-branch", "ref_type": same, "workflow_ref": ours + "release.yml@refs/heads/another-branch"},
		"branch: a tag named like the branch":               {"ref": "refs/tags/main", "ref_type": "tag", "workflow_ref": ours + "release.yml@refs/tags/main"},
		"branch: a merge queue's branch":                    {"ref": "refs/heads/gh-readonly-queue/main/pr-42-" + sha},
		"branch: no ref, as deployments of a commit have":   {"ref": "", "workflow_ref": ours + "release.yml@" + sha},
		"branch: a pull request":                            {"event_name": "pull_request", "ref": "refs/pull/42/merge", "head_ref": "evil", "workflow_ref": ours + "release.yml@refs/pull/42/merge"},
		"branch: a fork's pull request":                     {"event_name": "pull_request", "actor": "mallory", "ref": "refs/pull/42/merge"},
		"branch: a merged pull request":                     {"event_name": "pull_request", "head_ref": "evil", "ref": same},
		"branch: a pull request target":                     {"event_name": "pull_request_target", "ref": same},
		"branch: a review of a pull request":                {"event_name": "pull_request_review", "ref": "refs/pull/42/merge"},
		"branch: another workflow's end":                    {"event_name": "workflow_run", "ref": same},
		"branch: an issue":                                  {"event_name": "issues", "ref": same},
		"branch: a comment on an issue":                     {"event_name": "issue_comment", "ref": same},
		"branch: an event that nobody knows":                {"event_name": "an_event_to_come", "ref": same},
		"branch: another environment":                       {"environment": "another", "sub": "repo:acme/payments:environment:another"},
		"branch: no environment":                            {"environment": nil, "sub": "repo:acme/payments:ref:refs/heads/main"},
		"branch: the environment in another case":           {"environment": "production"},
		"branch: another workflow file":                     {"workflow_ref": ours + "another.yml" + at, "job_workflow_ref": ours + "another.yml" + at},
		"branch: a workflow file with an @ in its name":     {"workflow_ref": ours + "release.yml@x.yml" + at},
		"branch: a runner of one's own":                     {"runner_environment": "self-hosted"},
		"branch: a token without actor, which unless names": {"actor": nil, "ref": same},
		"tag: a pull request target":                        {"event_name": "pull_request_target", "ref": "refs/heads/main"},
		"tag: a branch named like the tag":                  {"ref": "refs/heads/v1.2.0", "ref_type": "branch", "sub": "repo:acme/payments:ref:refs/heads/v1.2.0"},
		"tag: a branch that is called refs/tags/…":          {"ref": "refs/heads/refs/tags/v1.2.0", "ref_type": "branch"},
		"tag: the called workflow at a branch":              {"job_workflow_ref": "acme/ci/.github/workflows/x.yml@refs/heads/evil", "workflow_ref": same},
		"tag: the called workflow at any commit":            {"job_workflow_ref": "acme/ci/.github/workflows/x.yml@" + sha},
		"tag: a token of another issuer":                    {"iss": "https://token.actions.githubusercontent.com.evil.example"},
		"tag: a token for another audience":                 {"aud": "https://autoken.acme.example.evil.example"},
		"tag: a stale token":                                {"aud": same, "exp": json.Number("1795530727")},
	}
	for _, m := range proof.Mutate(p, nil, now).All {
		name := m.Grant.ID + ": " + m.Mutant
		for claim, value := range want[name] {
			got, differs := m.Example[claim]
			if !differs {
				got = same
			}
			if got != value {
				t.Errorf("%s: %s is %v, want %v", name, claim, got, value)
			}
		}
		delete(want, name)
	}
	if diff := cmp.Diff([]string(nil), slices.Sorted(maps.Keys(want))); diff != "" {
		t.Errorf("mutants that were never made: %s", diff)
	}
}

// same stands for a claim that the mutant leaves as it is.
const same = "\x00"
