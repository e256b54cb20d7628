package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/issuer"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/secret"
)

// TestMain puts a platform in the sandbox's place that does what the sandbox
// does, unless a connection has trouble to make.
func TestMain(m *testing.M) {
	sandbox := platform.Platforms[0]
	platform.Platforms = []platform.Platform{{
		Name: sandbox.Name,
		Issue: func(ctx context.Context, c platform.Connection, o platform.Order) (platform.Issued, error) {
			if f, ok := troubles.Load(c.Sandbox); ok && f.(trouble).issue != nil {
				if err := f.(trouble).issue(ctx, c); err != nil {
					return platform.Issued{}, err
				}
			}
			return sandbox.Issue(ctx, c, o)
		},
		Revoke: func(ctx context.Context, c platform.Connection, r platform.Receipt) (credential.Outcome, error) {
			if f, ok := troubles.Load(c.Sandbox); ok && f.(trouble).revoke != nil {
				if err := f.(trouble).revoke(ctx, c); err != nil {
					return "", err
				}
			}
			return sandbox.Revoke(ctx, c, r)
		},
	}}
	issuers() // their keys are not made on a synctest clock
	m.Run()
}

// toThePresent sleeps, on a synctest clock, which begins in the year 2000, when
// no ID token is valid.
func toThePresent() { time.Sleep(20 * 365 * 24 * time.Hour) }

// trouble is what a test's platform does before it works; an error keeps it from
// working.
type trouble struct {
	issue, revoke func(context.Context, platform.Connection) error
}

var troubles sync.Map // by sandbox

const (
	issuerURL = "http://127.0.0.1:1"
	fixedURL  = "http://127.0.0.1:2"
	brokerURL = "http://127.0.0.1:3"
	audience  = "https://broker.example"
)

// issuers have keys that take a while to make, and are shared.
var issuers = sync.OnceValue(func() map[string]*issuer.Issuer {
	all := map[string]*issuer.Issuer{}
	for _, url := range []string{issuerURL, fixedURL} {
		i, err := issuer.New(issuer.Config{URL: url, Now: time.Now})
		if err != nil {
			panic(err)
		}
		all[url] = i
	}
	return all
})

// world is a broker and all it needs, without a network.
type world struct {
	*Broker
	t       testing.TB
	config  Config
	policy  string        // file
	offset  time.Duration // of the broker's clock
	mu      sync.Mutex    // for what a broker at work reads
	killing string        // text of the kill file; "" for none
	killErr error
	fetched int  // how often keys were read
	down    bool // no keys can be read
	records lines
	logged  lines
	sandbox *platform.Sandbox
}

// lines is a log that can be looked at, and that can break.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	err  error
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// all returns the records of an event.
func (l *lines) all(tb testing.TB, event record.Event) []record.Record {
	tb.Helper()
	var all []record.Record
	for line := range strings.Lines(l.String()) {
		var r record.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			tb.Fatalf("%q is no record: %v", line, err)
		}
		if r.Event == event {
			all = append(all, r)
		}
	}
	return all
}

// last returns the newest record of an event.
func (l *lines) last(tb testing.TB, event record.Event) record.Record {
	tb.Helper()
	all := l.all(tb, event)
	if len(all) == 0 {
		tb.Fatalf("no record of %s:\n%s", event, l)
	}
	return all[len(all)-1]
}

func newWorld(tb testing.TB, changes ...func(*world)) *world {
	tb.Helper()
	w := &world{t: tb, policy: filepath.Join(tb.TempDir(), "policy.yaml")}
	w.sandbox = platform.NewSandbox(w.now)
	w.setPolicy(policyText(tb))
	keys, err := exchange.NewKeyring("test", []byte("0123456789abcdef0123456789abcdeF"))
	if err != nil {
		tb.Fatal(err)
	}
	files := &PolicyFiles{Path: w.policy, Options: policy.Options{Dev: true}, Now: w.now}
	w.config = Config{
		Instance: "test", PublicURL: brokerURL, Dev: true, Now: w.now, LoadPolicy: files.Load, LoadKill: w.loadKill,
		Connections: map[string]platform.Connection{
			"sandbox": {Name: "sandbox", Platform: "sandbox", URL: brokerURL + "/sandbox/sandbox", Sandbox: w.sandbox, Now: w.now},
			"second":  {Name: "second", Platform: "sandbox", URL: brokerURL + "/sandbox/second", Sandbox: platform.NewSandbox(w.now), Now: w.now},
		},
		LeaseKeys: keys, Fetch: w.fetch, Records: record.NewLog(&w.records),
		Limits: config.Limits{PerRepository: 10_000, Strangers: 10_000},
		Log:    slog.New(slog.NewTextHandler(&w.logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, change := range changes {
		change(w)
	}
	if w.Broker, err = New(w.config); err != nil {
		tb.Fatal(err)
	}
	return w
}

func policyText(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/policy.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return strings.NewReplacer("ISSUER", issuerURL, "FIXED", fixedURL).Replace(string(text))
}

func (w *world) setPolicy(text string) {
	w.t.Helper()
	if err := os.WriteFile(w.policy, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) now() time.Time { return time.Now().Add(w.offset) }

// change changes what a broker at work reads.
func (w *world) change(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) loadKill() (Kill, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killErr != nil || w.killing == "" {
		return Kill{}, w.killErr
	}
	return ParseKill("kill.yaml", []byte(w.killing))
}

// fetch asks the issuers without a network.
func (w *world) fetch(_ context.Context, address string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetched++
	u, err := url.Parse(address)
	if err != nil || w.down {
		return nil, errors.Join(err, errors.New("nobody answers"))
	}
	answer := httptest.NewRecorder()
	issuers()[u.Scheme+"://"+u.Host].ServeHTTP(answer, httptest.NewRequest(http.MethodGet, address, nil))
	return answer.Body.Bytes(), nil
}

// breaks lets a connection's platform make trouble.
func (w *world) breaks(connection string, f trouble) {
	sandbox := w.config.Connections[connection].Sandbox
	troubles.Store(sandbox, f)
	w.t.Cleanup(func() { troubles.Delete(sandbox) })
}

// live counts the credentials that still work.
func (w *world) live() int {
	return w.sandbox.Live() + w.config.Connections["second"].Sandbox.Live()
}

// idToken returns one of a push to main of acme/payments, with changes: names and
// values in turn.
func idToken(changes ...any) secret.Value {
	claims := issuer.GitHubPush()
	claims["aud"] = audience
	for i := 0; i+1 < len(changes); i += 2 {
		claims[changes[i].(string)] = changes[i+1]
	}
	return issuers()[issuerURL].Sign(claims)
}

func fixedToken() secret.Value {
	return issuers()[fixedURL].Sign(identity.Claims{"aud": audience, "sub": "job-1"})
}

// question is a request for credentials.
type question struct {
	token  secret.Value
	scope  string
	change map[string]string
}

func (q question) request() *http.Request {
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {q.token.Reveal()},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:id_token"}, "scope": {q.scope},
	}
	for name, value := range q.change {
		form.Set(name, value)
	}
	return post("/token", form)
}

func post(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "127.0.0.1:4711"
	return r
}

// send hands a request to the broker.
func (w *world) send(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.Handler().ServeHTTP(answer, r)
	return answer
}

// ask asks for grants with a token; changes are further form values.
func (w *world) ask(token secret.Value, scope string, changes ...string) (int, map[string]any) {
	w.t.Helper()
	q := question{token, scope, map[string]string{}}
	for i := 0; i+1 < len(changes); i += 2 {
		q.change[changes[i]] = changes[i+1]
	}
	return w.read(w.send(q.request()))
}

// giveBack sends a lease.
func (w *world) returns(lease string) (int, map[string]any) {
	w.t.Helper()
	return w.read(w.send(post("/revoke", url.Values{"token": {lease}})))
}

func (w *world) read(answer *httptest.ResponseRecorder) (int, map[string]any) {
	w.t.Helper()
	var body map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		w.t.Fatalf("%d %s: %v", answer.Code, answer.Body, err)
	}
	return answer.Code, body
}

// wants fails the test where an answer has another status.
func (w *world) wants(want, status int, body map[string]any) {
	w.t.Helper()
	if status != want {
		w.t.Errorf("status %d, want %d: %v", status, want, body)
	}
}
