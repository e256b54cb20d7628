package broker

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/record"
)

// wantsUndelivered fails the test where credentials live, or where the record
// does not say that as many were revoked.
func (w *world) wantsUndelivered(revoked int) {
	w.t.Helper()
	if w.live() != 0 {
		w.t.Errorf("%d credentials live", w.live())
	}
	got := w.records.last(w.t, record.Undelivered)
	if len(got.Credentials) != revoked || got.DecisionID == "" || got.Claims["repository_id"] != "456789" {
		w.t.Errorf("record %+v", got)
	}
	for _, c := range got.Credentials {
		if c.Outcome != "revoked" || c.TokenID == "" || c.SHA256 == "" {
			w.t.Errorf("credential %+v", c)
		}
	}
}

// brokenPipe is an answer that nobody reads.
type brokenPipe struct{ *httptest.ResponseRecorder }

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// S16: an answer that cannot be written gives the credential back; the ID token
// stays used, because nobody knows how much of the answer arrived.
func TestS16WriteError(t *testing.T) {
	w := newWorld(t)
	token := idToken()
	w.Handler().ServeHTTP(brokenPipe{httptest.NewRecorder()}, question{token: token, scope: "deploy publish"}.request())
	w.wantsUndelivered(2)
	status, body := w.ask(token, "deploy")
	w.wants(http.StatusUnauthorized, status, body)
}

// S16: the caller left while the platform was issuing.
func TestS16CallerGoneBeforeTheAnswer(t *testing.T) {
	w := newWorld(t)
	gone, leave := context.WithCancel(t.Context())
	w.breaks("second", trouble{
		issue:  func(context.Context, platform.Connection) error { leave(); return nil },
		revoke: func(ctx context.Context, _ platform.Connection) error { return ctx.Err() },
	})
	answer := w.send(question{token: idToken(), scope: "deploy publish"}.request().WithContext(gone))
	if answer.Code != http.StatusServiceUnavailable || strings.Contains(answer.Body.String(), "sbx_") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	w.wantsUndelivered(2)
	if got := w.records.last(t, record.Exchange); got.Outcome != "fail" || !strings.Contains(got.Reason, "the caller left") || got.Credentials != nil {
		t.Errorf("record %+v", got)
	}
}

// S16: of several grants the second fails.
func TestS16AllOrNothing(t *testing.T) {
	w := newWorld(t)
	w.breaks("second", trouble{issue: outOfOrder})
	status, body := w.ask(idToken(), "deploy publish")
	w.wants(http.StatusInternalServerError, status, body)
	if body["error_description"] != broken || strings.Contains(w.logged.String(), "sbx_") {
		t.Errorf("%v", body)
	}
	w.wantsUndelivered(1)
	if got := w.records.last(t, record.Exchange); got.Outcome != "fail" || !strings.Contains(got.Reason, "grant publish: connection second: out of order") {
		t.Errorf("record %+v", got)
	}
}

// S16: what no log would know of must not leave.
func TestS16RecordCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	w.records.fail(errors.New("disk full"))
	token := idToken()
	status, body := w.ask(token, "deploy publish")
	w.wants(http.StatusInternalServerError, status, body)
	if w.live() != 0 || !strings.Contains(w.logged.String(), "disk full") {
		t.Errorf("%d credentials live; the operator was told\n%s", w.live(), &w.logged)
	}
	w.records.fail(nil)
	status, body = w.ask(token, "deploy publish")
	w.wants(http.StatusOK, status, body)
}

// S16: a panic while issuing tells nothing and leaves nothing.
func TestS16Panic(t *testing.T) {
	w := newWorld(t)
	w.breaks("second", trouble{issue: func(context.Context, platform.Connection) error { panic("s3cr3t-of-the-platform") }})
	status, body := w.ask(idToken(), "deploy publish")
	w.wants(http.StatusInternalServerError, status, body)
	w.wantsUndelivered(1)
	if body["error_description"] != broken || len(body) != 2 {
		t.Errorf("%v", body)
	}
	if told := w.logged.String(); strings.Contains(told, "s3cr3t") || !strings.Contains(told, "panic") {
		t.Errorf("the operator was told\n%s", told)
	}
}

// S16: a platform that cannot revoke either is told to the operator, and recorded.
func TestS16RevokeFailsToo(t *testing.T) {
	w := newWorld(t)
	w.breaks("sandbox", trouble{revoke: outOfOrder})
	w.breaks("second", trouble{issue: outOfOrder})
	w.ask(idToken(), "deploy publish")
	if got := w.records.last(t, record.Undelivered); got.Credentials[0].Outcome != "unknown" {
		t.Errorf("record %+v", got)
	}
	if !strings.Contains(w.logged.String(), "could not be revoked") {
		t.Errorf("the operator was told\n%s", &w.logged)
	}
}

// S16: a platform that hangs costs less than a client's try of 10 s, and what it
// issued in the end is revoked.
func TestS16DeadlineIsShorterThanAClientsTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toThePresent()
		w := newWorld(t)
		w.breaks("sandbox", trouble{issue: func(ctx context.Context, _ platform.Connection) error { <-ctx.Done(); return nil }})
		begin := time.Now()
		status, body := w.ask(idToken(), "deploy")
		w.wants(http.StatusServiceUnavailable, status, body)
		if took := time.Since(begin); took > 9*time.Second || body["error"] != "temporarily_unavailable" {
			t.Errorf("%s: %v", took, body)
		}
		w.wantsUndelivered(1)
	})
}

// S16: a platform gave what no client would take.
func TestS16AnswerThatNoClientTakes(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.config.Connections["second"] = platform.Connection{
			Name: "second", Platform: "sandbox", Now: w.now, Sandbox: platform.NewSandbox(w.now),
			URL: brokerURL + "/" + strings.Repeat("x", 600),
		}
	})
	status, body := w.ask(idToken(), "deploy publish")
	w.wants(http.StatusInternalServerError, status, body)
	w.wantsUndelivered(2)
	if got := w.records.last(t, record.Exchange); got.Outcome != "fail" || got.Credentials != nil {
		t.Errorf("record %+v", got)
	}
}
