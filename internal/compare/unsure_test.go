package compare

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// S5: an answer that is not certain, and an example that is none, are never taken
// for "no change".
func TestS5WhatIsNotCertainCounts(t *testing.T) {
	text := `version: 1
issuers: {gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: "1"}}}
connections: {sonar: sonarqube}
grants:
  - id: a
    issuer: gh
    match: {repository_id: "1", ref: refs/heads/main}
    credential: {connection: sonar, project: p, permissions: [scan]}
`
	draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{})
	if err != nil || len(draft.Findings) > 0 {
		t.Fatal(err, draft)
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	c := &comparison{before: draft, after: draft, now: now}
	s := c.side(draft, "a")
	both := &policy.Example{Issuer: s.grant.Issuer, Claims: identity.Claims{"repository_owner_id": "1", "repository_id": "1", "ref": "refs/heads/main", "event_name": "push"}}
	if !s.admits(both, now) {
		t.Fatal("the grant does not admit its job")
	}
	for name, answer := range map[string]policy.Answer{"not certain": {Unsure: true}, "no example of it": {Example: both}} {
		if got := c.told(NewlyAllowed, s, s, answer, now); got.Class != NotCompared || !got.Class.Widens() || got.Example != nil || got.Note == "" {
			t.Errorf("%s: %+v", name, got)
		}
		if got := c.told(NewlyDenied, s, s, answer, now); got.Class != NewlyDenied || got.Example != nil || got.Note == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What is not the same in every word is compared by a search.
func TestSameMatch(t *testing.T) {
	a, b := policy.Word{Text: "a"}, policy.Word{Text: "b"}
	ref := func(v policy.Values) policy.Match { return policy.Match{Claim: identity.Claim{Name: "ref"}, Values: v} }
	all := []policy.Match{
		ref(policy.Values{}), ref(policy.Values{Empty: true}), ref(policy.Values{Exact: []policy.Word{a}}), ref(policy.Values{Exact: []policy.Word{a, b}}),
		ref(policy.Values{Globs: []policy.Word{a}}), ref(policy.Values{Globs: []policy.Word{b}}),
		{Claim: identity.Claim{Name: "sub"}},
	}
	for i := range all {
		for j := range all {
			if same := sameMatch(all[i], all[j]); same != (i == j) {
				t.Errorf("%s %v and %s %v are the same: %v", all[i].Claim.Name, all[i].Values, all[j].Claim.Name, all[j].Values, same)
			}
		}
	}
}
