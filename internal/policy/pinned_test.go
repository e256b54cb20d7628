package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
)

// S18: a grant that observes issues nothing, and to callers it does not exist.
func TestS18Observe(t *testing.T) {
	p := mustLoad(t, oneGrant(`{repository_id: "456789", ref: refs/heads/main}`, "    mode: observe\n"))
	in := input{gh, push(), today}
	want := Decision{WouldAllow: true, Grant: p.Grant("g"), Conditions: 5}
	if diff := cmp.Diff(want, p.decide(in, "g"), cmp.Comparer(func(a, b *Grant) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if e := p.Evaluate(gh, push(), "g", today); e.Allowed || !e.WouldAllow {
		t.Errorf("Evaluate: %+v", e)
	}
	if ids := p.grantsOf(in); ids != nil {
		t.Errorf("its id is told: %v", ids)
	}
	if d := p.decide(input{gh, push("ref", "x"), today}, "g"); d.WouldAllow || d.Known || d.Pinned {
		t.Errorf("%+v", d)
	}
}

// S11: only those whom a grant is about may be told about it.
func TestS11Pinned(t *testing.T) {
	p := acme(t)
	for name, c := range map[string]struct {
		grant  string
		claims identity.Claims
		want   bool
	}{
		"its repository on another branch":    {"payments/sonar", push("ref", "refs/heads/x"), true},
		"its repository, renamed":             {"payments/sonar", push("repository", "acme/new"), true},
		"another of the owner":                {"payments/sonar", push("repository_id", "1"), false},
		"transferred":                         {"payments/sonar", push("repository_owner_id", "1"), false},
		"id absent":                           {"payments/sonar", push("repository_id", nil), false},
		"by name, of the owner":               {"scan", push("repository", "acme/x", "ref", "refs/heads/x"), true},
		"by name, of another owner's id":      {"scan", push("repository_owner_id", "2"), false},
		"by name, elsewhere":                  {"scan", push("repository", "evil/x"), false},
		"there is no such grant":              {"payments/sonnar", push(), false},
		"a grant of nobody":                   {"", identity.Claims{}, false},
		"a token of nobody":                   {"payments/sonar", nil, false},
		"unless and events are no part of it": {"scan", push("event_name", "issues"), true},
	} {
		if got := p.decide(input{gh, c.claims, today}, c.grant).Pinned; got != c.want {
			t.Errorf("%s: pinned %t", name, got)
		}
		if p.decide(input{gh + ".evil.example", c.claims, today}, c.grant).Pinned {
			t.Errorf("%s: pinned for another issuer", name)
		}
	}
	got := p.grantsOf(input{gh, push("ref", "refs/heads/x"), today})
	if diff := cmp.Diff([]string{"scan", "payments/sonar", "payments/publish"}, got); diff != "" {
		t.Error(diff)
	}
}

// What Decide says to a caller has the caller's own values and nothing of the
// policy's.
func TestDecideTellsOnlyTheCallersValues(t *testing.T) {
	d := acme(t).decide(input{gh, push("event_name", "issues", "ref", "refs/heads/x"), today}, "payments/sonar")
	want := []Condition{{Name: "match.ref", Actual: "refs/heads/x"}, {Name: "match.event_name", Actual: "issues"}}
	if diff := cmp.Diff(want, d.Failed); diff != "" {
		t.Error(diff)
	}
	if d.Conditions != 6 || d.Allowed || !d.Known {
		t.Errorf("%+v", d)
	}
}
