package broker

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/record"
)

// varying are what differs between two answers to the same question.
var varying = regexp.MustCompile(`"(decision_id":"d[0-9a-z]{12}|time":"[0-9TZ:-]{20})"`)

const switchedOff = `grants: [{id: switched-off, reason: incident 7}]`

// S11, P8: strangers learn nothing of what exists: not from bytes, headers or
// the number of tries.
func TestS11StrangersHearTheSame(t *testing.T) {
	scopes := []string{"no-such", "deploy", "watched", "switched-off", "past", "deploy publish", "no-such deploy", "fixed"}
	for name, changes := range map[string][]any{
		"of the tenant, without a grant": {"repository_id", "1"},
		"of another tenant":              {"repository_owner_id", "66", "repository_id", "456789"},
		"without a tenant of ours":       {"repository_owner_id", "1", "repository_id", "1"},
	} {
		w := newWorld(t, func(w *world) { w.killing = switchedOff })
		var first string
		for _, scope := range scopes {
			answer := w.send(question{token: idToken(changes...), scope: scope}.request())
			whole := answer.Result().Header
			body := varying.ReplaceAllString(answer.Body.String(), "…")
			if len(varying.FindAllString(answer.Body.String(), -1)) != 2 {
				t.Fatalf("no id and time in %s", answer.Body)
			}
			got := strings.Join([]string{http.StatusText(answer.Code), body, headerText(whole)}, "\n")
			if first == "" {
				first = got
			}
			if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("%s: %q differs from %q:\n%s", name, scope, scopes[0], diff)
			}
		}
		if !strings.HasPrefix(first, "Forbidden\n") || strings.Contains(first, `"grants"`) || strings.Contains(first, `"failed"`) {
			t.Errorf("%s: %s", name, first)
		}
	}
}

func headerText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b)
	return b.String()
}

// S11: who has grants of their own hears the same of others', with theirs named.
func TestS11OwnGrantsAreNamed(t *testing.T) {
	w := newWorld(t)
	for _, scope := range []string{"no-such", "watched", "fixed", "no-such deploy", "deploy no-such"} {
		status, body := w.ask(idToken(), scope)
		w.wants(http.StatusForbidden, status, body)
		want := []any{"deploy", "publish", "switched-off", "past"}
		if diff := cmp.Diff(want, body["grants"]); diff != "" {
			t.Errorf("%s: grants (-want +got):\n%s", scope, diff)
		}
		if body["failed"] != nil || body["owner"] != nil || body["conditions"] != nil {
			t.Errorf("%s: %v", scope, body)
		}
	}
}

// S11: who satisfies a grant's pin is told what does not fit, with the values it
// has itself and nothing of the policy's.
func TestS11DetailsForTheGrantsOwn(t *testing.T) {
	w := newWorld(t, func(w *world) { w.killing = switchedOff })
	condition := func(name, value string) any { return map[string]any{"condition": name, "value": value} }
	for _, test := range []struct {
		scope string
		want  []any
	}{
		{"deploy", []any{condition("match.ref", "refs/heads/x")}},
		{"publish", []any{condition("match.ref", "refs/heads/x")}},
	} {
		status, body := w.ask(idToken("ref", "refs/heads/x"), test.scope)
		w.wants(http.StatusForbidden, status, body)
		if diff := cmp.Diff(test.want, body["failed"]); diff != "" || body["owner"] != "@acme/payments" {
			t.Errorf("%s: %v, failed (-want +got):\n%s", test.scope, body, diff)
		}
		if got := w.records.last(t, record.Exchange); got.Outcome != "deny" || !cmp.Equal(got.Failed, []string{"match.ref"}) {
			t.Errorf("record %+v", got)
		}
	}
	status, body := w.ask(idToken(), "switched-off")
	w.wants(http.StatusForbidden, status, body)
	if diff := cmp.Diff([]any{condition("kill", "")}, body["failed"]); diff != "" || strings.Contains(w.records.last(t, record.Exchange).Reason, "incident 7") != true {
		t.Errorf("%v, failed (-want +got):\n%s", body, diff)
	}
}

// S18: a grant that observes issues nothing, and its record says what it would do.
func TestS18ObserveNeverIssues(t *testing.T) {
	w := newWorld(t)
	for ref, want := range map[string]string{"refs/heads/main": "would_allow", "refs/heads/x": "deny"} {
		status, body := w.ask(idToken("ref", ref), "watched")
		w.wants(http.StatusForbidden, status, body)
		got := w.records.last(t, record.Exchange)
		if got.Outcome != want || !strings.HasPrefix(got.Reason, "watched: it only observes") || w.live() != 0 {
			t.Errorf("%s: record %+v, %d credentials live", ref, got, w.live())
		}
	}
}

func TestKillSwitchesOff(t *testing.T) {
	const first = "request_id"
	for _, test := range []struct {
		killing string
		want    int
	}{
		{`version: 1`, http.StatusOK},
		{`grants: [{id: deploy, reason: x}]`, http.StatusForbidden},
		{`grants: [{id: deploy, reason: x, until: 2020-01-01T00:00:00Z}]`, http.StatusOK},
		{`grants: [{id: deploy, reason: x, until: 2999-01-01T00:00:00Z}]`, http.StatusForbidden},
		{`grants: [{id: publish, reason: x}]`, http.StatusOK},
		{`connections: [{id: sandbox, reason: x}]`, http.StatusForbidden},
		{`issuers: [{id: ci, reason: x}]`, http.StatusForbidden},
		{`repository_id: [{id: 456789, reason: x}]`, http.StatusForbidden},
		{`repository_id: [{id: 45678, reason: x}]`, http.StatusOK},
		{`actor_id: [{id: "583231", reason: x}]`, http.StatusForbidden},
	} {
		w := newWorld(t)
		w.killing = test.killing
		if err := w.Reload(); err != nil {
			t.Fatal(err)
		}
		status, body := w.ask(idToken(), "deploy", first, "0123456789abcdef")
		if status != test.want {
			t.Errorf("%s: status %d, want %d: %v", test.killing, status, test.want, body)
		}
	}
}

// S25, P23: a kill file that cannot be read denies everything, to all alike, and
// says so to the operator once.
func TestS25UnreadableKillFileDeniesEverything(t *testing.T) {
	for name, damage := range map[string]func(*world){
		"gone":    func(w *world) { w.killErr = errors.New("no such file") },
		"invalid": func(w *world) { w.killing = "grants: deploy" },
		"empty":   func(w *world) { w.killing = "# nothing" },
	} {
		w := newWorld(t)
		damage(w)
		for range 3 {
			if err := w.Reload(); err != nil {
				t.Fatal(err)
			}
		}
		for _, scope := range []string{"deploy", "no-such"} {
			status, body := w.ask(idToken(), scope)
			w.wants(http.StatusForbidden, status, body)
			if body["grants"] != nil || body["failed"] != nil || w.live() != 0 {
				t.Errorf("%s, %s: %v", name, scope, body)
			}
		}
		if n := strings.Count(w.logged.String(), "everything is denied"); n != 1 {
			t.Errorf("%s: the operator was told %d times", name, n)
		}
		if w.get("/readyz") != http.StatusServiceUnavailable {
			t.Errorf("%s: ready", name)
		}
	}
}

// S25: an entry that switches nothing off is most likely misspelt.
func TestS25KillOfWhatThereIsNot(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.killing = `{grants: [{id: deplyo, reason: x}, {id: deploy, reason: x}], issuers: [{id: cl, reason: x}], actor_id: [{id: "1", reason: x}]}`
	})
	_ = w.Reload()
	if n := strings.Count(w.logged.String(), `entries="grants deplyo, issuers cl"`); n != 1 {
		t.Errorf("told %d times:\n%s", n, &w.logged)
	}
}

// S25, P27: the last good policy is used for max_policy_staleness, and no longer.
func TestP27StalePolicyDenies(t *testing.T) {
	w := newWorld(t, func(w *world) { w.config.Limits.MaxStaleness = 10 * time.Minute })
	w.setPolicy("grants: [")
	for _, step := range []struct {
		age  time.Duration
		want int
	}{{9 * time.Minute, http.StatusOK}, {10*time.Minute + time.Second, http.StatusServiceUnavailable}} {
		w.offset = step.age
		if err := w.Reload(); err == nil {
			t.Fatal("the policy loads")
		}
		now := w.now().Unix()
		status, body := w.ask(idToken("iat", now, "nbf", now, "exp", now+300), "deploy")
		w.wants(step.want, status, body)
	}
	if w.get("/readyz") != http.StatusServiceUnavailable {
		t.Error("ready")
	}
	w.setPolicy(policyText(t))
	if err := w.Reload(); err != nil {
		t.Fatal(err)
	}
	status, body := w.ask(idToken("iat", w.now().Unix(), "exp", w.now().Unix()+300), "deploy")
	w.wants(http.StatusOK, status, body)
}

// S31: a clock before the build date is wrong, when it starts and later.
func TestS31ClockBeforeTheBuild(t *testing.T) {
	w := newWorld(t, func(w *world) { w.config.Built = time.Now().Add(-time.Hour) })
	w.offset = -2 * time.Hour
	status, body := w.ask(idToken(), "deploy")
	w.wants(http.StatusServiceUnavailable, status, body)
	if w.get("/readyz") != http.StatusServiceUnavailable {
		t.Error("ready")
	}
	if _, err := New(w.config); err == nil || !strings.Contains(err.Error(), "built on") {
		t.Errorf("starts: %v", err)
	}
}
