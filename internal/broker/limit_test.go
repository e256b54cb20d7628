package broker

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/record"
)

// S29: strangers share one allowance, each repository has its own, and what one
// uses up the others keep.
func TestS29RateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toThePresent()
		w := newWorld(t, func(w *world) { w.config.Limits = config.Limits{PerRepository: 2, Strangers: 3} })
		ask := func(want int, changes ...any) {
			t.Helper()
			answer := w.send(question{token: idToken(changes...), scope: "deploy"}.request())
			if answer.Code != want {
				t.Errorf("status %d, want %d: %s", answer.Code, want, answer.Body)
			}
			wait, _ := strconv.Atoi(answer.Header().Get("Retry-After"))
			if (answer.Code == http.StatusTooManyRequests) != (wait > 0) {
				t.Errorf("status %d with Retry-After %d", answer.Code, wait)
			}
		}
		for i := range 20 {
			want := http.StatusForbidden
			if i >= 3 {
				want = http.StatusTooManyRequests
			}
			ask(want, "repository_id", strconv.Itoa(i+1), "repository_owner_id", "66")
		}
		ask(http.StatusTooManyRequests, "exp", 1_000_000_000)
		ask(http.StatusOK)
		ask(http.StatusOK)
		ask(http.StatusTooManyRequests)
		if n := len(w.records.all(t, record.Exchange)); n != 3+1+2+1 {
			t.Errorf("%d records: who floods the broker fills the log", n)
		}
		time.Sleep(30 * time.Second)
		ask(http.StatusOK)
		ask(http.StatusTooManyRequests)
		ask(http.StatusForbidden, "repository_id", "1")
	})
}

// S7: giving back is limited for each lease, and then asks no platform.
func TestS7RevokeIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toThePresent()
		w := newWorld(t)
		asked := 0
		w.breaks("sandbox", trouble{revoke: func(context.Context, platform.Connection) error { asked++; return errors.New("out of order") }})
		_, body := w.ask(idToken(), "deploy")
		for range 30 {
			w.returns(body["lease"].(string))
		}
		if status, answer := w.returns(body["lease"].(string)); status != http.StatusTooManyRequests || asked != 10 {
			t.Errorf("status %d, asked %d times: %v", status, asked, answer)
		}
		w.strangers = newBuckets(1, 3, w.now)
		for i := range 6 {
			want := http.StatusBadRequest
			if i >= 3 {
				want = http.StatusTooManyRequests
			}
			if status, answer := w.returns("nonsense"); status != want {
				t.Errorf("nonsense %d: %d %v", i, status, answer)
			}
		}
	})
}

// S29: strangers take no place at a platform, and one platform that hangs costs
// the others nothing.
func TestS29PlacesAtAPlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toThePresent()
		w := newWorld(t, func(w *world) { w.config.Limits.Concurrency = 2 })
		hangs := trouble{issue: func(ctx context.Context, _ platform.Connection) error { <-ctx.Done(); return ctx.Err() }}
		w.breaks("second", hangs)
		answers := make(chan int, 100)
		for range 3 {
			go func() { answers <- w.send(question{token: idToken(), scope: "publish"}.request()).Code }()
		}
		for range 50 {
			go func() {
				answers <- w.send(question{token: idToken("repository_id", "1"), scope: "publish"}.request()).Code
			}()
		}
		time.Sleep(time.Millisecond)
		status, body := w.ask(idToken(), "deploy")
		w.wants(http.StatusOK, status, body)
		begin := time.Now()
		status, body = w.ask(idToken(), "publish")
		w.wants(http.StatusServiceUnavailable, status, body)
		if took := time.Since(begin); took != queueTime {
			t.Errorf("waited %s for a place, want %s", took, queueTime)
		}
		counts := map[int]int{}
		for range 53 {
			counts[<-answers]++
		}
		if counts[http.StatusForbidden] != 50 || counts[http.StatusServiceUnavailable] != 3 {
			t.Errorf("answers %v", counts)
		}
		w.breaks("second", trouble{})
		status, body = w.ask(idToken(), "publish")
		w.wants(http.StatusOK, status, body)
	})
}

// The memory of a limit is bounded, and a clock that is put back locks nobody out.
func TestBuckets(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	b := newBuckets(1, 2, func() time.Time { return now })
	for i := range maxBuckets + 1000 {
		b.take(strconv.Itoa(i))
	}
	if len(b.byKey) > maxBuckets+1 {
		t.Errorf("%d keys are remembered", len(b.byKey))
	}
	if wait := b.take("one more"); wait == 0 {
		t.Error("a key without a place of its own is not limited")
	}
	now = now.Add(2 * time.Second)
	if wait := b.take("one more"); wait != 0 || len(b.byKey) != 1 {
		t.Errorf("waits %s beside %d idle keys", wait, len(b.byKey)-1)
	}
	b.take("one more")
	now = now.Add(-time.Hour)
	if wait := b.take("one more"); wait > time.Second {
		t.Errorf("after the clock was put back: %s", wait)
	}
}

// S25: what X-Forwarded-For says counts as far as trusted proxies said it.
func TestS25ClientBehindProxies(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	})
	for _, test := range []struct {
		remote string
		said   []string
		want   string
	}{
		{"192.0.2.7:1", nil, "192.0.2.7"},
		{"192.0.2.7:1", []string{"198.51.100.1"}, "192.0.2.7"},
		{"10.0.0.1:1", nil, "10.0.0.1"},
		{"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1, 10.2.3.4"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"1.1.1.1", "198.51.100.1,10.2.3.4"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"10.9.9.9"}, "10.9.9.9"},
		{"10.0.0.1:1", []string{"1.1.1.1, nonsense\n, 10.2.3.4"}, "10.2.3.4"},
		{"[fd00::1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"@", []string{"198.51.100.1"}, ""},
	} {
		r := question{token: idToken(), scope: "deploy"}.request()
		r.RemoteAddr = test.remote
		for _, said := range test.said {
			r.Header.Add("X-Forwarded-For", said)
		}
		w.send(r)
		if got := w.records.last(t, record.Exchange).Client; got != test.want {
			t.Errorf("%s, %q: client %q, want %q", test.remote, test.said, got, test.want)
		}
	}
}
