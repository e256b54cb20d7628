package session

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

// Patience says how a session tries again. The loop stands around ID token and
// exchange together: a broker accepts an ID token once, so every try has a new
// one, and nothing below this loop retries.
type Patience struct {
	Now   func() time.Time
	Pause func(ctx context.Context, wait time.Duration) error // Sleep, but in tests
	Again func(err error, wait time.Duration)                 // told of each failure that may pass; nil for nobody
}

const (
	firstWait = 500 * time.Millisecond
	maxWait   = 8 * time.Second
)

// Sleep waits, or returns the context's cause where that ends first.
func Sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// try runs attempt until it succeeds, fails for good, or trying again would go
// past ctx's deadline. It returns how often it tried.
func (p Patience) try(ctx context.Context, attempt func(context.Context) error) (tries int, err error) {
	begin := p.Now()
	for tries = 1; ; tries++ {
		err = attempt(ctx)
		if err == nil || !fault.Temporary(err) {
			return tries, err
		}
		wait := backoff(tries, err)
		if deadline, ok := ctx.Deadline(); ok && p.Now().Add(wait).After(deadline) {
			return tries, exhausted(err, tries, p.Now().Sub(begin))
		}
		if p.Again != nil {
			p.Again(err, wait)
		}
		if paused := p.Pause(ctx, wait); paused != nil {
			return tries, exhausted(err, tries, p.Now().Sub(begin))
		}
	}
}

// backoff has full jitter, so that a matrix of jobs does not come back in step;
// a service that said how long to wait is obeyed.
func backoff(tries int, err error) time.Duration {
	ceiling := min(maxWait, firstWait<<min(tries-1, 10))
	wait := time.Duration(rand.Int64N(int64(ceiling))) + time.Millisecond //nolint:gosec // spreads load; nothing depends on it being unpredictable
	return max(wait, retryAfter(err))
}

// exhausted says how long it was tried, for a person who wonders whether to
// start the job again.
func exhausted(err error, tries int, took time.Duration) error {
	times := "once"
	if tries > 1 {
		times = formatTimes(tries)
	}
	return fault.New(fault.KindOf(err), "%w (tried %s in %s)", err, times, took.Round(100*time.Millisecond)).
		After(retryAfter(err))
}

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

func formatTimes(n int) string { return strconv.Itoa(n) + " times" }
