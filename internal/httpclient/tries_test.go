package httpclient

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

// C13: what may pass is tried again, all else is final at the first try.
func TestC13WhichStatusesAreTriedAgain(t *testing.T) {
	for status, want := range map[int]int32{
		200: 1, 301: 1, 400: 1, 401: 1, 403: 1, 404: 1, 408: 3, 409: 1, 422: 1, 425: 3, 429: 3, 500: 3, 501: 3, 502: 3, 503: 3, 504: 3,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int32
			url, roots := serve(t, func(w http.ResponseWriter, r *http.Request) {
				seen.Add(1)
				if r.ContentLength != 4 {
					t.Errorf("a try without its body")
				}
				w.WriteHeader(status)
			})
			got, err := newClient(t, Config{CAPEM: roots, Retries: 2}).Do(request(t, http.MethodPost, url, "body"))
			if err != nil || got.Status != status || seen.Load() != want {
				t.Errorf("%v %v after %d tries, want the status after %d", got, err, seen.Load(), want)
			}
		})
	}
}

func TestNetworkErrorIsTriedAgain(t *testing.T) {
	var seen atomic.Int32
	url, roots := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if seen.Add(1) < 3 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "third")
	})
	got, err := get(t, newClient(t, Config{CAPEM: roots, Retries: 2}), url)
	if err != nil || string(got.Body) != "third" {
		t.Errorf("%v %v", got, err)
	}
}

// S15: a Retry-After that leads beyond the deadline ends the request at once.
func TestRetryAfterBeyondTheDeadline(t *testing.T) {
	for _, after := range []string{"30", "86400", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)} {
		var seen atomic.Int32
		url, roots := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			seen.Add(1)
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		start := time.Now()
		got, err := newClient(t, Config{CAPEM: roots, Retries: 5}).Do(request(t, http.MethodGet, url, "").WithContext(ctx))
		if err != nil || got.Status != 503 || seen.Load() != 1 || time.Since(start) > 5*time.Second {
			t.Errorf("%s: %v %v after %d tries and %v", after, got, err, seen.Load(), time.Since(start))
		}
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	var seen atomic.Int32
	url, roots := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if seen.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	start := time.Now()
	got, err := get(t, newClient(t, Config{CAPEM: roots, Retries: 1}), url)
	if err != nil || got.Status != 200 || time.Since(start) < time.Second {
		t.Errorf("%v %v after %v, want 200 after at least a second", got, err, time.Since(start))
	}
}

func TestJitterStaysInItsBounds(t *testing.T) {
	for made := range 100 {
		if wait := jitter(made); wait < 0 || wait >= longestWait {
			t.Errorf("try %d waits %v", made, wait)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, "-3": 0, "1.5": 0, "soon": 0, "86401": 24 * time.Hour,
		"18446744073709551615":          24 * time.Hour,
		"Mon, 23 Nov 2026 14:00:09 GMT": 9 * time.Second,
		"Mon, 23 Nov 2026 13:00:00 GMT": 0,
		"Mon, 23 Nov 2099 13:00:00 GMT": 24 * time.Hour,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestKind(t *testing.T) {
	for status, want := range map[int]fault.Kind{
		408: fault.Unavailable, 425: fault.Unavailable, 429: fault.Throttled, 500: fault.Unavailable, 503: fault.Unavailable, 599: fault.Unavailable,
		200: fault.Internal, 302: fault.Internal, 400: fault.Internal, 403: fault.Internal, 404: fault.Internal,
	} {
		if got := Kind(status); got != want {
			t.Errorf("%d: %v, want %v", status, got, want)
		}
	}
}
