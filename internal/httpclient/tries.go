package httpclient

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	firstWait   = 200 * time.Millisecond
	longestWait = 5 * time.Second
	patience    = time.Minute // for a Retry-After where the caller set no deadline
)

// tries decides, for one request, whether and when it is sent again.
type tries struct {
	made int
	next time.Duration
}

func newTries(c *Client) *retryablehttp.Client {
	var t tries
	return &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: c.trip, CheckRedirect: stay},
		RetryMax:     c.retries,
		CheckRetry:   t.again,
		Backoff:      t.wait,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// stay makes every redirect an answer: a request that carries a secret must not
// move to an address that a server chose.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (t *tries) again(ctx context.Context, answer *http.Response, err error) (bool, error) {
	t.made++
	t.next = max(jitter(t.made), asked(answer))
	return worthwhile(answer, err) && ctx.Err() == nil && fits(ctx, t.next), nil
}

func (t *tries) wait(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return t.next }

func worthwhile(answer *http.Response, err error) bool {
	if err != nil {
		return !permanent(err)
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return answer.StatusCode >= http.StatusInternalServerError
	}
}

// jitter is "full jitter": anything up to a bound that doubles with each try, so
// that jobs which failed together do not come back together.
func jitter(made int) time.Duration {
	bound := min(firstWait<<min(made, 8), longestWait)
	return rand.N(bound) //nolint:gosec // spreads load; nobody gains by guessing it
}

// asked is how long the service wants to be left alone. A date is read against
// the service's own clock; it says nothing where the answer has none.
func asked(answer *http.Response) time.Duration {
	if answer == nil {
		return 0
	}
	now, err := http.ParseTime(answer.Header.Get("Date"))
	if _, isDate := http.ParseTime(answer.Header.Get("Retry-After")); isDate == nil && err != nil {
		return 0
	}
	return RetryAfter(answer.Header, now)
}

// fits reports whether ctx leaves room for a wait: to sleep up to a deadline and
// then give up is only slower than to give up.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	if !ok {
		return wait <= patience
	}
	trial, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	end, _ := trial.Deadline()
	return end.Before(deadline)
}
