package exchange

import (
	"context"
	"fmt"
	"net/http"

	"github.com/autoken/autoken/internal/fault"
)

// Metadata describes a broker (RFC 8414). It lists no grants: which exist is
// nobody's business.
type Metadata struct {
	Issuer string // the broker's base URL
	Dev    bool
}

type wireMetadata struct {
	Issuer             string   `json:"issuer"`
	TokenEndpoint      string   `json:"token_endpoint"`
	RevocationEndpoint string   `json:"revocation_endpoint"`
	ResponseTypes      []string `json:"response_types_supported"`
	GrantTypes         []string `json:"grant_types_supported"`
	AuthMethods        []string `json:"token_endpoint_auth_methods_supported"`
	Dev                bool     `json:"dev,omitempty"`
}

// EncodeMetadata writes m.
func EncodeMetadata(w http.ResponseWriter, m Metadata) {
	_ = send(w, http.StatusOK, wireMetadata{
		Issuer: m.Issuer, TokenEndpoint: m.Issuer + TokenPath, RevocationEndpoint: m.Issuer + RevokePath,
		ResponseTypes: []string{}, GrantTypes: []string{grantType}, AuthMethods: []string{"none"}, Dev: m.Dev,
	})
}

// Metadata asks the broker to describe itself. One that calls itself by another
// URL is refused (RFC 8414, section 3.3).
func (c *Client) Metadata(ctx context.Context) (Metadata, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Broker+MetadataPath, nil)
	if err != nil {
		return Metadata{}, fault.New(fault.Usage, "the broker's URL cannot be asked")
	}
	got, err := c.HTTP.Do(req)
	if err != nil {
		return Metadata{}, err
	}
	o, err := parseObject(got.Body)
	if err != nil || got.Status != http.StatusOK || !isJSON(got.Header) {
		return Metadata{}, refusalFrom(got, c.Now())
	}
	m := Metadata{Issuer: read[string](o, "issuer"), Dev: read[bool](o, "dev")}
	if o.err != nil {
		return Metadata{}, fault.New(fault.Internal, "the broker's metadata cannot be used: %w", o.err)
	}
	if m.Issuer != c.Broker {
		return Metadata{}, fault.New(fault.Usage, "the broker at %s calls itself %s", c.Broker, fmt.Sprintf("%q", shorten(m.Issuer))).
			WithHint("use the URL that the broker calls itself by: ID tokens are made for it")
	}
	return m, nil
}
