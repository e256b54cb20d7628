package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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
	var all []Returned
	for _, k := range kept {
		r := giveBack(ctx, k, brokerOf)
		if dead(r.Outcome) || k.Stale || r.Outcome == credential.NotRevocable {
			problem = errors.Join(problem, k.Forget())
		}
		all = append(all, r)
	}
	if names := variables(all); system.Blank != nil && len(names) > 0 {
		if err := system.Blank(job, names); err != nil {
			problem = errors.Join(problem, fmt.Errorf("blanking variables: %w", err))
		}
	}
	return all, problem
}

func giveBack(ctx context.Context, k ci.Kept, brokerOf func(ci.Lease) (Broker, error)) Returned {
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
