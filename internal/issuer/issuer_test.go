package issuer_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/issuer"
	"github.com/autoken/autoken/internal/secret"
)

const broker = "https://broker.example"

func serve(t *testing.T, keys int) *issuer.Issuer {
	t.Helper()
	i, err := issuer.New(issuer.Config{Keys: keys, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	i.URL = server.URL
	return i
}

func verifier(i *issuer.Issuer) *identity.Verifier {
	return identity.NewVerifier(identity.VerifierConfig{
		Issuers: []identity.Issuer{{Name: "gh", Kind: "github", URL: i.URL, Audience: broker, Loopback: true}},
		Fetch: func(ctx context.Context, url string) ([]byte, error) {
			status, body, err := get(ctx, url, "")
			if err != nil || status != http.StatusOK {
				return nil, fmt.Errorf("status %d: %w", status, err)
			}
			return body, nil
		},
		Now: time.Now,
	})
}

func get(ctx context.Context, url, authorization string) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// ask requests an ID token as actions/toolkit does.
func ask(t *testing.T, job issuer.Job, audience string) secret.Value {
	t.Helper()
	status, body, err := get(t.Context(), job.RequestURL+"&audience="+url.QueryEscape(audience), "Bearer "+job.RequestToken.Reveal())
	if err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %s, %v", status, body, err)
	}
	var answer struct {
		Count int
		Value string
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Count != 1 {
		t.Fatalf("%s: %v", body, err)
	}
	return secret.New(answer.Value)
}

func TestJobGetsItsOwnIDToken(t *testing.T) {
	i := serve(t, 1)
	v := verifier(i)
	push, pull := i.StartJob(issuer.GitHubPush()), i.StartJob(issuer.GitHubPullRequest())
	seen := map[any]bool{}
	for _, test := range []struct {
		job    issuer.Job
		claims identity.Claims
	}{{push, issuer.GitHubPush()}, {pull, issuer.GitHubPullRequest()}, {push, issuer.GitHubPush()}} {
		got, err := v.Verify(t.Context(), ask(t, test.job, broker), "")
		if err != nil {
			t.Fatal(err)
		}
		seen[got.Claims()["jti"]] = true
		for name, want := range test.claims {
			if diff := cmp.Diff(want, got.Claims()[name]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("ids %v are not three", seen)
	}
}

func TestTimesAreGitHubs(t *testing.T) {
	now := time.Unix(1_790_000_000, 0)
	i, err := issuer.New(issuer.Config{URL: "https://issuer.example", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	got := payload(t, i.Sign(identity.Claims{"aud": "x", "jti": "1", "nbf": nil}))
	want := identity.Claims{
		"iss": "https://issuer.example", "aud": "x", "jti": "1",
		"iat": json.Number("1790000000"), "exp": json.Number("1790000300"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if nbf := payload(t, i.Sign(nil))["nbf"]; nbf != json.Number("1789999400") {
		t.Errorf("nbf %v", nbf)
	}
}

func payload(t *testing.T, token secret.Value) identity.Claims {
	t.Helper()
	part, err := base64.RawURLEncoding.DecodeString(strings.Split(token.Reveal(), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	claims, err := identity.DecodeClaims(part)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestTokenEndpointRefuses(t *testing.T) {
	i := serve(t, 1)
	job := i.StartJob(issuer.GitHubPush())
	good := "Bearer " + job.RequestToken.Reveal()
	for _, test := range []struct {
		path, authorization string
		want                int
	}{
		{"/token?api-version=2.0&audience=x", good, http.StatusOK},
		{"/token?api-version=2.0&audience=x", strings.ToLower(good[:6]) + good[6:], http.StatusOK},
		{"/token?api-version=2.0&audience=x", "", http.StatusUnauthorized},
		{"/token?api-version=2.0&audience=x", "Bearer ", http.StatusUnauthorized},
		{"/token?api-version=2.0&audience=x", good + "x", http.StatusUnauthorized},
		{"/token?api-version=2.0&audience=x", "Basic " + good[7:], http.StatusUnauthorized},
		{"/token?api-version=2.0?audience=x", good, http.StatusBadRequest},
		{"/token?audience=x", good, http.StatusBadRequest},
		{"/token?api-version=2.0&audience=x&audience=y", good, http.StatusBadRequest},
		{"/", good, http.StatusNotFound},
	} {
		status, body, err := get(t.Context(), i.URL+test.path, test.authorization)
		if err != nil || status != test.want {
			t.Errorf("%s: status %d (%s), want %d; %v", test.path, status, body, test.want, err)
		}
	}
	response, err := http.Post(job.RequestURL, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", response.StatusCode)
	}
}

func TestAudienceIsTheOwnersByDefault(t *testing.T) {
	i := serve(t, 1)
	if aud := payload(t, ask(t, i.StartJob(issuer.GitHubPush()), ""))["aud"]; aud != "https://github.com/acme" {
		t.Errorf("aud %v", aud)
	}
}

func TestRotateWithdrawsTheKey(t *testing.T) {
	i := serve(t, 2)
	job := i.StartJob(issuer.GitHubPush())
	before := ask(t, job, broker)
	i.Rotate()
	v := verifier(i)
	if _, err := v.Verify(t.Context(), ask(t, job, broker), ""); err != nil {
		t.Error(err)
	}
	if _, err := v.Verify(t.Context(), before, ""); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("the key before: %v", err)
	}
	i.Rotate()
	if err := v.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), before, ""); err != nil {
		t.Errorf("back again: %v", err)
	}
}
