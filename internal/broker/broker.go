// Package broker is the HTTP server that trades ID tokens for credentials: it
// verifies who asks, decides by the policy, issues, and keeps a record.
package broker

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// Config is what a broker is made of.
type Config struct {
	Instance  string
	PublicURL string // without a trailing slash
	Dev       bool
	Now       func() time.Time

	// Started is when this process could first have remembered the use of an ID
	// token: older ones are refused, because they may have been used before.
	Started time.Time

	LoadPolicy     func() (*policy.Policy, []check.Finding, error)
	LoadKill       func() (Kill, error) // nil where there is no kill file
	Connections    map[string]platform.Connection
	LeaseKeys      *exchange.Keyring
	Fetch          func(ctx context.Context, url string) ([]byte, error) // for issuers' keys
	Limits         config.Limits
	TrustedProxies []netip.Prefix // whose X-Forwarded-For counts
	Records        *record.Log
	Log            *slog.Logger // for the operator; holds nothing about callers
}

func (c Config) loadKill() (Kill, error) {
	if c.LoadKill == nil {
		return Kill{}, nil
	}
	return c.LoadKill()
}

// Broker answers requests. Make one with New.
type Broker struct {
	config    Config
	rules     atomic.Pointer[rules]
	used      replay
	done      doneLeases
	slots     chan struct{} // one a request in work
	insiders  *buckets      // by issuer and repository
	strangers *buckets      // all callers that no grant names
	returns   *buckets      // by lease
}

// New returns a broker with its policy loaded. A policy that does not load, and
// a connection that the policy names and the configuration does not, are errors.
func New(c Config) (*Broker, error) {
	b := &Broker{
		config:    c,
		slots:     make(chan struct{}, c.Limits.Concurrency),
		insiders:  newBuckets(float64(c.Limits.PerRepository)/60, float64(c.Limits.PerRepository), c.Now),
		strangers: newBuckets(float64(c.Limits.Strangers), float64(c.Limits.Strangers), c.Now),
		returns:   newBuckets(1.0/6, 10, c.Now),
	}
	if err := b.Reload(); err != nil {
		return nil, err
	}
	return b, nil
}

// SandboxPath is where a development broker serves its sandboxes, each under the
// name of its connection.
const SandboxPath = "/sandbox/"

// Handler answers on the public listener.
func (b *Broker) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/token", b.guard(b.token))
	mux.HandleFunc("/revoke", b.guard(b.revoke))
	mux.HandleFunc("GET "+exchange.MetadataPath, b.metadata)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", b.ready)
	for _, c := range b.config.Connections {
		if c.Sandbox != nil {
			mux.Handle("GET "+SandboxPath+c.Name, c.Sandbox)
		}
	}
	return mux
}

// ready answers 200 where a job could get a credential, and says nothing else:
// which platforms there are is nobody's business.
func (b *Broker) ready(w http.ResponseWriter, _ *http.Request) {
	r := b.rules.Load()
	if r.verifier.Ready() && r.killErr == nil && !b.stale(r) {
		w.WriteHeader(http.StatusOK)
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
}

func (b *Broker) metadata(w http.ResponseWriter, _ *http.Request) {
	exchange.EncodeMetadata(w, exchange.Metadata{Issuer: b.config.PublicURL, Dev: b.config.Dev})
}

// note writes a record that no request waits for.
func (b *Broker) note(r record.Record) {
	if err := b.write(r); err != nil {
		b.config.Log.Error("a record could not be written", slog.Any("error", err))
	}
}

func (b *Broker) write(r record.Record) error {
	r.Time, r.Instance, r.Dev = b.config.Now().UTC(), b.config.Instance, b.config.Dev
	return b.config.Records.Write(r)
}

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID returns a decision id: 60 random bits that a double click selects. It
// opens nothing, and finds something in the operator's own log alone.
func newID() string {
	bits := make([]byte, 8)
	_, _ = rand.Read(bits) // never fails (crypto/rand)
	return "d" + strings.ToLower(idAlphabet.EncodeToString(bits))[:12]
}
