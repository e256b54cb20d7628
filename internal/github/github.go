// Package github is the GitHub API as autoken uses it.
package github

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

// DefaultAPI is the API of github.com.
const DefaultAPI = "https://api.github.com"

// Doer sends requests; redirects are answers.
type Doer interface {
	Do(req *http.Request) (*httpclient.Response, error)
}

// Client asks one API, and shows its token to no other host.
type Client struct {
	API      string // https, or http on this machine; without a trailing slash
	Token    secret.Value
	Variable string // the environment variable that has the token, or could have one
	HTTP     Doer
	Now      func() time.Time
}

// Repository is what the API says about one.
type Repository struct {
	ID, OwnerID   string // decimal
	Name          string // owner/name, in the spelling that tokens use
	DefaultBranch string
	Visibility    string // public, private or internal
}

// Repository looks up the repository called name, owner/name. One that has been
// renamed is an error that says the new name.
func (c *Client) Repository(ctx context.Context, name string) (Repository, error) {
	owner, short, ok := strings.Cut(name, "/")
	if !ok || !isName(owner) || !isName(short) {
		return Repository{}, fault.New(fault.Usage, "a repository is OWNER/NAME, not %q", name)
	}
	answer, err := c.get(ctx, "/repos/"+url.PathEscape(owner)+"/"+url.PathEscape(short))
	if err != nil {
		return Repository{}, err
	}
	if id := renamedTo(answer); id != "" {
		return Repository{}, c.renamed(ctx, name, id)
	}
	r, err := c.read(answer, name)
	if err == nil && !strings.EqualFold(r.Name, name) {
		err = fault.New(fault.Usage, "%s is %s by now", name, r.Name).WithHint("--repo %s", r.Name)
	}
	return r, err
}

// isName knows names of owners and repositories; "." and ".." would be paths.
func isName(name string) bool {
	return name != "" && len(name) <= 100 && name != "." && name != ".." &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}

func (c *Client) get(ctx context.Context, path string) (*httpclient.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.API+path, nil)
	if err != nil {
		return nil, fault.New(fault.Usage, "the API's URL cannot be asked")
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	if !c.Token.IsZero() {
		req.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
	}
	return c.HTTP.Do(req)
}

// renamedTo returns the id of the repository that an answer leads to, "" where it
// leads to none. Only the number is taken from it: the token goes nowhere that a
// server chose.
func renamedTo(answer *httpclient.Response) string {
	if answer.Status != http.StatusMovedPermanently && answer.Status != http.StatusTemporaryRedirect && answer.Status != http.StatusPermanentRedirect {
		return ""
	}
	_, id, _ := strings.Cut(answer.Header.Get("Location"), "/repositories/")
	if _, err := strconv.ParseUint(id, 10, 63); err != nil {
		return ""
	}
	return id
}

func (c *Client) renamed(ctx context.Context, name, id string) error {
	failed := fault.New(fault.Usage, "%s has another name by now", name)
	answer, err := c.get(ctx, "/repositories/"+id)
	if err != nil {
		return failed
	}
	r, err := c.read(answer, name)
	if err != nil {
		return failed
	}
	return fault.New(fault.Usage, "%s is called %s by now", name, r.Name).WithHint("--repo %s", r.Name)
}

// read takes an answer about a repository for what it is.
func (c *Client) read(answer *httpclient.Response, name string) (Repository, error) {
	if answer.Status != http.StatusOK {
		return Repository{}, c.refusal(answer, name)
	}
	var said struct {
		ID            json.Number `json:"id"`
		FullName      string      `json:"full_name"`
		DefaultBranch string      `json:"default_branch"`
		Visibility    string      `json:"visibility"`
		Owner         struct {
			ID json.Number `json:"id"`
		} `json:"owner"`
	}
	err := json.Unmarshal(answer.Body, &said)
	r := Repository{said.ID.String(), said.Owner.ID.String(), said.FullName, said.DefaultBranch, said.Visibility}
	owner, short, _ := strings.Cut(r.Name, "/")
	if err != nil || !isID(r.ID) || !isID(r.OwnerID) || !isName(owner) || !isName(short) || r.DefaultBranch == "" {
		return Repository{}, fault.New(fault.Internal, "%s did not answer like GitHub's API", c.host()).
			WithHint("is --api-url right? GitHub Enterprise Server has its API at https://HOST/api/v3")
	}
	return r, nil
}

func isID(id string) bool {
	n, err := strconv.ParseUint(id, 10, 63)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == id
}

func (c *Client) host() string {
	if u, err := url.Parse(c.API); err == nil {
		return u.Host
	}
	return "the API"
}

// refusal says what to do about a status.
func (c *Client) refusal(answer *httpclient.Response, name string) error {
	switch answer.Status {
	case http.StatusUnauthorized:
		return fault.New(fault.Usage, "%s does not accept the token in %s", c.host(), c.Variable).
			WithHint("a public repository can be looked up without one: unset it; else use a token that has not expired")
	case http.StatusNotFound:
		return fault.New(fault.Usage, "%s has no repository %s, or %s", c.host(), name, c.whoMayNot()).
			WithHint("set %s to a token that may read it, or pass --repository-id and --owner-id", c.Variable)
	case http.StatusForbidden, http.StatusTooManyRequests:
		return c.forbidden(answer)
	}
	return fault.New(httpclient.Kind(answer.Status), "%s answered %d about %s", c.host(), answer.Status, name)
}

func (c *Client) whoMayNot() string {
	if c.Token.IsZero() {
		return "it is not public and no token was given"
	}
	return "the token may not see it"
}

// forbidden tells the rate limit, which has a time, from the rest, which has not.
func (c *Client) forbidden(answer *httpclient.Response) error {
	now := c.Now()
	wait := httpclient.RetryAfter(answer.Header, now)
	if reset, err := strconv.ParseInt(answer.Header.Get("X-Ratelimit-Reset"), 10, 64); err == nil && answer.Header.Get("X-Ratelimit-Remaining") == "0" {
		wait = max(time.Unix(reset, 0).Sub(now), time.Second)
	}
	switch {
	case wait > 0 || answer.Status == http.StatusTooManyRequests:
		err := fault.New(fault.Throttled, "%s has answered as often as it will for now; again from %s", c.host(), now.Add(wait).UTC().Format("15:04 UTC"))
		if c.Token.IsZero() {
			return err.After(wait).WithHint("set %s: with a token it answers more often", c.Variable)
		}
		return err.After(wait)
	case answer.Header.Get("X-Github-Sso") != "":
		return fault.New(fault.Usage, "the organization wants the token to be authorized for its single sign-on").
			WithHint("authorize it in GitHub's settings, under the token's name")
	}
	return fault.New(fault.Usage, "%s answered 403: the token may not read the repository", c.host()).
		WithHint("a fine-grained token needs Metadata: read; or pass --repository-id and --owner-id")
}
