// Package broker is the HTTP server that trades ID tokens for credentials: it
// verifies who asks, decides by the policy, issues, and keeps a record.
package broker

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
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

	// Built is when this binary was made. A clock that is before it is wrong, and
	// with it every expiry: nothing is served. Zero where nobody knows.
	Built time.Time
	// Started is when this process could first have remembered the use of an ID
	// token: older ones are refused, because they may have been used before.
	Started time.Time

	LoadPolicy     func() (*policy.Policy, []check.Finding, error) // called every few seconds; see PolicyFiles
	LoadKill       func() (Kill, error)                            // nil where there is no kill file
	Connections    map[string]platform.Connection
	LeaseKeys      *exchange.Keyring
	Fetch          func(ctx context.Context, url string) ([]byte, error) // for issuers' keys
	Limits         config.Limits                                         // a zero one is the default
	TrustedProxies []netip.Prefix                                        // whose X-Forwarded-For counts
	Records        *record.Log
	Log            *slog.Logger // for the operator; holds nothing about callers
}

// Broker answers requests. Make one with New.
type Broker struct {
	config    Config
	reloading sync.Mutex
	rules     atomic.Pointer[rules]
	used      replay
	done      doneLeases
	issuing   lanes
	revoking  lanes
	insiders  *buckets // by issuer and repository
	strangers *buckets // one for all callers that no grant is about
	leases    *buckets // giving back, by lease
	givers    *buckets // giving back, by repository
	notices   *buckets // records of rate limits that were hit, by whom

	starting bool // New is at work
	early    []record.Record
}

// New returns a broker with its policy loaded. A policy that does not load, and
// a connection that the policy names and the configuration does not, are errors.
func New(c Config) (*Broker, error) {
	c.Limits = withDefaults(c.Limits)
	perRepository, strangers := float64(c.Limits.PerRepository), float64(c.Limits.Strangers)
	b := &Broker{
		config:    c,
		issuing:   newLanes(c.Connections, c.Limits.Concurrency),
		revoking:  newLanes(c.Connections, c.Limits.Concurrency),
		insiders:  newBuckets(perRepository/60, perRepository, c.Now),
		strangers: newBuckets(strangers, strangers, c.Now),
		leases:    newBuckets(1.0/6, 10, c.Now),
		givers:    newBuckets(leasesEach*perRepository/60, leasesEach*perRepository, c.Now),
		notices:   newBuckets(0.1, 1, c.Now),
	}
	if err := b.checkPlace(); err != nil {
		return nil, err
	}
	b.starting = true
	defer func() { b.starting = false }()
	if err := b.Reload(); err != nil {
		return nil, err
	}
	return b, nil
}

func withDefaults(l config.Limits) config.Limits {
	d := config.DefaultLimits
	return config.Limits{
		PerRepository: cmp.Or(l.PerRepository, d.PerRepository),
		Strangers:     cmp.Or(l.Strangers, d.Strangers),
		Concurrency:   cmp.Or(l.Concurrency, d.Concurrency),
		MaxStaleness:  cmp.Or(l.MaxStaleness, d.MaxStaleness),
	}
}

// checkPlace refuses to start where the clock is wrong, and a development broker
// that others could reach.
func (b *Broker) checkPlace() error {
	if b.clockIsWrong(b.config.Now()) {
		return fault.New(fault.Usage, "the clock says %s, and this binary was built on %s",
			b.config.Now().UTC().Format(time.DateOnly), b.config.Built.UTC().Format(time.DateOnly)).WithHint("set the clock")
	}
	if b.config.Dev && !isLocal(b.config.PublicURL) {
		return fault.New(fault.Usage, "a development broker is for this machine alone, and %s is not on it", b.config.PublicURL)
	}
	return nil
}

func (b *Broker) clockIsWrong(now time.Time) bool { return now.Before(b.config.Built) }

func isLocal(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && httpclient.IsLoopback(u.Hostname())
}

// note writes a record that no request waits for. Those of New wait for Serve:
// until the broker is up, its output belongs to whoever starts it.
func (b *Broker) note(r record.Record) {
	if b.starting {
		b.early = append(b.early, r)
		return
	}
	if err := b.write(r); err != nil {
		b.config.Log.Error("a record could not be written", slog.Any("error", err))
	}
}

func (b *Broker) write(r record.Record) error {
	r.Time, r.Instance, r.Dev = b.config.Now().UTC(), b.config.Instance, b.config.Dev
	return b.config.Records.Write(r)
}

// since is how long something has taken, in milliseconds.
func (b *Broker) since(begin time.Time) float64 {
	return float64(b.config.Now().Sub(begin).Microseconds()) / 1000
}

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID returns a decision id: 60 random bits that a double click selects. It
// opens nothing, and finds something in the operator's own log alone.
func newID() string {
	bits := make([]byte, 8)
	_, _ = rand.Read(bits) // never fails (crypto/rand)
	return "d" + idAlphabet.EncodeToString(bits)[:12]
}

// Handler answers on the public listener.
func (b *Broker) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(exchange.TokenPath, b.guard(b.token))
	mux.HandleFunc(exchange.RevokePath, b.guard(b.revoke))
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
