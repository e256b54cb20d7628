package policy

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/autoken/autoken/internal/identity"
)

const gh = "https://token.actions.githubusercontent.com"

var today = time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC)

// mustLoad loads a policy that is one file.
func mustLoad(tb testing.TB, text string) *Policy {
	tb.Helper()
	p, findings, err := Load(fstest.MapFS{FileName: {Data: []byte(text)}}, ".", Options{Dev: true})
	if err != nil || p == nil {
		tb.Fatalf("load: %v %v", err, findings)
	}
	return p
}

// push is a push to the main branch of acme/payments.
func push(changes ...any) identity.Claims {
	claims := identity.Claims{
		"repository_id": "456789", "repository": "acme/payments", "repository_owner_id": "1342004", "repository_owner": "acme",
		"ref": "refs/heads/main", "ref_type": "branch", "ref_protected": "true", "event_name": "push", "head_ref": "", "base_ref": "",
		"workflow_ref":     "acme/payments/.github/workflows/ci.yml@refs/heads/main",
		"job_workflow_ref": "acme/payments/.github/workflows/ci.yml@refs/heads/main",
		"actor":            "octocat", "actor_id": "1", "runner_environment": "github-hosted", "run_id": "8812",
	}
	for i := 0; i < len(changes); i += 2 {
		name := changes[i].(string)
		if claims[name] = changes[i+1]; changes[i+1] == nil {
			delete(claims, name)
		}
	}
	return claims
}

// tag is a push of the tag v9, deployed from the environment release.
func tag(changes ...any) identity.Claims {
	return push(append([]any{
		"ref", "refs/tags/v9", "ref_type", "tag", "environment", "release",
		"workflow_ref", "acme/payments/.github/workflows/release.yml@refs/tags/v9",
	}, changes...)...)
}

// Each row is one token; what it fails at is all that it fails at.
func TestDecide(t *testing.T) {
	p := acme(t)
	for name, c := range map[string]struct {
		grant  string
		issuer string // "" for GitHub's
		claims identity.Claims
		failed string
	}{
		"push to main":                           {grant: "payments/sonar", claims: push()},
		"P4: same name, other id":                {grant: "payments/sonar", claims: push("repository_id", "999"), failed: "match.repository_id"},
		"P4: renamed, name is a second check":    {grant: "payments/sonar", claims: push("repository", "acme/payments-old"), failed: "match.repository"},
		"S13: transferred to another owner":      {grant: "payments/sonar", claims: push("repository_owner_id", "7"), failed: "require.repository_owner_id"},
		"P10: issuer with a slash at its end":    {grant: "payments/sonar", issuer: gh + "/", claims: push(), failed: "issuer"},
		"P10: issuer in another case":            {grant: "payments/sonar", issuer: strings.ToUpper(gh), claims: push(), failed: "issuer"},
		"P11: another issuer with these claims":  {grant: "payments/sonar", issuer: "https://forgejo.example", claims: push(), failed: "issuer"},
		"P12: pull_request_target":               {grant: "payments/sonar", claims: push("event_name", "pull_request_target"), failed: "match.event_name"},
		"P3: repository with a suffix":           {grant: "scan", claims: push("repository", "acme-evil/payments"), failed: "match.repository"},
		"P3: repository with a slash":            {grant: "scan", claims: push("repository", "acme/a/b"), failed: "match.repository"},
		"S19: unless, folded":                    {grant: "scan", claims: push("repository", "acme/SandBox"), failed: "unless[0]"},
		"S19: absent in unless, and in match":    {grant: "scan", claims: push("repository", nil), failed: "match.repository unless[0]"},
		"glob on ref":                            {grant: "scan", claims: push("ref", "refs/heads/release/1")},
		"glob on ref stops at the slash":         {grant: "scan", claims: push("ref", "refs/heads/release/1/x"), failed: "match.ref"},
		"empty ref, deployment by commit":        {grant: "scan", claims: push("ref", ""), failed: "match.ref"},
		"tag":                                    {grant: "payments/publish", claims: tag()},
		"P17: a branch called like the tag":      {grant: "payments/publish", claims: tag("ref", "refs/heads/v9", "ref_type", "branch"), failed: "match.ref"},
		"P16: no environment":                    {grant: "payments/publish", claims: tag("environment", nil), failed: "match.environment"},
		"P16: empty environment":                 {grant: "payments/publish", claims: tag("environment", ""), failed: "match.environment"},
		"P16: environment in another case":       {grant: "payments/publish", claims: tag("environment", "Release"), failed: "match.environment"},
		"P18: self-hosted":                       {grant: "payments/publish", claims: tag("runner_environment", "self-hosted"), failed: "match.runner_environment"},
		"P18: runner unknown":                    {grant: "payments/publish", claims: tag("runner_environment", nil), failed: "match.runner_environment"},
		"@ in the workflow's file name":          {grant: "payments/publish", claims: tag("workflow_ref", "acme/payments/.github/workflows/x@refs/tags/v1.yml@refs/heads/evil"), failed: "match.workflow_ref"},
		"P15: called workflow, pull request ref": {grant: "docs", claims: push("repository_id", "456791", "job_workflow_ref", "acme/ci/.github/workflows/pages.yml@refs/pull/1/merge"), failed: "match.job_workflow_ref"},
		"P19: id as a number":                    {grant: "payments/sonar", claims: push("repository_id", json.Number("456789")), failed: "match.repository_id"},
		"P19: id as a list":                      {grant: "payments/sonar", claims: push("repository_id", []any{"456789"}), failed: "match.repository_id"},
		"P19: id as a map":                       {grant: "payments/sonar", claims: push("repository_id", map[string]any{"456789": true}), failed: "match.repository_id"},
		"P19: owner as true":                     {grant: "payments/sonar", claims: push("repository_owner_id", true), failed: "require.repository_owner_id"},
		"P19: id with more digits":               {grant: "payments/sonar", claims: push("repository_id", "4567890"), failed: "match.repository_id"},
		"P20: a claim that nobody knows":         {grant: "payments/sonar", claims: push("issuer_scope", []any{"x"})},
	} {
		t.Run(name, func(t *testing.T) {
			if c.issuer == "" {
				c.issuer = gh
			}
			e := p.Evaluate(c.issuer, c.claims, c.grant, today)
			if got := strings.Join(e.Failed(), " "); got != c.failed {
				t.Errorf("failed: %q, want %q", got, c.failed)
			}
			if e.Allowed != (c.failed == "") {
				t.Errorf("allowed: %t", e.Allowed)
			}
		})
	}
}

// S4 P12: without event_name a grant admits four events and no other, also none
// that nobody has heard of yet.
func TestS4EventsByAllowList(t *testing.T) {
	p := acme(t)
	claims := push("repository_id", "456791", "job_workflow_ref", "acme/ci/.github/workflows/pages.yml@refs/tags/v2")
	for event, want := range map[string]bool{
		"push": true, "workflow_dispatch": true, "schedule": true, "release": true,
		"pull_request": false, "pull_request_target": false, "pull_request_review": false, "workflow_run": false, "issue_comment": false,
		"issues": false, "discussion": false, "fork": false, "watch": false, "gollum": false, "merge_group": false, "repository_dispatch": false,
		"deployment": false, "event_of_2030": false, "": false, "Push": false,
	} {
		claims["event_name"] = event
		e := p.Evaluate(gh, claims, "docs", today)
		if e.Allowed != want || (!want && !slices.Equal(e.Failed(), []string{"event"})) {
			t.Errorf("event %q: allowed %t, failed %v", event, e.Allowed, e.Failed())
		}
	}
	delete(claims, "event_name")
	if p.Evaluate(gh, claims, "docs", today).Allowed {
		t.Error("a token without an event was allowed")
	}
}

// S5: a pull request that was merged has the base branch as its ref, so a grant
// for both is neither refused nor never fulfilled.
func TestS5MergedPullRequest(t *testing.T) {
	p := mustLoad(t, oneGrant(`{repository_id: "456789", ref: refs/heads/main, event_name: pull_request}`, ""))
	if !p.Evaluate(gh, push("event_name", "pull_request"), "g", today).Allowed {
		t.Error("denied")
	}
}

// S31: denied from 00:00 UTC of the day after, by the clock that Decide is given;
// a caller without a clock is denied.
func TestS31Expires(t *testing.T) {
	p := acme(t)
	end := time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC)
	for now, want := range map[time.Time]bool{
		end.Add(-time.Nanosecond): true,
		end:                       false,
		end.In(time.FixedZone("", -3600)).Add(-time.Nanosecond): true,
		end.AddDate(10, 0, 0): false,
		{}:                    false,
	} {
		e := p.Evaluate(gh, tag(), "payments/publish", now)
		if e.Allowed != want {
			t.Errorf("%s: allowed %t", now, e.Allowed)
		}
		if last := e.Conditions[len(e.Conditions)-1]; last.Name != "expires" || last.Pos.String() != "acme/teams/payments.yaml:23:14" {
			t.Errorf("the last condition is %+v", last)
		}
	}
}

// Decide is Evaluate's verdict, whatever the claims are.
func TestDecideIsEvaluate(t *testing.T) {
	p := acme(t)
	random := rand.New(rand.NewPCG(1, 2))
	values := []any{
		nil, "", "456789", "acme/payments", "acme/x", "1342004", "refs/heads/main", "refs/tags/v1", "push", "issues", "release",
		"github-hosted", true, json.Number("456789"),
		[]any{"push"},
		map[string]any{},
	}
	names := slices.Sorted(maps.Keys(push()))
	allowed := 0
	for range 20_000 {
		claims := push()
		if random.IntN(2) == 0 {
			claims = tag()
		}
		for range random.IntN(4) {
			claims[names[random.IntN(len(names))]] = values[random.IntN(len(values))]
		}
		in := input{[]string{gh, gh, gh, "https://x.example"}[random.IntN(4)], claims, today.AddDate(random.IntN(2), 0, 0)}
		g := p.Grants[random.IntN(len(p.Grants))]
		e, d := p.Evaluate(in.issuer, in.claims, g.ID, in.now), p.decide(in, g.ID)
		var failed []string
		for _, c := range d.Failed {
			failed = append(failed, c.Name)
		}
		if e.Allowed != d.Allowed || !slices.Equal(e.Failed(), failed) || len(e.Conditions) != d.Conditions || d.Allowed != (len(failed) == 0) {
			t.Fatalf("%s, %v: Evaluate says %t %v, Decide says %t %v", g.ID, claims, e.Allowed, e.Failed(), d.Allowed, failed)
		}
		if d.Allowed {
			allowed++
			if !d.Pinned {
				t.Fatalf("%s, %v: allowed and not its own", g.ID, claims)
			}
		}
	}
	if allowed < 100 {
		t.Errorf("only %d of these were allowed: the test shows little", allowed)
	}
}

// P22: nothing is allowed where there is nothing.
func TestP22Nothing(t *testing.T) {
	var none *Policy
	empty := mustLoad(t, "version: 1\n")
	in := input{gh, push(), today}
	for name, p := range map[string]*Policy{"no policy": none, "empty policy": empty, "zero policy": {}, "sample": acme(t)} {
		for _, grant := range []string{"", "?", "payments", "payments/", "nope"} {
			if d := p.decide(in, grant); d.Allowed || d.Known || d.Pinned || d.Grant != nil {
				t.Errorf("%s, grant %q: %+v", name, grant, d)
			}
		}
	}
	if none.Issuers() != nil || none.grantsOf(in) != nil || none.Evaluate(gh, push(), "x", today).Allowed {
		t.Error("no policy has something")
	}
	if (&Grant{}).admits(in) || (&Grant{}).pinned(in) {
		t.Error("a grant without conditions admits")
	}
}
