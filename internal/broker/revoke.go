package broker

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/secret"
)

// leasesEach is how many leases one exchange can give.
const leasesEach = 16

// errNotOurs says that a lease is of no use here: no key opens it, or it is for
// a platform that this broker does not reach any more.
var errNotOurs = errors.New("nothing is known of this lease's credential")

// revoke answers POST /revoke. The lease alone is the proof: all that it can do
// is to end a credential.
func (b *Broker) revoke(w http.ResponseWriter, r *http.Request) {
	begin := b.config.Now()
	note := record.Record{Event: record.Revoke, Client: b.client(r), Protocol: tokenExchange}
	outcome, err := b.giveBack(r, &note)
	if errors.Is(err, errNotOurs) {
		outcome, note.Reason, err = credential.Unknown, err.Error(), nil
	}
	refused := &refusal{}
	if err != nil {
		refused = explain(err)
		outcome, note.Reason = credential.Outcome(refused.outcome), refused.reason
	}
	if !refused.unrecorded {
		note.Outcome, note.Milliseconds = string(outcome), b.since(begin)
		b.note(note)
	}
	if err != nil {
		exchange.EncodeRefusal(w, &refused.Refusal)
		return
	}
	exchange.EncodeOutcome(w, outcome)
}

func (b *Broker) giveBack(r *http.Request, note *record.Record) (credential.Outcome, error) {
	sealed, lease, err := b.openLease(r)
	if err != nil {
		if limited := b.throttle(b.strangers, ""); limited != nil {
			return "", limited
		}
		return "", err
	}
	sum := sha256.Sum256([]byte(sealed.Reveal()))
	note.DecisionID, note.Grants, note.Claims = lease.DecisionID, []string{lease.Grant}, origin(lease)
	note.Credentials = []record.Credential{{
		Grant: lease.Grant, Platform: lease.Platform, Connection: lease.Connection, TokenID: lease.TokenID, LeaseSHA256: base64Sum(sealed),
	}}
	if b.done.has(sum, b.config.Now()) {
		return credential.AlreadyGone, nil
	}
	if err = b.throttle(b.leases, string(sum[:])); err != nil {
		return "", err
	}
	if err = b.throttle(b.givers, lease.Repository); err != nil {
		return "", err
	}
	outcome, err := b.revokeLease(r.Context(), lease)
	if err == nil && (outcome == credential.Revoked || outcome == credential.AlreadyGone) {
		b.done.add(sum, lease.PlatformExpires, b.config.Now())
	}
	return outcome, err
}

func (b *Broker) openLease(r *http.Request) (secret.Value, exchange.Lease, error) {
	sealed, err := exchange.DecodeRevoke(r)
	if err != nil {
		return sealed, exchange.Lease{}, err
	}
	lease, err := b.config.LeaseKeys.Open(sealed)
	if err != nil {
		err = fmt.Errorf("%w: %w", errNotOurs, err)
	}
	return sealed, lease, err
}

// origin lists what a lease knows of the job that it was given to.
func origin(l exchange.Lease) map[string]any {
	claims := map[string]any{}
	for name, value := range map[string]string{
		"repository_id": l.Repository, "run_id": l.Run, "run_attempt": l.Attempt, "check_run_id": l.CheckRun,
	} {
		if value != "" {
			claims[name] = value
		}
	}
	return claims
}

func (b *Broker) revokeLease(ctx context.Context, lease exchange.Lease) (credential.Outcome, error) {
	connection, ok := b.config.Connections[lease.Connection]
	p, known := platform.Lookup(connection.Platform)
	if !ok || !known || connection.Platform != lease.Platform || urlHash(connection.URL) != lease.URLHash {
		// A connection that was pointed elsewhere must not get what another host issued.
		return "", fmt.Errorf("%w: connection %s was changed since", errNotOurs, lease.Connection)
	}
	leave, err := b.revoking.enter(ctx, connection.Name)
	if err != nil {
		return "", err
	}
	defer leave()
	outcome, err := p.Revoke(ctx, connection, platform.Receipt{TokenID: lease.TokenID, Token: lease.Token})
	if err != nil {
		return "", fault.New(fault.KindOf(err), "connection %s: %w", connection.Name, err)
	}
	return outcome, nil
}
