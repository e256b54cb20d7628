package broker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/secret"
)

// witness keeps all that a broker says.
type witness struct {
	*world
	said    bytes.Buffer   // headers and bodies, without the answers that hand credentials out
	secrets []secret.Value // what none of it may hold
}

func (w *witness) ask(r *http.Request) {
	answer := w.send(r)
	fmt.Fprintf(&w.said, "%d\n", answer.Code)
	_ = answer.Header().Write(&w.said)
	if answer.Code != http.StatusOK || r.URL.Path != "/token" {
		w.said.Write(answer.Body.Bytes())
		return
	}
	_, body := w.read(answer)
	w.collect(body)
	several, _ := body["credentials"].([]any)
	for _, one := range several {
		w.collect(one.(map[string]any))
	}
}

func (w *witness) collect(body map[string]any) {
	for _, name := range []string{"access_token", "lease"} {
		if text, ok := body[name].(string); ok {
			w.secrets = append(w.secrets, secret.New(text))
		}
	}
}

// token asks with an ID token that nobody else may see.
func (w *witness) token(scope string, changes ...any) {
	id := idToken(changes...)
	w.secrets = append(w.secrets, id)
	w.ask(question{token: id, scope: scope}.request())
	w.ask(question{token: id, scope: scope}.request())
	w.ask(question{token: id, scope: scope, change: map[string]string{"dry_run": "true"}}.request())
	w.ask(question{token: secret.New(id.Reveal() + "x"), scope: scope}.request())
}

// No ID token, credential, lease or key shows in an answer's headers, in the
// answer to anybody else, in a record, in the operator's log or in an error,
// in any form that secret.Forms knows.
func TestNothingSecretIsSaidTwice(t *testing.T) {
	w := &witness{world: newWorld(t)}
	const adminSecret = "adm1n-s3cr3t-of-the-platform"
	w.secrets = append(w.secrets, secret.New("0123456789abcdef0123456789abcdeF"), secret.New(adminSecret))
	w.token("deploy")
	w.token("deploy publish")
	w.token("no-such", "repository_id", "1")
	w.token("deploy", "ref", "refs/heads/x")
	w.token("deploy", "aud", "https://else.example")
	w.token("deploy", "iss", "https://else.example")
	w.token("deploy scope..bad")
	w.breaks("second", trouble{
		issue:  func(context.Context, platform.Connection) error { panic(adminSecret) },
		revoke: func(context.Context, platform.Connection) error { return errors.New("out of order") },
	})
	w.token("deploy publish")
	w.breaks("second", trouble{})
	w.records.fail(errors.New("disk full"))
	w.token("deploy")
	w.records.fail(nil)
	for _, lease := range w.secrets {
		for range 2 {
			w.ask(post("/revoke", url.Values{"token": {lease.Reveal()}}))
		}
	}
	id := idToken()
	w.secrets = append(w.secrets, id)
	for _, path := range []string{"/token?subject_token=" + id.Reveal(), "/revoke?token=" + id.Reveal(), "/readyz", "/healthz", "/.well-known/oauth-authorization-server"} {
		w.ask(httptest.NewRequest(http.MethodGet, path, nil))
		w.ask(httptest.NewRequest(http.MethodPost, path, strings.NewReader("token="+id.Reveal())))
	}

	if len(w.secrets) < 15 {
		t.Fatalf("only %d secrets were at stake", len(w.secrets))
	}
	for name, text := range map[string]string{"answers": w.said.String(), "records": w.records.String(), "log": w.logged.String()} {
		if len(text) < 500 {
			t.Errorf("the %s are too short to be all: %s", name, text)
		}
		for _, form := range secret.Forms(w.secrets...) {
			if len(form.Reveal()) >= 16 && strings.Contains(text, form.Reveal()) {
				t.Fatalf("the %s hold %q", name, form.Reveal())
			}
		}
	}
}

// S25: what a token claims that was not accepted stands apart, cut and harmless.
func TestS25UnverifiedClaimsStandApart(t *testing.T) {
	w := newWorld(t)
	w.ask(idToken("aud", "https://else.example", "repository", strings.Repeat("a", 1000), "ref", "x\x1b]0;y\x07\u202e##[stop-commands]z"), "deploy")
	line := w.records.String()
	for _, bad := range []string{strings.Repeat("a", 257), "\x1b", `\u001b`, "\u202e", "##[stop"} {
		if strings.Contains(line, bad) {
			t.Errorf("the record holds %q: %s", bad, line)
		}
	}
	got := w.records.last(t, "exchange")
	if got.Claims != nil || got.Unverified["repository"] != strings.Repeat("a", 256) || got.Outcome != "refuse" {
		t.Errorf("record %+v", got)
	}
}
