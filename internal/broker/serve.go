package broker

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/autoken/autoken/internal/record"
)

// Limits on what a connection may take before a request is understood. A body is
// bounded where it is read.
const (
	headerTime  = 5 * time.Second
	readTime    = 10 * time.Second
	writeTime   = requestTime + 2*time.Second
	idleTime    = 60 * time.Second
	maxHeader   = 16 << 10
	drainTime   = 15 * time.Second
	refreshKeys = 30 * time.Minute
)

// Serve answers on a listener until ctx ends, and then finishes the requests in
// work.
func (b *Broker) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           b.Handler(),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(discardLevel(b.config.Log), slog.LevelDebug),
	}
	b.note(record.Record{Event: record.Start, PolicyHash: b.rules.Load().policy.Hash})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(l) })
	group.Go(func() error { b.watch(ctx); return nil })
	group.Go(func() error { b.keepKeys(ctx); return nil })
	group.Go(func() error {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		return server.Shutdown(drain)
	})
	err := group.Wait()
	b.note(record.Record{Event: record.Stop})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// discardLevel returns a handler for net/http's own complaints, which can quote
// what a caller sent: they are for debugging alone.
func discardLevel(l *slog.Logger) slog.Handler { return l.Handler() }

// keepKeys reads the issuers' keys before the first token needs them, and again
// before they are old.
func (b *Broker) keepKeys(ctx context.Context) {
	tick := time.NewTicker(refreshKeys)
	defer tick.Stop()
	for {
		if err := b.rules.Load().verifier.Refresh(ctx); err != nil && ctx.Err() == nil {
			b.config.Log.Warn("an issuer's keys could not be read", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
