package exchange

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

const (
	grantType     = "urn:ietf:params:oauth:grant-type:token-exchange"
	idTokenType   = "urn:ietf:params:oauth:token-type:id_token"
	accessToken   = "urn:ietf:params:oauth:token-type:access_token"
	formEncoding  = "application/x-www-form-urlencoded"
	noneTwice     = "a parameter comes twice" // RFC 6749, section 3.2
	requiredTypes = "grant_type and subject_token_type must be those of an ID token exchange"
)

// Client asks a broker that speaks token exchange (RFC 8693). Nothing in it
// tries again: an ID token is good for one use.
type Client struct {
	Broker string // base URL without "/" at its end
	HTTP   Doer
	Now    func() time.Time
}

// Exchange trades r's ID token for credentials, or for decisions if r is a dry
// run. A *Refusal says why there are none, an *Undelivered that some were issued
// and must be given back.
func (c *Client) Exchange(ctx context.Context, r Request) (Answer, error) {
	if problem := r.problem(); problem != "" {
		return Answer{}, fault.New(fault.Usage, "asking the broker: %s", problem)
	}
	if problem := scopeProblem(r.Grants); problem != "" {
		return Answer{}, fault.New(fault.Usage, "asking the broker: %s", problem)
	}
	got, err := c.post(ctx, TokenPath, r.form())
	if err != nil {
		return Answer{}, err
	}
	if got.Status/100 != 2 {
		return Answer{}, refusalFrom(got, c.Now())
	}
	answer, err := decodeAnswer(got, r, c.Now())
	if err == nil {
		return answer, nil
	}
	err = fault.New(fault.Internal, "the broker's answer cannot be used: %w", err)
	if leases := leasesIn(got.Body); len(leases) > 0 {
		return Answer{}, &Undelivered{Leases: leases, Err: err}
	}
	return Answer{}, err
}

func (r Request) form() url.Values {
	form := url.Values{
		"grant_type":         {grantType},
		"subject_token":      {r.IDToken.Reveal()},
		"subject_token_type": {idTokenType},
		"scope":              {strings.Join(r.Grants, " ")},
	}
	if r.DryRun {
		form.Set("dry_run", "true")
	}
	if r.RequestID != "" {
		form.Set("request_id", r.RequestID)
	}
	return form
}

// DecodeRequest reads a request on the broker's side. Its errors are *Refusals
// that repeat nothing of the request.
func DecodeRequest(r *http.Request) (Request, error) {
	form, err := decodeForm(r)
	if err != nil {
		return Request{}, err
	}
	if form.Get("grant_type") != grantType || form.Get("subject_token_type") != idTokenType {
		return Request{}, malformed(requiredTypes)
	}
	dry := form.Get("dry_run")
	if form.Has("dry_run") && dry != "true" && dry != "false" {
		return Request{}, malformed("dry_run is neither true nor false")
	}
	if form.Has("request_id") && form.Get("request_id") == "" {
		return Request{}, malformed("request_id is empty")
	}
	got := Request{
		IDToken:   secret.New(form.Get("subject_token")),
		Grants:    strings.Split(form.Get("scope"), " "),
		DryRun:    dry == "true",
		RequestID: form.Get("request_id"),
	}
	if problem := got.problem(); problem != "" {
		return Request{}, malformed(problem)
	}
	if problem := scopeProblem(got.Grants); problem != "" {
		return Request{}, &Refusal{Kind: fault.Usage, Word: invalidScope, Description: problem}
	}
	return got, nil
}

// decodeForm reads a form as RFC 6749 wants it: in the body alone, because query
// strings end up in the logs of proxies, and each parameter at most once.
func decodeForm(r *http.Request) (url.Values, error) {
	if problem := formProblem(r); problem != "" {
		return nil, malformed(problem)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil {
		return nil, malformed("the body ended early")
	}
	if len(body) > maxForm {
		return nil, malformed("the body is larger than 64 KiB")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, malformed("the body is not a form")
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, malformed(noneTwice)
		}
	}
	return form, nil
}

func formProblem(r *http.Request) string {
	media, params, err := mime.ParseMediaType(r.Header.Get(contentType))
	charset := params["charset"]
	delete(params, "charset")
	switch {
	case r.Method != http.MethodPost:
		return "the method is not POST"
	case r.URL.RawQuery != "" || r.URL.ForceQuery:
		return "the URL has a query"
	case len(r.Header.Values(contentType)) != 1 || err != nil || media != formEncoding || len(params) > 0:
		return "the content type is not " + formEncoding
	case charset != "" && !strings.EqualFold(charset, "utf-8"), r.Header.Get("Content-Encoding") != "":
		return "the body is not plain UTF-8"
	default:
		return ""
	}
}
