package exchange

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

type wireOutcome struct {
	Error  string             `json:"error,omitempty"`
	Status credential.Outcome `json:"status"`
}

// Revoke gives a lease back (RFC 7009). The outcome is Unknown with every error,
// and without one where the broker cannot open the lease.
func (c *Client) Revoke(ctx context.Context, lease secret.Value) (credential.Outcome, error) {
	got, err := c.post(ctx, RevokePath, url.Values{"token": {lease.Reveal()}})
	if err != nil {
		return credential.Unknown, err
	}
	if got.Status != http.StatusOK && got.Status != http.StatusBadRequest {
		return credential.Unknown, refusalFrom(got, c.Now())
	}
	o, err := parseObject(got.Body)
	if err != nil || !isJSON(got.Header) {
		return credential.Unknown, refusalFrom(got, c.Now())
	}
	outcome := read[credential.Outcome](o, "status")
	switch {
	case got.Status == http.StatusBadRequest && read[string](o, "error") == invalidToken:
		return credential.Unknown, nil
	case got.Status == http.StatusBadRequest:
		return credential.Unknown, refusalFrom(got, c.Now())
	case !slices.Contains(credential.Outcomes, outcome):
		return credential.Unknown, fault.New(fault.Internal, "the broker does not say what became of the credential")
	default:
		return outcome, nil
	}
}

// post sends a form to the broker and to nobody else.
func (c *Client) post(ctx context.Context, path string, form url.Values) (*httpclient.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Broker+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fault.New(fault.Usage, "the broker's URL cannot be asked")
	}
	req.Header.Set(contentType, formEncoding)
	req.Header.Set("Accept", "application/json")
	return c.HTTP.Do(req)
}

// DecodeRevoke reads the lease on the broker's side. Its errors are *Refusals.
func DecodeRevoke(r *http.Request) (secret.Value, error) {
	form, err := decodeForm(r)
	if err != nil {
		return secret.Value{}, err
	}
	lease := form.Get("token")
	if lease == "" || len(lease) > maxLease {
		return secret.Value{}, malformed("token is not a lease")
	}
	return secret.New(lease), nil
}

// EncodeOutcome writes what became of a lease. RFC 7009 answers 200 for a token
// that nobody knows; here that is 400, because a client must not take "unknown"
// for "revoked".
func EncodeOutcome(w http.ResponseWriter, outcome credential.Outcome) {
	if outcome == credential.Unknown {
		_ = send(w, http.StatusBadRequest, wireOutcome{Error: invalidToken, Status: outcome})
		return
	}
	_ = send(w, http.StatusOK, wireOutcome{Status: outcome})
}
