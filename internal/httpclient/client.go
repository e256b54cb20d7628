// Package httpclient is the one HTTP client: it has deadlines and limits, knows
// proxies and extra authorities, never follows a redirect, and says in plain
// words why a service could not be reached.
package httpclient

import (
	"cmp"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/autoken/autoken/internal/fault"
)

// Config describes a Client. The zero value makes one without a proxy that
// tries once, for ten seconds, and reads up to 1 MiB.
type Config struct {
	CAFile    string              // PEM file of authorities that are trusted beside the system's
	CAPEM     []byte              // the same as text
	CertFile  string              // client certificate, PEM
	KeyFile   string              // the certificate's key, PEM
	Env       func(string) string // where HTTPS_PROXY and NO_PROXY are read, lower case first; nil: no proxy
	Proxy     string              // proxy URL that is used whatever Env says
	Timeout   time.Duration       // of one try
	Retries   int                 // 0 wherever an ID token is sent: it is good for one use
	MaxBody   int64               // bytes of an answer
	UserAgent string
	// Guard is asked about each address before it is dialled. Through a proxy it
	// is asked only about literal addresses in URLs, since the proxy resolves names.
	Guard func(netip.Addr) error
}

// Response is an answer that was read completely.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	trip    *tripper
	retries int
	agent   string
}

// New returns a client for c. Files that it cannot use and proxies that are no
// URLs are errors of kind Usage.
func New(c Config) (*Client, error) {
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	c.MaxBody = cmp.Or(c.MaxBody, 1<<20)
	found, err := newRoutes(c)
	if err != nil {
		return nil, err
	}
	secure, err := tlsConfig(c)
	if err != nil {
		return nil, err
	}
	return &Client{
		trip:    newTripper(c, found, secure),
		retries: c.Retries,
		agent:   cmp.Or(c.UserAgent, "autoken"),
	}, nil
}

// Do sends req and reads the whole answer, whatever its status: a redirect is an
// answer too. It leaves req as it is. Errors are of kind Unavailable, or Usage
// where the URL may not be asked at all; they hold neither the URL's path and
// query nor anything that was sent or received.
func (c *Client) Do(req *http.Request) (*Response, error) {
	if err := c.admit(req.URL); err != nil {
		return nil, err
	}
	own := req.Clone(req.Context())
	own.GetBody = nil // the transport sends a body again where it finds this
	if own.Header.Get("User-Agent") == "" {
		own.Header.Set("User-Agent", c.agent)
	}
	own.Header.Set("Accept-Encoding", "identity") // a small answer must not unpack into a huge one

	repeatable, err := retryablehttp.FromRequest(own)
	if err != nil {
		return nil, fault.New(fault.Usage, "reading the request's body: %w", err)
	}
	answer, err := newTries(c).Do(repeatable)
	if err != nil {
		return nil, c.explain(req, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, c.explain(req, err)
	}
	return &Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

// admit refuses URLs with credentials inside, which net/http would send, and
// literal addresses that the guard refuses: behind a proxy nobody else asks it.
func (c *Client) admit(u *url.URL) error {
	if u.Scheme != "https" && u.Scheme != "http" {
		return fault.New(fault.Usage, "URLs begin with https://, not %q", u.Scheme+":")
	}
	if u.User != nil {
		return fault.New(fault.Usage, "the URL of %s has a user name in it", u.Host)
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil {
		return c.admitAddress(u, addr)
	}
	return nil // names are looked at when they are dialled
}

func (c *Client) admitAddress(u *url.URL, addr netip.Addr) error {
	if err := ask(c.trip.guard, addr); err != nil {
		return c.explain(&http.Request{URL: u}, forbidden{err})
	}
	return nil
}
