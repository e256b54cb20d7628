package ci_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
)

const bearer = "runner-job-token"

// ask requests a token from handler through the real HTTP client.
func ask(t *testing.T, handler http.Handler, path, audience string) (string, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	s := newStep(t, "ACTIONS_ID_TOKEN_REQUEST_URL="+server.URL+path, "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+bearer)
	job := s.job()
	job.HTTP = client(t)
	token, err := s.system(t).IDToken(context.Background(), job, audience)
	return token.Reveal(), err
}

func answer(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
}

func TestIDTokenFromTheRunner(t *testing.T) {
	service := &fake.RunnerTokens{Bearer: bearer, Mint: func(string) string { return idToken }}
	const audience = "https://autoken.acme.example/a b?x=1&y=+ü"
	token, err := ask(t, service, fake.RunnerTokensPath, audience)
	if err != nil || token != idToken {
		t.Fatal(err)
	}
	if got := service.Audiences(); len(got) != 1 || got[0] != audience {
		t.Errorf("audiences %q", got)
	}
}

// C14: the audience arrives whatever the URL looks like, and the URL stays.
func TestC14AudienceIsAdded(t *testing.T) {
	for path, want := range map[string]string{
		"/222//idtoken/x?api-version=2.0":       "/222//idtoken/x?api-version=2.0&audience=",
		"/x?api-version=2.0?placeholder=true":   "/x?api-version=2.0?placeholder=true&audience=",
		"/x":                                    "/x?audience=",
		"/x?":                                   "/x?audience=",
		"/a%2Fb/%7E?q=%20%2B+;c":                "/a%2Fb/%7E?q=%20%2B+;c&audience=",
		"/x?api-version=2.0#/fragment?is=unfit": "/x?api-version=2.0&audience=",
	} {
		var got string
		_, err := ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.RequestURI
			_ = json.NewEncoder(w).Encode(map[string]string{"value": idToken})
		}), path, "https://b.example/&aud=x y")
		if err != nil {
			t.Fatal(err)
		}
		if want += "https%3A%2F%2Fb.example%2F%26aud%3Dx%20y"; got != want {
			t.Errorf("asked for %s\n      want %s", got, want)
		}
	}
}

func TestRequestHeaders(t *testing.T) {
	var got http.Header
	_, err := ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		_ = json.NewEncoder(w).Encode(map[string]string{"value": idToken})
	}), "/", "a")
	if err != nil || got.Get("Authorization") != "Bearer "+bearer || got.Get("Accept") != "application/json" {
		t.Errorf("%v: %v", err, got)
	}
}

// C15: only a 200 with a token in it is a token. C17: no body is ever shown.
func TestC15C17AnswersWithoutToken(t *testing.T) {
	valid := `{"value":"` + idToken + `"}`
	for _, c := range []struct {
		status int
		body   string
		kind   fault.Kind
	}{
		{200, `{}`, fault.Internal},
		{200, `{"value":""}`, fault.Internal},
		{200, `{"value":null}`, fault.Internal},
		{200, `{"value":7}`, fault.Internal},
		{200, `<html>SECRET</html>`, fault.Internal},
		{200, `{"value":"SECRET SECRET"}`, fault.Internal},
		{201, valid, fault.Internal},
		{204, "", fault.Internal},
		{302, valid, fault.Internal},
		{400, valid, fault.Internal},
		{401, valid, fault.NoIdentity},
		{403, valid, fault.NoIdentity},
		{404, valid, fault.Internal},
		{408, valid, fault.Unavailable},
		{425, valid, fault.Unavailable},
		{429, valid, fault.Throttled},
		{500, valid, fault.Unavailable},
		{503, "SECRET", fault.Unavailable},
		{403, `{"message":"Can't issue ID_TOKEN for non-inprogress job SECRET"}`, fault.Unavailable},
		{403, "the job is Pending", fault.Unavailable},
		{403, "the job is 'Delayed'", fault.Unavailable},
		{401, "the job is 'Delayed'", fault.NoIdentity},
	} {
		token, err := ask(t, answer(c.status, c.body), "/", "a")
		if token != "" {
			t.Errorf("%d %s gave a token", c.status, c.body)
		}
		wantFault(t, err, c.kind)
		shown := fmt.Sprint(err, fault.HintOf(err))
		for _, part := range append(strings.Split(idToken, "."), "SECRET", bearer, "html") {
			if strings.Contains(shown, part) {
				t.Errorf("%d %s: shows %q: %s", c.status, c.body, part, shown)
			}
		}
		if c.status != 200 && !strings.Contains(shown, fmt.Sprint(c.status)) {
			t.Errorf("%d is not named: %s", c.status, shown)
		}
	}
}

func TestC17UpstreamEchoesTheRequest(t *testing.T) {
	service := &fake.RunnerTokens{Bearer: bearer, Statuses: []int{418}}
	_, err := ask(t, service, fake.RunnerTokensPath, "a")
	if err == nil || strings.Contains(err.Error()+fault.HintOf(err), bearer) {
		t.Errorf("%v", err)
	}
}

func TestRetryAfterIsPassedOn(t *testing.T) {
	for _, status := range []int{429, 503} {
		_, err := ask(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		}), "/", "a")
		if e, ok := err.(*fault.Error); !ok || e.RetryAfter != 7*time.Second { //nolint:errorlint // the outermost has to say it
			t.Errorf("%d: %v", status, err)
		}
	}
}

// One call is one request: the session repeats, with a new token each time.
func TestIDTokenTriesOnce(t *testing.T) {
	service := &fake.RunnerTokens{Bearer: bearer, Pending: 1, Mint: func(string) string { return idToken }}
	_, err := ask(t, service, fake.RunnerTokensPath, "a")
	wantFault(t, err, fault.Unavailable, "403")
	if token, err := ask(t, service, fake.RunnerTokensPath, "a"); token != idToken {
		t.Error(err)
	}
}

type unreachable struct{}

func (unreachable) Do(*http.Request) (*httpclient.Response, error) {
	return nil, fault.New(fault.Unavailable, "cannot reach https://tokens.example: no answer")
}

func TestIDTokenUnreachable(t *testing.T) {
	s := newStep(t, "ACTIONS_ID_TOKEN_REQUEST_URL=https://tokens.example/?x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+bearer)
	job := s.job()
	job.HTTP = unreachable{}
	_, err := s.system(t).IDToken(context.Background(), job, "a")
	wantFault(t, err, fault.Unavailable, "asking for an ID token: cannot reach")
}

func TestRequestURLMustBeSafe(t *testing.T) {
	for raw, problem := range map[string]string{
		"http://tokens.example/SECRET?sig=SECRET": "does not begin with https",
		"http://127.0.0.1.example/SECRET":         "does not begin with https",
		"ftp://tokens.example/SECRET":             "does not begin with https",
		"tokens.example/SECRET":                   "not a URL",
		"https://tokens.example/%zzSECRET":        "not a URL",
		"https:///SECRET":                         "not a URL",
	} {
		s := newStep(t, "ACTIONS_ID_TOKEN_REQUEST_URL="+raw, "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+bearer)
		_, err := s.system(t).IDToken(context.Background(), s.job(), "a")
		wantFault(t, err, fault.NoIdentity, "ACTIONS_ID_TOKEN_REQUEST_URL", problem)
		if strings.Contains(err.Error(), "SECRET") {
			t.Errorf("shows the URL: %v", err)
		}
	}
}

func TestWhyThereIsNoToken(t *testing.T) {
	const (
		permission = "its permissions block needs id-token: write"
		fork       = "the pull request of a fork"
		dependabot = "Dependabot"
		partner    = "is missing, though its partner is set"
	)
	for name, c := range map[string]struct {
		event string
		env   string
		want  string
	}{
		"push":                         {`{"ref":"refs/heads/main"}`, "", permission},
		"no event file":                {"", "GITHUB_EVENT_PATH=", permission},
		"an event that is no JSON":     {"{", "", permission},
		"fork":                         {`{"pull_request":{"head":{"repo":{"fork":true}}}}`, "", fork},
		"fork with a name":             {`{"pull_request":{"head":{"repo":{"fork":true,"full_name":"eve/payments"}}}}`, "", fork},
		"deleted fork":                 {`{"pull_request":{"head":{"repo":null}}}`, "", fork},
		"own branch":                   {`{"pull_request":{"head":{"repo":{"fork":false}}}}`, "", permission},
		"own branch of what is a fork": {`{"pull_request":{"head":{"repo":{"fork":true,"full_name":"acme/payments"}}}}`, "", permission},
		"pull_request_target":          {`{"pull_request":{"head":{"repo":{"fork":true}}}}`, "GITHUB_EVENT_NAME=pull_request_target", permission},
		"dependabot":                   {`{}`, "GITHUB_ACTOR=dependabot[bot]", dependabot},
		"forgejo":                      {`{}`, "FORGEJO_ACTIONS=true", "enable-openid-connect: true"},
		"URL alone":                    {`{}`, "ACTIONS_ID_TOKEN_REQUEST_URL=https://x.example/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN " + partner},
		"token alone":                  {`{}`, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=t", "ACTIONS_ID_TOKEN_REQUEST_URL " + partner},
		"too large an event":           {`{"x":"` + strings.Repeat("x", 4<<20) + `","pull_request":{"head":{"repo":{"fork":true}}}}`, "", permission},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStep(t)
			s.env["GITHUB_EVENT_PATH"] = filepath.Join(s.dir, "event.json")
			write(t, s.env["GITHUB_EVENT_PATH"], c.event)
			s.set(c.env)
			_, err := s.system(t).IDToken(context.Background(), s.job(), "https://autoken.acme.example")
			wantFault(t, err, fault.NoIdentity, c.want)
			for line := range strings.SplitSeq(fault.HintOf(err), "\n") {
				if len(line) > 100 {
					t.Errorf("a line of the hint is %d characters wide", len(line))
				}
			}
		})
	}
}

// The first message has all that is needed: the lines to write, the block that
// replaces, and the caller.
func TestPermissionMessage(t *testing.T) {
	s := newStep(t)
	_, err := s.system(t).IDToken(context.Background(), s.job(), "a")
	wantFault(t, err, fault.NoIdentity, "this job may not ask for an ID token",
		"a block on the job replaces the one at the top", "  permissions:\n    contents: read\n    id-token: write", "the caller must grant it too")
}

func FuzzRequestURL(f *testing.F) {
	f.Add("/222//idtoken/x?api-version=2.0", "https://autoken.acme.example")
	f.Add("/x?a?b", "a&b=c#d %\x00")
	f.Fuzz(func(t *testing.T, path, audience string) {
		raw := "https://tokens.example/" + path
		s := newStep(t, "ACTIONS_ID_TOKEN_REQUEST_URL="+raw, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=t")
		seen := recorder{}
		job := s.job()
		job.HTTP = &seen
		if _, err := s.system(t).IDToken(context.Background(), job, audience); err != nil && seen.asked == nil {
			return
		}
		before, err := url.Parse(raw)
		if err != nil {
			t.Fatalf("%q was asked", raw)
		}
		query, own, _ := cutLast(seen.asked.RawQuery, "audience=")
		if got, err := url.QueryUnescape(own); err != nil || got != audience {
			t.Errorf("audience %q arrives as %q", audience, got)
		}
		if strings.TrimSuffix(query, "&") != strings.TrimSuffix(before.RawQuery, "&") || seen.asked.EscapedPath() != before.EscapedPath() {
			t.Errorf("%s became %s", before, seen.asked)
		}
	})
}

type recorder struct{ asked *url.URL }

func (r *recorder) Do(req *http.Request) (*httpclient.Response, error) {
	r.asked = req.URL
	return &httpclient.Response{Status: 200, Body: []byte(`{"value":"a.b.c"}`)}, nil
}

func cutLast(text, separator string) (before, after string, ok bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}
