package broker

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
)

// requestTime bounds the work on one request. It is shorter than a client's try
// of 10 seconds, so that a client does not give up on what is still being issued.
const requestTime = 8 * time.Second

// guard bounds the time of a request, and keeps a panic from telling anything.
func (b *Broker) guard(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		defer func() {
			if recover() != nil {
				// What it was about may hold a part of the request; the stack holds none.
				b.config.Log.Error("a request ended in a panic", slog.String("stack", string(debug.Stack())))
				exchange.EncodeRefusal(w, &exchange.Refusal{Kind: fault.Internal, Description: broken})
			}
		}()
		handle(w, r.WithContext(ctx))
	}
}
