package httpclient

import (
	"net/http"
	"strconv"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

const longestRetryAfter = 24 * time.Hour

// RetryAfter returns how long h asks to wait, at most a day; 0 where it does not
// say, or says what cannot be read.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(longestRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), longestRetryAfter)
}

// Kind returns what a status means for whoever asked, where the protocol spoken
// gives it no meaning of its own.
func Kind(status int) fault.Kind {
	switch {
	case status == http.StatusTooManyRequests:
		return fault.Throttled
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= http.StatusInternalServerError:
		return fault.Unavailable
	default:
		return fault.Internal
	}
}
