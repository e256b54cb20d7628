package broker

import (
	"errors"
	"net"
	"net/http"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/httpclient"
)

// SandboxPath is where a development broker serves its sandboxes, each under the
// name of its connection.
const SandboxPath = "/sandbox/"

// ready answers 200 where a job could get a credential, and says nothing else:
// which platforms there are is nobody's business.
func (b *Broker) ready(w http.ResponseWriter, r *http.Request) {
	now := b.rules.Load()
	if b.outsideDev(r) || b.obstacle(now) != nil || now.killErr != nil || !now.verifiers.ready() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

var (
	errClock = errors.New("the clock is before the time this binary was built")
	errStale = errors.New("the policy could not be read for longer than max_policy_staleness")
)

// obstacle says why nothing can be decided now, nil where nothing is in the way.
func (b *Broker) obstacle(r *rules) error {
	now := b.config.Now()
	if b.clockIsWrong(now) {
		return errClock
	}
	if now.Sub(r.readAt) > b.config.Limits.MaxStaleness {
		return errStale
	}
	return nil
}

// outsideDev reports whether a development broker was reached from elsewhere:
// no load balancer must take it for a real one.
func (b *Broker) outsideDev(r *http.Request) bool {
	if !b.config.Dev {
		return false
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr) // "" is outside
	return !httpclient.IsLoopback(host)
}

func (b *Broker) metadata(w http.ResponseWriter, _ *http.Request) {
	exchange.EncodeMetadata(w, exchange.Metadata{Issuer: b.config.PublicURL, Dev: b.config.Dev})
}
