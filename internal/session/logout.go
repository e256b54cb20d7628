package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/credential"
)

// Returned is what became of one lease.
type Returned struct {
	ci.Kept
	Outcome credential.Outcome
	Err     error
}

// Logout gives back every lease that login remembered, whatever its age: the
// platform may know the credential longer than the broker promised. brokerOf
// makes the client that reaches a lease's broker. The error joins what could not
// be read; what was returned is good.
func Logout(ctx context.Context, job ci.Job, system ci.System, brokerOf func(ci.Lease) (Broker, error)) ([]Returned, error) {
	kept, problem := system.Recall(job)
	slices.SortStableFunc(kept, func(a, b ci.Kept) int { return cmp.Compare(order(a), order(b)) })
	all := make([]Returned, len(kept))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, k := range kept {
		group.Go(func() error {
			all[i] = giveBack(ctx, k, brokerOf)
			return nil
		})
	}
	_ = group.Wait() // each result says for itself how it went
	for _, r := range all {
		if dead(r.Outcome) || r.Stale || r.Outcome == credential.NotRevocable {
			problem = errors.Join(problem, r.Forget())
		}
	}
	if names := variables(all); system.Blank != nil && len(names) > 0 {
		if err := system.Blank(job, names); err != nil {
			problem = errors.Join(problem, fmt.Errorf("blanking variables: %w", err))
		}
	}
	return all, problem
}

// atOnce is how many leases are given back at the same time, so that a broker
// that does not answer cannot keep the others waiting.
const atOnce = 8

// order puts this run's leases before those that an earlier one left behind.
func order(k ci.Kept) int {
	if k.Stale {
		return 1
	}
	return 0
}

// staleTime is what a lease of an earlier run is worth.
const staleTime = 10 * time.Second

func giveBack(ctx context.Context, k ci.Kept, brokerOf func(ci.Lease) (Broker, error)) Returned {
	if k.Stale {
		limited, cancel := context.WithTimeout(ctx, staleTime)
		defer cancel()
		ctx = limited
	}
	broker, err := brokerOf(k.Lease)
	if err != nil {
		return Returned{k, credential.Unknown, err}
	}
	outcome, err := broker.Revoke(ctx, k.Secret)
	if err != nil {
		outcome = credential.Unknown
	}
	return Returned{k, outcome, err}
}

// variables are the names to blank: those of this run, once each.
func variables(all []Returned) []string {
	var names []string
	for _, r := range all {
		if !r.Stale && r.Target == ci.ToEnv {
			names = append(names, r.Variables...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Outlived reports whether the credential had ended long before it was given
// back, so that later steps of the job ran without one.
func (r Returned) Outlived(now time.Time) bool {
	const long = 5 * time.Minute
	return !r.Expires.IsZero() && now.Sub(r.Expires) > long
}
