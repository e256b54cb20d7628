package broker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/autoken/autoken/internal/issuer"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/record"
)

func TestExchangeIsRecordedInFull(t *testing.T) {
	w := newWorld(t)
	status, body := w.ask(idToken("jti", "j1"), "deploy", "request_id", "0123456789abcdef")
	w.wants(http.StatusOK, status, body)
	token, _ := body["access_token"].(string)
	if !strings.HasPrefix(token, "sbx_") || body["dev"] != true || body["scope"] != "deploy" || body["expires_in"] != 900.0 {
		t.Errorf("answer %v", body)
	}
	got := w.records.last(t, record.Exchange)
	for name, want := range issuer.GitHubPush() {
		if got.Claims[name] != want {
			t.Errorf("claim %s is recorded as %v, want %v", name, got.Claims[name], want)
		}
	}
	sum, leaseSum := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(body["lease"].(string)))
	want := record.Record{
		Version: 1, Event: record.Exchange, DecisionID: body["decision_id"].(string), Instance: "test", Dev: true,
		PolicyHash: w.rules.Load().policy.Hash, Outcome: string(record.Allow), Grants: []string{"deploy"},
		Protocol: "token-exchange", RequestID: "0123456789abcdef", Client: "127.0.0.1", Issuer: "ci",
		Credentials: []record.Credential{{
			Grant: "deploy", Platform: "sandbox", Connection: "sandbox", TokenID: got.Credentials[0].TokenID,
			SHA256: base64.StdEncoding.EncodeToString(sum[:]), LeaseSHA256: base64.StdEncoding.EncodeToString(leaseSum[:]),
		}},
	}
	ignore := cmp.Options{
		cmpopts.IgnoreFields(record.Record{}, "Time", "Milliseconds", "Claims"),
		cmpopts.IgnoreFields(record.Credential{}, "Expires", "PlatformExpires"),
	}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if len(w.records.all(t, record.Exchange)) != 1 || w.live() != 1 {
		t.Errorf("%d credentials live, records:\n%s", w.live(), &w.records)
	}
}

// S26: on a re-run GitHub names who started the first attempt.
func TestS26ActorOfARerun(t *testing.T) {
	w := newWorld(t)
	for attempt, want := range map[string]string{"1": "", "2": record.FirstAttempt} {
		w.ask(idToken("run_attempt", attempt), "deploy")
		if got := w.records.last(t, record.Exchange).ActorIs; got != want {
			t.Errorf("attempt %s: actor_is %q, want %q", attempt, got, want)
		}
	}
	w.ask(fixedToken(), "fixed", "request_id", "0123456789abcdef")
	if got := w.records.last(t, record.Exchange).ActorIs; got != "" {
		t.Errorf("no attempt: actor_is %q", got)
	}
}

// T3: the memory of uses is atomic by itself, however close two uses are.
func TestT3BurnIsAtomic(t *testing.T) {
	var r replay
	now := time.Unix(1_800_000_000, 0)
	for round := range 200 {
		var won atomic.Int64
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if r.burn(useKey{byte(round)}, use{until: now.Add(time.Minute)}, now) == fresh {
					won.Add(1)
				}
			})
		}
		if all.Wait(); won.Load() != 1 {
			t.Fatalf("%d won", won.Load())
		}
	}
}

// T3: of 100 concurrent uses of one ID token exactly one gets a credential.
func TestT3OneUseOfAHundredWins(t *testing.T) {
	w := newWorld(t)
	token := idToken()
	var statuses [600]atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { statuses[w.send(question{token: token, scope: "deploy"}.request()).Code].Add(1) })
	}
	all.Wait()
	if won, refused := statuses[200].Load(), statuses[401].Load(); won != 1 || refused != 99 || w.live() != 1 {
		t.Errorf("%d won, %d were refused, %d credentials live; want 1, 99, 1", won, refused, w.live())
	}
}

// T3: a token stays used for other grants, after a denial, and where the clock
// is within the leeway after its end; an older one than this process is not
// taken at all.
func TestT3ReplayIsRefused(t *testing.T) {
	w := newWorld(t)
	token := idToken()
	status, body := w.ask(token, "deploy")
	w.wants(http.StatusOK, status, body)
	w.offset = 350 * time.Second
	for _, scope := range []string{"deploy", "publish", "deploy publish"} {
		status, body = w.ask(token, scope)
		w.wants(http.StatusUnauthorized, status, body)
	}
	w.offset = 0
	misfit := idToken("ref", "refs/heads/x")
	status, body = w.ask(misfit, "deploy")
	w.wants(http.StatusForbidden, status, body)
	status, body = w.ask(misfit, "publish")
	w.wants(http.StatusUnauthorized, status, body)
	if w.live() != 1 {
		t.Errorf("%d credentials live", w.live())
	}
	restarted := newWorld(t, func(w *world) { w.config.Started = time.Now().Add(2 * time.Second) })
	status, body = restarted.ask(token, "deploy")
	restarted.wants(http.StatusServiceUnavailable, status, body)
}

func outOfOrder(context.Context, platform.Connection) error { return errors.New("out of order") }

// S15: what went wrong on our side does not use the token up.
func TestS15TokenIsReleasedWhereTheBrokerFailed(t *testing.T) {
	w := newWorld(t)
	token := idToken()
	w.breaks("second", trouble{issue: outOfOrder})
	status, body := w.ask(token, "deploy publish")
	w.wants(http.StatusInternalServerError, status, body)
	w.killErr = errors.New("no such file")
	_ = w.Reload()
	status, body = w.ask(token, "deploy publish")
	w.wants(http.StatusForbidden, status, body)
	w.killErr = nil
	_ = w.Reload()
	w.breaks("second", trouble{})
	status, body = w.ask(token, "deploy publish")
	w.wants(http.StatusOK, status, body)
	if w.live() != 2 {
		t.Errorf("%d credentials live, want 2", w.live())
	}
}

// S15: strangers can make any number of tokens, which must not fill the memory.
func TestS15StrangersBurnNothing(t *testing.T) {
	w := newWorld(t)
	token := idToken("repository_id", "1")
	for range 3 {
		status, body := w.ask(token, "deploy")
		w.wants(http.StatusForbidden, status, body)
	}
	if len(w.used.used) != 0 {
		t.Errorf("%d uses are remembered", len(w.used.used))
	}
}

func TestDryRunIssuesAndBurnsNothing(t *testing.T) {
	w := newWorld(t)
	token := idToken()
	status, body := w.ask(token, "deploy publish", "dry_run", "true")
	w.wants(http.StatusOK, status, body)
	id := body["decisions"].([]any)[0].(map[string]any)["decision_id"]
	want := []any{
		map[string]any{"grant": "deploy", "platform": "sandbox", "owner": "@acme/payments", "decision_id": id, "allowed": true},
		map[string]any{"grant": "publish", "platform": "sandbox", "owner": "@acme/payments", "decision_id": id, "allowed": true},
	}
	if diff := cmp.Diff(want, body["decisions"]); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if got := w.records.last(t, record.Exchange); !got.DryRun || got.Outcome != "allow" || w.live() != 0 {
		t.Errorf("record %+v, %d credentials live", got, w.live())
	}
	status, body = w.ask(token, "deploy")
	w.wants(http.StatusOK, status, body)
}

// S15: a job that has one token for its whole life may repeat a request, and
// make no other with it.
func TestS15SingleUseOfAJob(t *testing.T) {
	w := newWorld(t)
	token := fixedToken()
	const first, second = "request-000000001", "request-000000002"
	for _, step := range []struct {
		scope, request string
		want           int
	}{
		{"fixed", "", http.StatusBadRequest},
		{"fixed", first, http.StatusOK},
		{"fixed", first, http.StatusOK},
		{"fixed", second, http.StatusUnauthorized},
		{"fixed-too", first, http.StatusUnauthorized},
		{"fixed", "", http.StatusBadRequest},
	} {
		var extra []string
		if step.request != "" {
			extra = []string{"request_id", step.request}
		}
		status, body := w.ask(token, step.scope, extra...)
		w.wants(step.want, status, body)
	}
	w.breaks("sandbox", trouble{issue: outOfOrder})
	status, body := w.ask(token, "fixed", "request_id", first)
	w.wants(http.StatusInternalServerError, status, body)
	w.breaks("sandbox", trouble{})
	status, body = w.ask(token, "fixed", "request_id", second)
	w.wants(http.StatusUnauthorized, status, body)
}

// S15: full means unavailable, not forgetful; and time makes room.
func TestS15FullMemory(t *testing.T) {
	w := newWorld(t)
	w.used.limit = 1
	status, body := w.ask(idToken(), "deploy")
	w.wants(http.StatusOK, status, body)
	status, body = w.ask(idToken(), "deploy")
	w.wants(http.StatusServiceUnavailable, status, body)
	w.used.next = time.Time{}
	w.offset = 6*time.Minute + time.Second
	status, body = w.ask(idToken("iat", w.now().Unix(), "exp", w.now().Unix()+300), "deploy")
	w.wants(http.StatusOK, status, body)
}
