package ci

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

const (
	requestURL   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	requestToken = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// githubToken asks the runner's token service once: the caller repeats.
func githubToken(ctx context.Context, job Job, audience string) (secret.Value, error) {
	req, err := tokenRequest(ctx, job, audience)
	if err != nil {
		return secret.Value{}, err
	}
	resp, err := job.HTTP.Do(req)
	if err != nil {
		return secret.Value{}, fmt.Errorf("asking for an ID token: %w", err)
	}
	if resp.Status != http.StatusOK {
		return secret.Value{}, refusedToken(job, resp)
	}
	var body struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(resp.Body, &body) != nil {
		return secret.Value{}, fault.New(fault.Internal, "asking for an ID token: the answer is not the JSON that was expected")
	}
	token, err := parseToken(body.Value)
	if err != nil {
		return token, fault.New(fault.Internal, "asking for an ID token: the answer holds none: %w", err)
	}
	return token, nil
}

func tokenRequest(ctx context.Context, job Job, audience string) (*http.Request, error) {
	bearer := secret.New(job.Env(requestToken))
	if job.Env(requestURL) == "" && bearer.IsZero() {
		return nil, whyNoToken(job)
	}
	for _, name := range []string{requestURL, requestToken} {
		if job.Env(name) == "" {
			return nil, fault.New(fault.NoIdentity, "%s is missing, though its partner is set", name).
				WithHint("something between the runner and autoken drops it (sudo, a container, env -i): pass both on:\n  %s\n  %s", requestURL, requestToken)
		}
	}
	endpoint, err := tokenURL(job.Env(requestURL), audience)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
	if err != nil {
		return nil, fault.New(fault.NoIdentity, "%s is not a URL", requestURL)
	}
	req.Header.Set("Authorization", "Bearer "+bearer.Reveal())
	req.Header.Set("Accept", "application/json")
	return req, nil
}

// tokenURL adds the audience to the runner's URL and leaves the rest alone: its
// path may have "//" and its query a second "?". Errors do not quote it.
func tokenURL(raw, audience string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "", fault.New(fault.NoIdentity, "%s is not a URL", requestURL)
	}
	if u.Scheme != "https" && !loopback(u) {
		return "", fault.New(fault.NoIdentity, "%s does not begin with https://", requestURL)
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "audience=" + strings.ReplaceAll(url.QueryEscape(audience), "+", "%20")
	return u.String(), nil
}

func loopback(u *url.URL) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && addr.Unmap().IsLoopback())
}

// refusedToken turns an answer without a token into an error. The body is never
// shown: it may hold what the request held.
func refusedToken(job Job, resp *httpclient.Response) error {
	kind := httpclient.Kind(resp.Status)
	if early(resp) {
		kind = fault.Unavailable
	}
	switch {
	case kind == fault.Internal && (resp.Status == http.StatusUnauthorized || resp.Status == http.StatusForbidden):
		return fault.New(fault.NoIdentity, "the token service refused this job an ID token: status %d", resp.Status).
			WithHint("it gives ID tokens only while the job runs, and only to the job itself")
	case kind == fault.Internal:
		return fault.New(kind, "asking for an ID token: the token service answered with status %d", resp.Status)
	}
	return fault.New(kind, "asking for an ID token: the token service answered with status %d", resp.Status).
		After(httpclient.RetryAfter(resp.Header, job.Now()))
}

// early reports whether the service refuses because it has not heard yet that
// the job runs, as it may in a job's first seconds.
func early(resp *httpclient.Response) bool {
	if resp.Status != http.StatusForbidden {
		return false
	}
	body := bytes.ToLower(resp.Body)
	return bytes.Contains(body, []byte("non-inprogress")) || bytes.Contains(body, []byte("pending")) || bytes.Contains(body, []byte("delayed"))
}
