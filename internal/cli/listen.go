package cli

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
)

func (a *App) listen(ctx context.Context, l config.Listen, s serving) (net.Listener, error) {
	if s.dev && !httpclient.IsLoopback(hostPart(l.Address)) {
		return nil, fault.New(fault.Usage, "--dev listens on this machine alone, and %s is not it", l.Address).
			WithHint("--listen 127.0.0.1:0")
	}
	var plain net.ListenConfig
	listener, err := plain.Listen(ctx, "tcp", l.Address)
	if err != nil {
		return nil, fault.New(fault.Usage, "listening: %w", err)
	}
	if l.Cert.IsZero() {
		if !httpclient.IsLoopback(hostPart(l.Address)) {
			a.warn("listening on %s without TLS: clients speak https, so something in front of this broker must end it", l.Address)
		}
		return listener, nil
	}
	return a.secure(ctx, listener, l)
}

// secure puts TLS before a listener.
func (a *App) secure(ctx context.Context, plain net.Listener, l config.Listen) (net.Listener, error) {
	c := &certificate{app: a, listen: l}
	if _, err := c.get(ctx); err != nil {
		return nil, fault.New(fault.Usage, "the TLS certificate: %w", err)
	}
	return tls.NewListener(plain, &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(ctx) },
	}), nil
}

// certificateAge is how long a certificate is used before it is read again: a
// renewed one counts soon, and strangers who connect cost no reading.
const certificateAge = time.Minute

// certificate is the broker's own, as its files or commands have it.
type certificate struct {
	app    *App
	listen config.Listen

	mu   sync.Mutex
	pair *tls.Certificate
	read time.Time
}

// get returns the certificate. One that cannot be read again stays in use.
func (c *certificate) get(ctx context.Context) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pair != nil && c.app.Now().Sub(c.read) < certificateAge {
		return c.pair, nil
	}
	fresh, err := c.load(ctx)
	if err != nil && c.pair == nil {
		return nil, err
	}
	if err == nil {
		c.pair = fresh
	}
	c.read = c.app.Now()
	return c.pair, nil
}

func (c *certificate) load(ctx context.Context) (*tls.Certificate, error) {
	cert, err := c.listen.Cert.Read(ctx, c.app.Env)
	if err != nil {
		return nil, err
	}
	key, err := c.listen.Key.Read(ctx, c.app.Env)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair([]byte(cert.Reveal()), []byte(key.Reveal()))
	return &pair, err
}

func hostPart(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return host
}
