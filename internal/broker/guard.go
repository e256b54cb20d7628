package broker

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
)

// requestTime bounds the work on one request. It is shorter than a client's try
// of 10 seconds, so that a client does not give up on what is still being issued.
const requestTime = 8 * time.Second

// queueTime is how long a request waits for its turn.
const queueTime = time.Second

// guard bounds how many requests are in work and for how long, and keeps a panic
// from telling anything.
func (b *Broker) guard(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		if !b.enter(ctx) {
			exchange.EncodeRefusal(w, &exchange.Refusal{Kind: fault.Unavailable, Description: busy, RetryAfter: queueTime})
			return
		}
		defer b.leave()
		defer func() {
			if trouble := recover(); trouble != nil {
				// The value may hold a part of the request; the stack holds none.
				b.config.Log.Error("a request ended in a panic", slog.String("stack", string(debug.Stack())))
				exchange.EncodeRefusal(w, &exchange.Refusal{Kind: fault.Internal, Description: broken})
			}
		}()
		handle(w, r.WithContext(ctx))
	}
}

func (b *Broker) enter(ctx context.Context) bool {
	select {
	case b.slots <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(queueTime)
	defer timer.Stop()
	select {
	case b.slots <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (b *Broker) leave() { <-b.slots }

// client returns the address a request came from. What a proxy says of it counts
// only where the proxy is a trusted one.
func (b *Broker) client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && b.trusted(host); i-- {
		addr, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		host = addr.String()
	}
	return host
}

func (b *Broker) trusted(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, network := range b.config.TrustedProxies {
		if network.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}
