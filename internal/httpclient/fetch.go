package httpclient

import (
	"context"
	"net/http"

	"github.com/autoken/autoken/internal/fault"
)

// Fetch returns the body of the 200 that url answers a plain GET with. Any other
// status is an error of kind Unavailable.
func (c *Client) Fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fault.New(fault.Usage, "this is no URL")
	}
	got, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	if got.Status != http.StatusOK {
		return nil, fault.New(fault.Unavailable, "%s answered %d", req.URL.Host, got.Status)
	}
	return got.Body, nil
}

// IsLoopback reports whether host is this machine by a literal address, or
// localhost, which is looked at again when it is dialled.
func IsLoopback(host string) bool { return local(host) }
