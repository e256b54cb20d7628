package exchange

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func goodForm() url.Values { return aRequest("payments/sonar", "payments").form() }

func TestRequestGoesOverTheWire(t *testing.T) {
	for _, want := range []Request{
		aRequest("payments/sonar"),
		aRequest("a", "a/b", "b-1/c-2"),
		{IDToken: secret.New("a"), Grants: []string{"a"}, DryRun: true},
	} {
		var got Request
		w := &wire{handle: func(_ http.ResponseWriter, r *http.Request) {
			var err error
			if got, err = DecodeRequest(r); err != nil {
				t.Error(err)
			}
		}}
		_, _ = client(w).Exchange(t.Context(), want)
		if diff := cmp.Diff(want, got, bySecret); diff != "" {
			t.Error(diff)
		}
		if sent := w.seen[0].URL.String(); sent != "https://broker.example/token" {
			t.Errorf("sent to %s", sent)
		}
	}
}

// S21: each way to smuggle something past one of two readers of a request.
func TestS21RequestsAreReadStrictly(t *testing.T) {
	with := func(name string, values ...string) *http.Request {
		form := goodForm()
		form[name] = values
		return post(form.Encode())
	}
	changed := func(change func(*http.Request)) *http.Request {
		r := post(goodForm().Encode())
		change(r)
		return r
	}
	header := func(name string, values ...string) *http.Request {
		return changed(func(r *http.Request) { r.Header[name] = values })
	}
	bad := map[string]*http.Request{
		"GET":                     changed(func(r *http.Request) { r.Method = http.MethodGet }),
		"PUT":                     changed(func(r *http.Request) { r.Method = http.MethodPut }),
		"a query":                 changed(func(r *http.Request) { r.URL.RawQuery = "x=y" }),
		"a token in the query":    changed(func(r *http.Request) { r.URL.RawQuery = "subject_token=" + canary }),
		"an empty query":          changed(func(r *http.Request) { r.URL.ForceQuery = true }),
		"no content type":         header("Content-Type"),
		"json":                    header("Content-Type", "application/json"),
		"multipart":               header("Content-Type", "multipart/form-data; boundary=x"),
		"text":                    header("Content-Type", "text/plain"),
		"two content types":       header("Content-Type", "application/x-www-form-urlencoded", "application/json"),
		"a list of types":         header("Content-Type", "application/x-www-form-urlencoded, application/json"),
		"another charset":         header("Content-Type", "application/x-www-form-urlencoded; charset=utf-7"),
		"another type parameter":  header("Content-Type", "application/x-www-form-urlencoded; x=y"),
		"a packed body":           header("Content-Encoding", "gzip"),
		"too large":               post(goodForm().Encode() + "&x=" + strings.Repeat("x", 64<<10)),
		"bad escape":              post(goodForm().Encode() + "&x=%zz"),
		"semicolons":              post(strings.ReplaceAll(goodForm().Encode(), "&", ";")),
		"empty":                   post(""),
		"token twice":             with("subject_token", "aaa.bbb.ccc", "aaa.bbb.ccc"),
		"two scopes":              with("scope", "a", "b"),
		"something unknown twice": with("colour", "a", "b"),
		"no token":                with("subject_token"),
		"an empty token":          with("subject_token", ""),
		"a token with a space":    with("subject_token", "aaa bbb"),
		"a token with a newline":  with("subject_token", "aaa\nbbb"),
		"a token with NUL":        with("subject_token", "aaa\x00bbb"),
		"a token not in ASCII":    with("subject_token", "aaaäbbb"),
		"a token too large":       with("subject_token", strings.Repeat("a", 16<<10+1)),
		"no grant_type":           with("grant_type"),
		"another grant_type":      with("grant_type", "refresh_token"),
		"no token type":           with("subject_token_type"),
		"another token type":      with("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
		"dry_run 1":               with("dry_run", "1"),
		"dry_run TRUE":            with("dry_run", "TRUE"),
		"dry_run empty":           with("dry_run", ""),
		"request_id empty":        with("request_id", ""),
		"request_id short":        with("request_id", "0123456789abcde"),
		"request_id long":         with("request_id", strings.Repeat("a", 129)),
		"request_id odd":          with("request_id", "0123456789abcde\n"),
		"scope absent":            with("scope"),
		"scope empty":             with("scope", ""),
		"scope upper case":        with("scope", "Payments/sonar"),
		"scope two slashes":       with("scope", "a/b/c"),
		"scope dots":              with("scope", "../a"),
		"scope double space":      with("scope", "a  b"),
		"scope tab":               with("scope", "a\tb"),
		"scope ends in a space":   with("scope", "a "),
		"scope ends in newline":   with("scope", "a\n"),
		"scope names one twice":   with("scope", "a b a"),
		"scope has seventeen":     with("scope", "a b c d e f g h i j k l m n o p q"),
		"scope is long":           with("scope", strings.Repeat("a", 129)),
	}
	for name, r := range bad {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeRequest(r)
			refusal, ok := errors.AsType[*Refusal](err)
			if !ok || refusal.Kind != fault.Usage || refusal.Description == "" || strings.Contains(refusal.Description, canary) {
				t.Fatalf("%v %+v, want a refusal of kind usage", err, refusal)
			}
			if (refusal.Word == "invalid_scope") != strings.HasPrefix(name, "scope ") {
				t.Errorf("its word is %q", refusal.Word)
			}
		})
	}
	good := map[string]*http.Request{
		"as it is":               changed(func(*http.Request) {}),
		"charset":                header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
		"something unknown":      with("audience", "https://elsewhere.example"),
		"dry_run false":          with("dry_run", "false"),
		"no request_id":          with("request_id"),
		"sixteen grants":         with("scope", "a b c d e f g h i j k l m n o p"),
		"a request that is full": post(goodForm().Encode() + "&x=" + strings.Repeat("x", 64<<10-len(goodForm().Encode())-3)),
	}
	for name, r := range good {
		if _, err := DecodeRequest(r); err != nil {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// C22: no input makes reading it slow.
func TestC22DecodingIsLinear(t *testing.T) {
	bodies := []string{
		strings.Repeat("&", 64<<10), strings.Repeat("a=&", 21<<10), strings.Repeat("%41", 21<<10),
		goodForm().Encode() + "&scope=" + strings.Repeat("+", 60<<10),
	}
	start := time.Now()
	for _, body := range bodies {
		for range 20 {
			_, _ = DecodeRequest(post(body))
		}
	}
	deep := strings.Repeat("[", 1<<20)
	wide := `{"credentials":[` + strings.Repeat(`{},`, 300<<10) + `{}]}`
	for _, body := range []string{`{"x":` + deep, wide, `{` + strings.Repeat(`"a":1,`, 150<<10) + `"b":2}`, `{"scope":"` + strings.Repeat("a/", 500<<10) + `"}`} {
		_, _ = client(answering(200, "application/json", body)).Exchange(t.Context(), aRequest("a"))
		_, _ = client(answering(403, "application/json", body)).Exchange(t.Context(), aRequest("a"))
	}
	if took := time.Since(start); took > 20*time.Second { // anything quadratic takes minutes
		t.Errorf("took %v", took)
	}
}

func TestClientDoesNotSendNonsense(t *testing.T) {
	w := answering(200, "application/json", "{}")
	for name, r := range map[string]Request{
		"no token":   {Grants: []string{"a"}},
		"no grant":   {IDToken: secret.New("a")},
		"bad grant":  aRequest("A"),
		"bad id":     {IDToken: secret.New("a"), Grants: []string{"a"}, RequestID: "x"},
		"two tokens": {IDToken: secret.New("a\nb"), Grants: []string{"a"}},
	} {
		if _, err := client(w).Exchange(t.Context(), r); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(w.seen) != 0 {
		t.Errorf("%d requests were sent", len(w.seen))
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("aaa.bbb.ccc", "payments/sonar other", true, "0123456789abcdef", "")
	f.Add("a", "a", false, "", "grant_type=x&scope=%20")
	f.Fuzz(func(t *testing.T, token, scope string, dry bool, id, raw string) {
		want := Request{IDToken: secret.New(token), Grants: strings.Split(scope, " "), DryRun: dry, RequestID: id}
		if want.problem() == "" && scopeProblem(want.Grants) == "" {
			got, err := DecodeRequest(post(want.form().Encode()))
			if diff := cmp.Diff(want, got, bySecret); err != nil || diff != "" {
				t.Error(err, diff)
			}
		}
		got, err := DecodeRequest(post(raw))
		if err == nil && (got.problem() != "" || scopeProblem(got.Grants) != "") {
			t.Errorf("%q is accepted", raw)
		}
		if again, err2 := DecodeRequest(post(got.form().Encode())); err == nil && (err2 != nil || cmp.Diff(got, again, bySecret) != "") {
			t.Errorf("%q: %v %v", raw, again, err2)
		}
	})
}

// C9: the lease goes to the broker that the client was given, and nowhere else.
func TestC9Revoke(t *testing.T) {
	tests := []struct {
		status int
		media  string
		body   string
		want   string
		kind   fault.Kind // of the error; "" for none
	}{
		{200, "application/json", `{"status":"revoked"}`, "revoked", ""},
		{200, "application/json", `{"status":"already_gone"}`, "already_gone", ""},
		{200, "application/json", `{"status":"not_revocable"}`, "not_revocable", ""},
		{200, "application/json", `{"status":"unknown"}`, "unknown", ""},
		{400, "application/json", `{"error":"invalid_token","status":"unknown"}`, "unknown", ""},
		{400, "application/json", `{"error":"invalid_token","status":"revoked"}`, "unknown", ""},
		{400, "application/json", `{"error":"invalid_request"}`, "unknown", fault.Usage},
		{200, "application/json", `{}`, "unknown", fault.Internal},
		{200, "application/json", `{"status":"fine"}`, "unknown", fault.Internal},
		{200, "application/json", `{"status":"fine","status":"revoked"}`, "unknown", fault.Internal},
		{200, "text/html", `{"status":"revoked"}`, "unknown", fault.Internal},
		{201, "application/json", `{"status":"revoked"}`, "unknown", fault.Internal},
		{302, "application/json", `{"status":"revoked"}`, "unknown", fault.Internal},
		{403, "application/json", `{"status":"revoked"}`, "unknown", fault.Internal},
		{429, "application/json", `{"error":"slow_down"}`, "unknown", fault.Throttled},
		{503, "application/json", `{"error":"temporarily_unavailable"}`, "unknown", fault.Unavailable},
		{502, "text/html", `<html>`, "unknown", fault.Unavailable},
	}
	for _, test := range tests {
		w := answering(test.status, test.media, test.body)
		got, err := client(w).Revoke(t.Context(), secret.New("lease"))
		if string(got) != test.want || (err == nil) != (test.kind == "") || err != nil && fault.KindOf(err) != test.kind {
			t.Errorf("%d %s: %s %v, want %s and kind %q", test.status, test.body, got, err, test.want, test.kind)
		}
		sent, _ := io.ReadAll(w.seen[0].Body)
		if len(w.seen) != 1 || w.seen[0].URL.String() != "https://broker.example/revoke" || string(sent) != "token=lease" {
			t.Errorf("sent %d requests, the first %q to %s", len(w.seen), sent, w.seen[0].URL)
		}
	}
}

func TestLeaseGoesOverTheWire(t *testing.T) {
	for _, outcome := range credential.Outcomes {
		var lease secret.Value
		var status int
		got, err := client(&wire{handle: func(w http.ResponseWriter, r *http.Request) {
			lease, _ = DecodeRevoke(r)
			EncodeOutcome(w, outcome)
			status = w.(*httptest.ResponseRecorder).Code
		}}).Revoke(t.Context(), secret.New("le-a_se"))
		if got != outcome || err != nil || lease.Reveal() != "le-a_se" {
			t.Errorf("%s: %s %v with %q", outcome, got, err, lease.Reveal())
		}
		if (status == http.StatusOK) != (outcome != credential.Unknown) { // S7
			t.Errorf("%s has status %d", outcome, status)
		}
	}
	for _, body := range []string{"", "token=", "token=a&token=a", "token=" + strings.Repeat("a", maxLease+1)} {
		if _, err := DecodeRevoke(post(body)); fault.KindOf(err) != fault.Usage {
			t.Errorf("%.20q: %v", body, err)
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, dev := range []bool{true, false} {
		w := &wire{handle: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != MetadataPath {
				t.Errorf("asked %s", r.URL)
			}
			EncodeMetadata(w, Metadata{Issuer: "https://broker.example", Dev: dev})
		}}
		if got, err := client(w).Metadata(t.Context()); err != nil || got.Dev != dev {
			t.Errorf("%+v %v", got, err)
		}
	}
	for body, kind := range map[string]fault.Kind{
		`{"issuer":"https://other.example"}`:              fault.Usage,
		`{"issuer":"https://broker.example/"}`:            fault.Usage,
		`{"issuer":"https://broker.example","dev":"yes"}`: fault.Internal,
		`{"Issuer":"https://broker.example"}`:             fault.Usage,
		`<html>`:                                          fault.Internal,
	} {
		if got, err := client(answering(200, "application/json", body)).Metadata(t.Context()); err == nil || fault.KindOf(err) != kind {
			t.Errorf("%s: %v %v, want kind %s", body, got, err, kind)
		}
	}
}
