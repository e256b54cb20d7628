package httpclient

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"
)

// tripper makes one try: connect, send, read everything.
type tripper struct {
	timeout time.Duration
	limit   int64
	guard   func(netip.Addr) error
	routes  routes

	plain   *http.Transport // http, to loopback
	direct  *http.Transport // https
	proxied *http.Transport // https through a proxy
}

func newTripper(c Config, found routes, secure *tls.Config) *tripper {
	t := &tripper{timeout: c.Timeout, limit: c.MaxBody, guard: c.Guard, routes: found}
	t.plain = transport(c, secure, func(addr netip.Addr) error { return cmp.Or(loopback(addr), ask(t.guard, addr)) })
	t.direct = transport(c, secure, t.guard)
	t.proxied = transport(c, secure, nil)
	t.proxied.Proxy = func(r *http.Request) (*url.URL, error) { return found.proxyFor(r.URL) }
	t.proxied.OnProxyConnectResponse = connected
	return t
}

// transport speaks HTTP/1.1 only, because HTTP/2 repeats requests by itself. A
// client without retries gets a new connection for each request: on one that was
// used before, net/http repeats a GET that got no answer.
func transport(c Config, secure *tls.Config, guard func(netip.Addr) error) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{ControlContext: control(guard)}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        secure.Clone(),
		Protocols:              &protocols,
		DisableCompression:     true,
		DisableKeepAlives:      c.Retries == 0,
		MaxResponseHeaderBytes: 256 << 10,
		IdleConnTimeout:        time.Minute,
	}
}

// control asks guard about the address that a name turned out to mean, so that
// no resolver can answer one thing to a check and another to the connection.
func control(guard func(netip.Addr) error) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if err := ask(guard, at.Addr()); err != nil {
			return forbidden{err}
		}
		return nil
	}
}

func ask(guard func(netip.Addr) error, addr netip.Addr) error {
	if guard == nil {
		return nil
	}
	return guard(addr)
}

// connected looks at a proxy's answer to CONNECT, which net/http would otherwise
// reduce to the text that the proxy wrote.
func connected(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return proxyRefused(answer.StatusCode)
	}
	return nil
}

func (t *tripper) transportFor(u *url.URL) *http.Transport {
	switch {
	case u.Scheme == "http":
		return t.plain
	case t.routes.route(u).Direct:
		return t.direct
	default:
		return t.proxied
	}
}

// RoundTrip implements http.RoundTripper. The answer's body is in memory when it
// returns, so that the deadline covers it.
func (t *tripper) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	defer cancel()
	var shook atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) { shook.Store(err != nil) },
	})
	answer, err := t.answer(req.WithContext(ctx))
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return nil, overdue{after: t.timeout}
	case shook.Load():
		return nil, handshake{err}
	default:
		return nil, err
	}
}

func (t *tripper) answer(req *http.Request) (*http.Response, error) {
	answer, err := t.transportFor(req.URL).RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if _, noURL := answer.Location(); noURL != nil {
		answer.Header.Del("Location") // http.Client fails on such a one, and shows it
	}
	if coding := answer.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, errPacked
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, t.limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > t.limit {
		return nil, tooLarge(t.limit)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

var errPacked = errors.New("the answer is compressed, which nobody asked for")
