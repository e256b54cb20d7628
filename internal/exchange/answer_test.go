package exchange

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

func TestAnswerGoesOverTheWire(t *testing.T) {
	bare := credential.Credential{Grant: "a", Platform: "github", Token: secret.New("ghs_1"), Expires: now.Add(time.Second)}
	dry := aRequest("a", "b")
	dry.DryRun = true
	tests := []struct {
		request Request
		answer  Answer
	}{
		{aRequest("a"), Answer{Credentials: []credential.Credential{aCredential("a")}}},
		{aRequest("a"), Answer{Credentials: []credential.Credential{bare}}},
		{aRequest("a", "b/c"), Answer{Credentials: []credential.Credential{aCredential("a"), aCredential("b/c")}}},
		{dry, Answer{Decisions: []Decision{{"a", "sonarqube", "@acme/payments", "d1", true}, {Grant: "b"}}}},
	}
	for _, test := range tests {
		got, err := inBothDirections(t, test.request, test.answer)
		if diff := cmp.Diff(test.answer, got, bySecret); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
}

// S18: a development broker says what it is, and only its URLs may be plain http.
func TestS18DevIsTold(t *testing.T) {
	toy := aCredential("a")
	for url, fine := range map[string]bool{"http://127.0.0.1:9000": true, "http://[::1]:9000": true, "http://localhost:9000": false, "http://10.0.0.1": false} {
		toy.URL = url
		want := Answer{Credentials: []credential.Credential{toy}, Dev: true}
		if err := EncodeAnswer(httptest.NewRecorder(), want, now); (err == nil) != fine {
			t.Errorf("%s: %v", url, err)
		}
		if !fine {
			continue
		}
		got, err := inBothDirections(t, aRequest("a"), want)
		if diff := cmp.Diff(want, got, bySecret); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
}

func TestAnswersComeInTheOrderOfTheRequest(t *testing.T) {
	got, err := inBothDirections(t, aRequest("a", "b"), Answer{Credentials: []credential.Credential{aCredential("b"), aCredential("a")}})
	if err != nil || got.Credentials[0].Grant != "a" || got.Credentials[1].Grant != "b" {
		t.Errorf("%v %v", got, err)
	}
}

func TestAnswersAreKeptByNobody(t *testing.T) {
	rec := httptest.NewRecorder()
	if err := EncodeAnswer(rec, Answer{Credentials: []credential.Credential{aCredential("a")}}, now); err != nil {
		t.Fatal(err)
	}
	if rec.Code != 200 || rec.Header().Get("Cache-Control") != "no-store" || rec.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	var members map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &members); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"access_token": "sqp_1", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": 900.0,
		"platform_expires_in": 51000.0, "scope": "a", "platform": "sonarqube", "username": "bot", "url": "https://sonar.example",
		"registry": "docker.example:5000", "lease": "lease_a", "decision_id": "d7k2m9x4q7t1", "warning": "the group is new",
	}
	if diff := cmp.Diff(want, members); diff != "" {
		t.Error(diff)
	}
}

// goodAnswer is an answer to aRequest("a") as the broker writes it.
func goodAnswer(tb testing.TB) map[string]any {
	tb.Helper()
	rec := httptest.NewRecorder()
	if err := EncodeAnswer(rec, Answer{Credentials: []credential.Credential{aCredential("a")}}, now); err != nil {
		tb.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &members); err != nil {
		tb.Fatal(err)
	}
	return members
}

func text(tb testing.TB, v any) string {
	tb.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

// S16, S21: an answer that is not exactly right is not used, and its leases come
// back so that what was issued can be revoked. C17: the error repeats none of it.
func TestS21AnswersAreReadStrictly(t *testing.T) {
	with := func(name string, value any) string {
		m := goodAnswer(t)
		m[name] = value
		return text(t, m)
	}
	without := func(name string) string {
		m := goodAnswer(t)
		delete(m, name)
		return text(t, m)
	}
	good := text(t, goodAnswer(t))
	both := func(a, b string) string { return fmt.Sprintf(`{"credentials":[%s,%s]}`, a, b) }
	bad := map[string]string{
		"token absent":           without("access_token"),
		"token empty":            with("access_token", ""),
		"token with CR":          with("access_token", "a\rb"),
		"token with LF":          with("access_token", canary+"\n"),
		"token with NUL":         with("access_token", "a\x00b"),
		"token with ESC":         with("access_token", "a\x1b[0m"),
		"token with C1":          with("access_token", "a\u009bb"),
		"token with U+2028":      with("access_token", "a\u2028b"),
		"token with half a pair": strings.Replace(good, `"sqp_1"`, `"a\ud800b"`, 1),
		"token is a number":      with("access_token", 7),
		"token too large":        with("access_token", strings.Repeat("a", 16<<10+1)),
		"no type":                without("issued_token_type"),
		"another type":           with("issued_token_type", "urn:ietf:params:oauth:token-type:jwt"),
		"no way to use it":       without("token_type"),
		"DPoP":                   with("token_type", "DPoP"),
		"no expiry":              without("expires_in"),
		"expiry 0":               with("expires_in", 0),
		"expiry below 0":         with("expires_in", -900),
		"expiry in a text":       with("expires_in", "900"),
		"expiry of 11 years":     with("expires_in", 11*365*86400),
		"expiry that overflows":  strings.Replace(good, `"expires_in":900`, `"expires_in":9223372036854775807`, 1),
		"platform expiry":        with("platform_expires_in", -1),
		"scope absent":           without("scope"),
		"scope of another":       with("scope", "b"),
		"scope of two":           with("scope", "a b"),
		"platform absent":        without("platform"),
		"platform odd":           with("platform", "../x"),
		"url http":               with("url", "http://sonar.example"),
		"url http on loopback":   with("url", "http://127.0.0.1:9000"),
		"url without host":       with("url", "https:///x"),
		"url javascript":         with("url", "javascript:alert(1)"),
		"url with user":          with("url", "https://me:pw@sonar.example"),
		"url with newline":       with("url", "https://sonar.example/\nX=1"),
		"username with newline":  with("username", "bot\nX=1"),
		"registry with path":     with("registry", "docker.example/x"),
		"lease odd":              with("lease", "a b"),
		"lease too large":        with("lease", strings.Repeat("a", maxLease+1)),
		"decision odd":           with("decision_id", "::stop-commands::x"),
		"a member twice":         strings.Replace(good, `"username":"bot"`, `"username":"bot","username":"other"`, 1),
		"another case":           strings.Replace(good, `"access_token"`, `"Access_Token"`, 1),
		"something behind":       good + "{}",
		"more grants than asked": both(good, with("scope", "b")),
		"the same grant twice":   both(good, good),
		"none":                   `{"credentials":[]}`,
		"a list":                 `[` + good + `]`,
		"null":                   `null`,
		"cut off":                good[:len(good)-1],
		"invalid UTF-8":          strings.Replace(good, "bot", "b\xfft", 1),
		"invalid UTF-8 unread":   strings.Replace(good, "{", "{\"colour\":\"\xff\",", 1),
		"no object":              `"` + canary + `"`,
		"dev in a text":          with("dev", "true"),
		"dev above a list":       `{"dev":"true","credentials":[` + good + `]}`,
		"url list":               with("url", []string{"https://sonar.example"}),
	}
	hopeless := []string{"lease odd", "lease too large", "none", "a list", "null", "cut off", "no object"}
	for name, body := range bad {
		t.Run(name, func(t *testing.T) {
			got, err := client(answering(200, "application/json", body)).Exchange(t.Context(), aRequest("a"))
			if err == nil || fault.KindOf(err) != fault.Internal || len(got.Credentials) != 0 {
				t.Fatalf("%+v %v, want an error of kind internal", got, err)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), canary) || strings.Contains(e.Error(), "sqp_1") {
					t.Errorf("%v repeats the answer", e)
				}
			}
			undelivered, ok := errors.AsType[*Undelivered](err)
			if ok == slices.Contains(hopeless, name) {
				t.Fatalf("leases found: %t", ok)
			}
			if ok && undelivered.Leases[0].Reveal() != "lease_a" {
				t.Errorf("lease %q", undelivered.Leases[0].Reveal())
			}
		})
	}
	fine := map[string]string{
		"as it is":            good,
		"unknown members":     with("colour", map[string]any{"a": nil}),
		"token_type's case":   with("token_type", "bearer"),
		"a list of one":       `{"credentials":[` + good + `]}`,
		"null for absent":     with("username", nil),
		"unknown platform":    with("platform", "gitea"),
		"no lease":            without("lease"),
		"charset and spacing": " " + good + "\n",
	}
	for name, body := range fine {
		if _, err := client(answering(200, "application/json; charset=utf-8", body)).Exchange(t.Context(), aRequest("a")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// C15: nothing but 200 with JSON is success, whatever the body looks like.
func TestC15OnlySuccessIsSuccess(t *testing.T) {
	good := text(t, goodAnswer(t))
	for _, status := range []int{201, 202, 204, 206, 301, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503} {
		got, err := client(answering(status, "application/json", good)).Exchange(t.Context(), aRequest("a"))
		if err == nil || len(got.Credentials) != 0 || strings.Contains(err.Error(), "sqp_1") {
			t.Errorf("%d: %+v %v", status, got, err)
		}
		if _, ok := errors.AsType[*Undelivered](err); ok != (status < 300) {
			t.Errorf("%d: leases found: %t", status, ok)
		}
	}
	for _, media := range []string{"", "text/html", "text/plain", "application/jsonp", "application/json; charset=utf-16"} {
		if got, err := client(answering(200, media, good)).Exchange(t.Context(), aRequest("a")); err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%q: %+v %v", media, got, err)
		}
	}
}

// S16: all leases of a half-broken answer come back.
func TestS16EveryLeaseComesBack(t *testing.T) {
	a, b := goodAnswer(t), goodAnswer(t)
	b["scope"], b["lease"], b["access_token"] = "b", "lease_b", "x\ny"
	_, err := client(answering(200, "application/json", text(t, map[string]any{"credentials": []any{a, b, 7}}))).Exchange(t.Context(), aRequest("a", "b"))
	undelivered, ok := errors.AsType[*Undelivered](err)
	if !ok || len(undelivered.Leases) != 2 {
		t.Fatalf("%v", err)
	}
	for i, want := range []string{"lease_a", "lease_b"} {
		if got := undelivered.Leases[i].Reveal(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	dry := aRequest("a")
	dry.DryRun = true
	_, err = client(answering(200, "application/json", text(t, a))).Exchange(t.Context(), dry)
	if undelivered, ok := errors.AsType[*Undelivered](err); !ok || len(undelivered.Leases) != 1 {
		t.Errorf("a dry run that issued: %v", err)
	}
}

type brokenWriter struct{ *httptest.ResponseRecorder }

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("gone") }

type brokenFlush struct{ *httptest.ResponseRecorder }

func (brokenFlush) FlushError() error { return errors.New("gone") }

// S16: the broker learns when nobody got what it issued, and does not send what
// a client would refuse.
func TestS16BrokerLearnsOfUndelivered(t *testing.T) {
	fine := Answer{Credentials: []credential.Credential{aCredential("a")}}
	for name, w := range map[string]http.ResponseWriter{"write": brokenWriter{httptest.NewRecorder()}, "flush": brokenFlush{httptest.NewRecorder()}} {
		if err := EncodeAnswer(w, fine, now); err == nil {
			t.Errorf("a failed %s goes unnoticed", name)
		}
	}
	for name, change := range map[string]func(*credential.Credential){
		"newline":  func(c *credential.Credential) { c.Token = secret.New("a\nb") },
		"UTF-8":    func(c *credential.Credential) { c.Token = secret.New("a\xff") },
		"empty":    func(c *credential.Credential) { c.Token = secret.Value{} },
		"expired":  func(c *credential.Credential) { c.Expires = now },
		"endless":  func(c *credential.Credential) { c.Expires = time.Time{} },
		"http":     func(c *credential.Credential) { c.URL = "http://sonar.example" },
		"no grant": func(c *credential.Credential) { c.Grant = "" },
	} {
		c, rec := aCredential("a"), httptest.NewRecorder()
		change(&c)
		if err := EncodeAnswer(rec, Answer{Credentials: []credential.Credential{aCredential("b"), c}}, now); err == nil || rec.Body.Len() > 0 {
			t.Errorf("%s: %v, wrote %d bytes", name, err, rec.Body.Len())
		}
	}
	if err := EncodeAnswer(httptest.NewRecorder(), Answer{}, now); err == nil {
		t.Error("an empty answer is sent")
	}
}

// The same over connections, where net/http has its own ideas of headers.
func TestOverHTTP(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/lambda" {
			got, err := DecodeLambda(r)
			if err != nil || got.Project != "acme_payments" {
				t.Errorf("%+v %v", got, err)
			}
			_ = EncodeLambda(w, LambdaAnswer{Code: 200, Token: got.IDToken})
			return
		}
		if _, err := DecodeRequest(r); err != nil {
			t.Error(err)
		}
		if err := EncodeAnswer(w, Answer{Credentials: []credential.Credential{aCredential("a")}}, now); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	http, err := httpclient.New(httpclient.Config{CAPEM: roots})
	if err != nil {
		t.Fatal(err)
	}
	native := &Client{Broker: server.URL, HTTP: http, Now: func() time.Time { return now }}
	if got, err := native.Exchange(t.Context(), aRequest("a")); err != nil || got.Credentials[0].Token.Reveal() != "sqp_1" {
		t.Errorf("%v %v", got, err)
	}
	old := &LambdaClient{URL: server.URL + "/lambda", HTTP: http}
	if got, err := old.Exchange(t.Context(), sonar()); err != nil || got.Token.Reveal() != "aaa.bbb.ccc" {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("sqp_1", "payments/sonar", "sonarqube", "https://sonar.example", "bot", "lease", int64(900), `{"access_token":"a"}`)
	f.Add("t", "a", "github", "", "", "", int64(1), text(f, goodAnswer(f)))
	f.Fuzz(func(t *testing.T, token, grant, name, url, user, lease string, life int64, raw string) {
		want := credential.Credential{Grant: grant, Platform: name, Token: secret.New(token), URL: url, Username: user, Expires: now.Add(time.Duration(life%maxExpiry) * time.Second)}
		if lease != "" {
			want.Lease = secret.New(lease)
		}
		rec := httptest.NewRecorder()
		if scopeProblem([]string{grant}) == "" && EncodeAnswer(rec, Answer{Credentials: []credential.Credential{want}}, now) == nil {
			got, err := client(answering(200, "application/json", rec.Body.String())).Exchange(t.Context(), aRequest(grant))
			if diff := cmp.Diff(Answer{Credentials: []credential.Credential{want}}, got, bySecret); err != nil || diff != "" {
				t.Error(err, diff)
			}
		}
		for _, dry := range []bool{true, false} {
			r := aRequest("a")
			r.DryRun = dry
			got, err := client(answering(200, "application/json", raw)).Exchange(t.Context(), r)
			if err == nil && len(got.Credentials)+len(got.Decisions) != 1 {
				t.Errorf("%q: %+v", raw, got)
			}
			if err != nil && fault.KindOf(err) != fault.Internal {
				t.Errorf("%q: kind %s", raw, fault.KindOf(err))
			}
		}
	})
}
