package broker

import (
	"context"
	"log/slog"
	"reflect"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// rules is what requests are decided by at one moment. It is swapped as a whole.
type rules struct {
	policy   *policy.Policy
	verifier *identity.Verifier
	readAt   time.Time // when the policy's files were last read without trouble
	kill     Kill
	killErr  error // why the kill file cannot be obeyed: everything is denied
}

// Reload reads the policy and the kill file again. A policy that does not load
// leaves the last good one in force for as long as the configuration allows; a
// kill file that does not load denies everything.
func (b *Broker) Reload() error {
	old := b.rules.Load()
	next := &rules{}
	if old != nil {
		*next = *old
	}
	next.kill, next.killErr = b.config.loadKill()
	if next.killErr != nil {
		b.config.Log.Error("the kill file cannot be read: everything is denied", slog.Any("error", next.killErr))
	}
	loaded, findings, err := b.config.LoadPolicy()
	if err == nil && len(findings) > 0 {
		err = findingsError(findings)
	}
	if err == nil {
		err = b.checkConnections(loaded)
	}
	if err == nil {
		next.readAt = b.config.Now()
		if old == nil || old.policy.Hash != loaded.Hash {
			b.adopt(next, loaded)
		}
	}
	if next.policy != nil {
		b.rules.Store(next)
	}
	return err
}

// adopt puts a new policy in force. Keys that were read before stay where the
// issuers did not change.
func (b *Broker) adopt(next *rules, loaded *policy.Policy) {
	if next.policy == nil || !reflect.DeepEqual(next.policy.Issuers(), loaded.Issuers()) {
		next.verifier = identity.NewVerifier(identity.VerifierConfig{
			Issuers: loaded.Issuers(), Fetch: b.config.Fetch, Now: b.config.Now, Started: b.config.Started,
		})
	}
	next.policy = loaded
	b.note(record.Record{Event: record.Policy, PolicyHash: loaded.Hash})
	b.config.Log.Info("policy in force", slog.String("hash", loaded.Hash), slog.Int("grants", len(loaded.Grants)))
}

// PolicyError is a policy that does not load.
type PolicyError struct{ Findings []check.Finding }

func (e *PolicyError) Error() string { return e.Findings[0].String() }

func findingsError(findings []check.Finding) error { return &PolicyError{findings} }

// stale reports whether the policy in force is too old to go by.
func (b *Broker) stale(r *rules) bool {
	return b.config.Now().Sub(r.readAt) > b.config.Limits.MaxStaleness
}

// reloadEvery is how often the files are looked at: a change counts within this
// time.
const reloadEvery = 5 * time.Second

// watch keeps the rules current until ctx ends.
func (b *Broker) watch(ctx context.Context) {
	tick := time.NewTicker(reloadEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := b.Reload(); err != nil {
			b.config.Log.Error("the policy does not load: the last good one stays in force", slog.Any("error", err))
		}
	}
}
