package broker

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/secret"
)

// revoke answers POST /revoke. The lease alone is the proof: all that it can do
// is to end a credential.
func (b *Broker) revoke(w http.ResponseWriter, r *http.Request) {
	r0 := record.Record{Event: record.Revoke, Client: b.client(r), Protocol: "token-exchange"}
	lease, err := exchange.DecodeRevoke(r)
	if err == nil {
		var outcome credential.Outcome
		if outcome, err = b.giveBack(r.Context(), lease, &r0); err == nil {
			r0.Outcome = string(outcome)
			b.note(r0)
			exchange.EncodeOutcome(w, outcome)
			return
		}
	}
	answer, outcome, reason := explain(err)
	r0.Outcome, r0.Reason = string(outcome), reason
	b.note(r0)
	exchange.EncodeRefusal(w, answer)
}

func (b *Broker) giveBack(ctx context.Context, sealed secret.Value, r *record.Record) (credential.Outcome, error) {
	lease, err := b.config.LeaseKeys.Open(sealed)
	if err != nil {
		r.Reason = err.Error()
		return credential.Unknown, nil
	}
	sum := sha256.Sum256([]byte(sealed.Reveal()))
	r.DecisionID, r.Grants = lease.DecisionID, []string{lease.Grant}
	r.Credentials = []record.Credential{{
		Grant: lease.Grant, Platform: lease.Platform, Connection: lease.Connection, TokenID: lease.TokenID, LeaseSHA256: base64Sum(sealed.Reveal()),
	}}
	if b.done.has(sum, b.config.Now()) {
		return credential.AlreadyGone, nil
	}
	if wait := b.returns.take(string(sum[:])); wait > 0 {
		return "", (&refusal{exchange.Refusal{Kind: fault.Throttled, Description: slow}, record.Refuse, "rate limit of one lease"}).after(wait)
	}
	outcome, err := b.revokeLease(ctx, lease)
	if err == nil && (outcome == credential.Revoked || outcome == credential.AlreadyGone) {
		b.done.add(sum, lease.PlatformExpires)
	}
	return outcome, err
}

func (b *Broker) revokeLease(ctx context.Context, lease exchange.Lease) (credential.Outcome, error) {
	connection, ok := b.config.Connections[lease.Connection]
	if !ok || connection.Platform != lease.Platform || urlHash(connection.URL) != lease.URLHash {
		// A connection that was pointed elsewhere must not get what another host issued.
		return "", fault.New(fault.Internal, "the lease is for connection %s as it was configured before", lease.Connection)
	}
	p, ok := platform.Lookup(connection.Platform)
	if !ok {
		return "", errors.New("connection of an unknown platform")
	}
	return p.Revoke(ctx, connection, platform.Receipt{TokenID: lease.TokenID, Token: lease.Token})
}

// doneLeases remembers leases that were given back, so that a repeated request
// costs the platform nothing.
type doneLeases struct {
	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
}

const maxDone = 100_000

func (d *doneLeases) has(sum [sha256.Size]byte, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	until, ok := d.until[sum]
	return ok && now.Before(until)
}

// add remembers a lease until its credential would have died anyway. Where there
// is no room a repeated request costs one more question to the platform.
func (d *doneLeases) add(sum [sha256.Size]byte, until time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.until == nil || len(d.until) >= maxDone {
		d.until = map[[sha256.Size]byte]time.Time{}
	}
	d.until[sum] = until
}
