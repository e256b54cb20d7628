package broker

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// rules is what requests are decided by at one moment. It is swapped as a whole.
type rules struct {
	policy    *policy.Policy
	verifiers verifiers
	readAt    time.Time // when the policy's files were last read without trouble
	trouble   string    // why they were not, the last time; "" where they were
	kill      Kill
	killErr   error  // why the kill file cannot be obeyed: everything is denied
	idle      string // what it names and the policy does not have
}

// Reload reads the policy and the kill file again. A policy that does not load
// leaves the last good one in force for as long as the configuration allows; a
// kill file that does not load denies everything.
func (b *Broker) Reload() error {
	b.reloading.Lock()
	defer b.reloading.Unlock()
	next := &rules{}
	if old := b.rules.Load(); old != nil {
		*next = *old
	}
	b.reloadKill(next)
	err := b.reloadPolicy(next)
	if next.policy != nil {
		b.warnOfIdle(next)
		b.rules.Store(next)
	}
	return err
}

// warnOfIdle tells the operator of what the kill file does not switch off.
func (b *Broker) warnOfIdle(next *rules) {
	before := next.idle
	if next.idle = strings.Join(next.kill.idle(next.policy, b.config.Now()), ", "); next.idle != "" && next.idle != before {
		b.config.Log.Warn("entries of the kill file switch nothing off", slog.String("entries", next.idle))
	}
}

func (b *Broker) reloadPolicy(next *rules) error {
	loaded, err := b.loadPolicy()
	if err != nil {
		if text := err.Error(); text != next.trouble && next.policy != nil {
			next.trouble = text
			b.config.Log.Error("the policy does not load: the last good one stays in force", slog.String("error", text))
		}
		return err
	}
	next.readAt, next.trouble = b.config.Now(), ""
	if next.policy == nil || next.policy.Hash != loaded.Hash {
		b.adopt(next, loaded)
	}
	return nil
}

func (b *Broker) loadPolicy() (*policy.Policy, error) {
	loaded, findings, err := b.config.LoadPolicy()
	if err != nil {
		return nil, err
	}
	if len(findings) > 0 {
		return nil, &PolicyError{findings}
	}
	return loaded, b.checkPolicy(loaded)
}

// adopt puts a new policy in force.
func (b *Broker) adopt(next *rules, loaded *policy.Policy) {
	next.policy = loaded
	next.verifiers = next.verifiers.with(loaded.Issuers(), identity.VerifierConfig{
		Fetch: b.config.Fetch, Now: b.config.Now, Started: b.config.Started,
	})
	b.note(record.Record{Event: record.Policy, PolicyHash: loaded.Hash})
	b.config.Log.Info("policy in force", slog.String("hash", loaded.Hash), slog.Int("grants", len(loaded.Grants)))
}

// PolicyError is a policy that does not load.
type PolicyError struct{ Findings []check.Finding }

func (e *PolicyError) Error() string { return e.Findings[0].String() }

func (b *Broker) reloadKill(next *rules) {
	if b.config.LoadKill == nil {
		return
	}
	before := next.killState()
	next.kill, next.killErr = b.config.LoadKill()
	after := next.killState()
	if before == after {
		return
	}
	b.note(record.Record{Event: record.Policy, Reason: after})
	if next.killErr != nil {
		b.config.Log.Error(after)
		return
	}
	b.config.Log.Info(after)
}

// killState says in a line what the kill file does.
func (r *rules) killState() string {
	if r.killErr != nil {
		return "the kill file cannot be read and everything is denied: " + r.killErr.Error()
	}
	return r.kill.String()
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
			_ = b.Reload() // it has told the operator
		}
	}
}

const (
	refreshKeys  = 30 * time.Minute // all keys, before a token finds them old
	missingEvery = 15 * time.Second // those that are not there, because readyz waits for them
)

// keepKeys reads the issuers' keys before the first token needs them, and again
// before they are old.
func (b *Broker) keepKeys(ctx context.Context) {
	tick := time.NewTicker(missingEvery)
	defer tick.Stop()
	for due := b.config.Now(); ; {
		now := b.config.Now()
		if err := b.rules.Load().verifiers.refresh(ctx, now.Before(due)); err != nil && ctx.Err() == nil {
			b.config.Log.Warn("an issuer's keys could not be read", slog.Any("error", err))
		}
		if !now.Before(due) {
			due = now.Add(refreshKeys)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
