package exchange

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

var now = time.Date(2026, 11, 23, 14, 32, 7, 0, time.UTC)

const canary = "CANARY-3f9a"

// bySecret compares secrets by what they hold.
var bySecret = cmp.Comparer(func(a, b secret.Value) bool { return a.Equal(b) })

// wire sends requests to a handler, and keeps what was sent.
type wire struct {
	handle http.HandlerFunc
	seen   []*http.Request
}

func (w *wire) Do(req *http.Request) (*httpclient.Response, error) {
	w.seen = append(w.seen, req)
	in := httptest.NewRequest(req.Method, req.URL.String(), req.Body)
	in.Header = req.Header.Clone()
	rec := httptest.NewRecorder()
	w.handle(rec, in)
	return &httpclient.Response{Status: rec.Code, Header: rec.Header(), Body: rec.Body.Bytes()}, nil
}

func answering(status int, media, body string) *wire {
	return &wire{handle: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		w.Write([]byte(body))
	}}
}

func client(w *wire) *Client {
	return &Client{Broker: "https://broker.example", HTTP: w, Now: func() time.Time { return now }}
}

func aRequest(grants ...string) Request {
	return Request{IDToken: secret.New("aaa.bbb.ccc"), Grants: grants, RequestID: "0123456789abcdef"}
}

func aCredential(grant string) credential.Credential {
	return credential.Credential{
		Grant: grant, Platform: "sonarqube", Token: secret.New("sqp_1"), Username: "bot", URL: "https://sonar.example", Registry: "docker.example:5000",
		Expires: now.Add(900 * time.Second), PlatformExpires: now.Add(51000 * time.Second), Lease: secret.New("lease_" + strings.ReplaceAll(grant, "/", "_")),
		DecisionID: "d7k2m9x4q7t1", Warning: "the group is new",
	}
}

func inBothDirections(t *testing.T, r Request, a Answer) (Answer, error) {
	t.Helper()
	return client(&wire{handle: func(w http.ResponseWriter, _ *http.Request) {
		if err := EncodeAnswer(w, a, now); err != nil {
			t.Fatal(err)
		}
	}}).Exchange(t.Context(), r)
}
