package exchange

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

func sonar() LambdaRequest {
	return LambdaRequest{IDToken: secret.New("aaa.bbb.ccc"), Platform: "sonarqube", Project: "acme_payments", PlatformURL: "https://sonar.example/x"}
}

func lambda(w *wire) *LambdaClient { return &LambdaClient{URL: "https://lambda.example/prod", HTTP: w} }

func TestLambdaRequestGoesOverTheWire(t *testing.T) {
	clean := LambdaRequest{IDToken: secret.New("a"), Platform: "artifactory", Cleanup: true, Token: secret.New("t")}
	for _, want := range []LambdaRequest{sonar(), {IDToken: secret.New("a"), Platform: "artifactory"}, clean} {
		var got LambdaRequest
		w := &wire{handle: func(_ http.ResponseWriter, r *http.Request) {
			var err error
			if got, err = DecodeLambda(r); err != nil {
				t.Error(err)
			}
		}}
		if want.Cleanup {
			_, _ = lambda(w).Cleanup(t.Context(), want)
		} else {
			_, _ = lambda(w).Exchange(t.Context(), want)
		}
		if diff := cmp.Diff(want, got, bySecret); diff != "" {
			t.Error(diff)
		}
	}
}

// The request as the brokers that are deployed read it.
func TestLambdaHeaders(t *testing.T) {
	w := answering(200, "application/json", `{}`)
	_, _ = lambda(w).Exchange(t.Context(), sonar())
	want := http.Header{
		"Authorization": {"aaa.bbb.ccc"}, "Platform": {"sonarqube"}, "Type": {"token"}, "Project": {"acme_payments"}, "Sonarurl": {"https://sonar.example/x"},
	}
	if diff := cmp.Diff(want, w.seen[0].Header); diff != "" {
		t.Error(diff)
	}
	if got := w.seen[0]; got.Method != http.MethodGet || got.URL.String() != "https://lambda.example/prod" || got.Body != nil {
		t.Errorf("%s %s", got.Method, got.URL)
	}
}

func TestLambdaAnswers(t *testing.T) {
	tests := []struct {
		status  int
		body    string
		want    fault.Kind // "" for success
		gateway bool
		text    string // foreign, in the credential or the refusal
	}{
		{200, `{"code":200,"message":{"token":"sqp_1","text":"not bound"}}`, "", false, "not bound"},
		{200, `{"code":200,"message":{"token":"sqp_1"}}`, "", false, ""},
		{200, `{"code":401,"message":{"text":"You are not authorized for this project"}}`, fault.Denied, false, "You are not authorized for this project"},
		{200, `{"code":401,"message":{"text":"no","token":"sqp_1"}}`, fault.Denied, false, "no"},
		{200, `{"code":400,"message":{"text":"Invalid platform."}}`, fault.Usage, false, "Invalid platform."},
		{200, `{"code":500,"message":{"text":"` + canary + `"}}`, fault.Internal, false, canary},
		{200, `{"code":200,"message":{"text":"` + canary + `"}}`, fault.Internal, false, ""},
		{200, `{"code":200,"message":{"token":"a\nb"}}`, fault.Internal, false, ""},
		{200, `{"code":"200","message":{"token":"sqp_1"}}`, fault.Internal, false, ""},
		{200, `{"message":{"token":"sqp_1"}}`, fault.Internal, false, ""},
		{200, `{"code":200,"message":"` + canary + `"}`, fault.Internal, false, ""},
		{200, `{"code":200,"code":401,"message":{"token":"sqp_1"}}`, fault.Internal, false, ""},
		{200, `<html>` + canary, fault.Internal, false, ""},
		{401, `{"message":"Unauthorized"}`, fault.Untrusted, true, ""},
		{403, `{"message":"Forbidden"}`, fault.Denied, false, ""},
		{429, `{"message":"Too Many Requests"}`, fault.Throttled, false, ""},
		{500, `{"message":"Internal Server Error"}`, fault.Internal, false, ""},
		{503, `{"message":"` + canary + `"}`, fault.Unavailable, false, ""},
		{401, `<html>` + canary, fault.Internal, false, ""},
		{502, `<html>` + canary, fault.Unavailable, false, ""},
		{201, `{"code":200,"message":{"token":"sqp_1"}}`, fault.Internal, false, ""},
		{302, `{"code":200,"message":{"token":"sqp_1"}}`, fault.Internal, false, ""},
	}
	for _, test := range tests {
		got, err := lambda(answering(test.status, "application/json", test.body)).Exchange(t.Context(), sonar())
		if test.want == "" {
			want := credential.Credential{Platform: "sonarqube", Token: secret.New("sqp_1"), URL: "https://sonar.example/x", Warning: test.text}
			if diff := cmp.Diff(want, got, bySecret); err != nil || diff != "" {
				t.Error(test.body, err, diff)
			}
			continue
		}
		if err == nil || fault.KindOf(err) != test.want || GatewayRefused(err) != test.gateway || !got.Token.IsZero() {
			t.Errorf("%d %s: %v (%s)", test.status, test.body, err, fault.KindOf(err))
		}
		if strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "sqp_1") { // C17
			t.Errorf("%v", err)
		}
		if refusal, ok := errors.AsType[*Refusal](err); ok && (refusal.Description != test.text || refusal.Temporary()) {
			t.Errorf("%+v", refusal)
		}
	}
}

// C11: a cleanup's success is no proof where nobody looked.
func TestC11LambdaCleanup(t *testing.T) {
	for body, want := range map[string]credential.Outcome{
		`{"code":200,"message":{"text":"revoked"}}`:                    credential.Unknown,
		`{"code":200,"message":{"text":"","status":"revoked"}}`:        credential.Revoked,
		`{"code":200,"message":{"text":"","status":"not_revocable"}}`:  credential.NotRevocable,
		`{"code":200,"message":{"text":"","status":"surely revoked"}}`: credential.Unknown,
	} {
		if got, err := lambda(answering(200, "application/json", body)).Cleanup(t.Context(), sonar()); got != want || err != nil {
			t.Errorf("%s: %s %v, want %s", body, got, err, want)
		}
	}
	got, err := lambda(answering(200, "application/json", `{"code":401,"message":{"text":"no"}}`)).Cleanup(t.Context(), sonar())
	if got != credential.Unknown || fault.KindOf(err) != fault.Denied {
		t.Errorf("%s %v", got, err)
	}
}

// S10: what two readers of the headers could take for two things is refused.
func TestS10LambdaRequestsAreReadStrictly(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"POST":                 func(r *http.Request) { r.Method = http.MethodPost },
		"query":                func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"body":                 func(r *http.Request) { r.ContentLength = 1 },
		"unknown length":       func(r *http.Request) { r.ContentLength, r.TransferEncoding = -1, []string{"chunked"} },
		"two tokens":           func(r *http.Request) { r.Header.Add("authorization", "x") },
		"two platforms":        func(r *http.Request) { r.Header.Add("platform", "artifactory") },
		"two types":            func(r *http.Request) { r.Header.Add("TYPE", "cleanup") },
		"two projects":         func(r *http.Request) { r.Header.Add("project", "other") },
		"two URLs":             func(r *http.Request) { r.Header.Add("sonarUrl", "https://other.example") },
		"two spellings":        func(r *http.Request) { r.Header.Add("sonarurl", "https://sonar.example/x") },
		"no token":             func(r *http.Request) { r.Header.Del("authorization") },
		"a scheme":             func(r *http.Request) { r.Header.Set("authorization", "Bearer aaa.bbb.ccc") },
		"no type":              func(r *http.Request) { r.Header.Del("type") },
		"another type":         func(r *http.Request) { r.Header.Set("type", "Token") },
		"no platform":          func(r *http.Request) { r.Header.Del("platform") },
		"odd platform":         func(r *http.Request) { r.Header.Set("platform", "../x") },
		"large token":          func(r *http.Request) { r.Header.Set("authorization", strings.Repeat("p", 8<<10+1)) },
		"large project":        func(r *http.Request) { r.Header.Set("project", strings.Repeat("p", 8<<10+1)) },
		"control":              func(r *http.Request) { r.Header.Set("project", "a\u0085b") },
		"a token to no effect": func(r *http.Request) { r.Header.Set("token", "t") },
	} {
		r := httptest.NewRequest(http.MethodGet, "/lambda", nil)
		sonar().setHeaders(r.Header)
		if _, err := DecodeLambda(r); err != nil {
			t.Fatal(err)
		}
		change(r)
		if _, err := DecodeLambda(r); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a refusal of our own broker is to the clients that are deployed, and that
// it says no more than theirs.
func TestLambdaRefusals(t *testing.T) {
	for kind, want := range map[fault.Kind]string{
		fault.Usage:       `400 {"message":"Bad Request"}`,
		fault.Untrusted:   `401 {"message":"Unauthorized"}`,
		fault.Denied:      `200 {"code":401,"message":{"text":"You are not authorized for this project"}}`,
		fault.Throttled:   `429 {"message":"Too Many Requests"}`,
		fault.Unavailable: `503 {"message":"Service Unavailable"}`,
		fault.Internal:    `500 {"message":"Internal Server Error"}`,
		fault.Ambiguous:   `500 {"message":"Internal Server Error"}`,
	} {
		rec := httptest.NewRecorder()
		EncodeLambdaRefusal(rec, &Refusal{Kind: kind, Description: canary, Owner: canary, RetryAfter: 90 * time.Second, Failed: []Condition{{canary, canary}}})
		if got := fmt.Sprint(rec.Code, " ", rec.Body); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

func TestProjectDefault(t *testing.T) {
	for repository, want := range map[string]string{"acme/payments": "acme_payments", "a/b/c": "a_b/c", "": ""} {
		if got := ProjectDefault(repository); got != want {
			t.Errorf("%s: %s, want %s", repository, got, want)
		}
	}
}

func FuzzLambda(f *testing.F) {
	f.Add("aaa.bbb.ccc", "sonarqube", "acme_payments", "https://sonar.example", false, "", "sqp_1", "warning", `{"code":200,"message":{"token":"a"}}`)
	f.Add("a", "artifactory", "", "", true, "t", "", "", `{"message":"Unauthorized"}`)
	f.Fuzz(func(t *testing.T, id, name, project, url string, clean bool, token, issued, warning, raw string) {
		want := LambdaRequest{IDToken: secret.New(id), Platform: name, Project: project, PlatformURL: url, Cleanup: clean}
		if token != "" {
			want.Token = secret.New(token)
		}
		if want.problem() == "" {
			r := httptest.NewRequest(http.MethodGet, "/lambda", nil)
			want.setHeaders(r.Header)
			got, err := DecodeLambda(r)
			if diff := cmp.Diff(want, got, bySecret); err != nil || diff != "" {
				t.Error(err, diff)
			}
		}
		answer := LambdaAnswer{Code: 200, Token: secret.New(issued), Text: shorten(strings.ToValidUTF8(warning, "?")), Outcome: credential.Revoked}
		rec := httptest.NewRecorder()
		if issued != "" && EncodeLambda(rec, answer) == nil {
			got, err := decodeLambdaAnswer(&httpclient.Response{Status: rec.Code, Header: rec.Header(), Body: rec.Body.Bytes()})
			if diff := cmp.Diff(answer, got, bySecret); err != nil || diff != "" {
				t.Error(err, diff)
			}
		}
		for _, status := range []int{200, 401, 500} {
			got, err := decodeLambdaAnswer(&httpclient.Response{Status: status, Header: http.Header{}, Body: []byte(raw)})
			if err == nil && (status != 200 || got.Code != 200) {
				t.Errorf("%d %q: %+v", status, raw, got)
			}
		}
	})
}
