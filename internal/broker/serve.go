package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/record"
)

// Limits on what a connection may take before a request is understood. A body is
// bounded where it is read.
const (
	readTime  = 5 * time.Second // headers and body
	writeTime = requestTime + 2*time.Second
	idleTime  = 60 * time.Second
	maxHeader = 16 << 10
	drainTime = requestTime + undoTime + 2*time.Second // what the slowest request can take
)

// Serve answers on a listener until ctx ends, and then finishes the requests in
// work.
func (b *Broker) Serve(ctx context.Context, l net.Listener) error {
	if host, _, _ := net.SplitHostPort(l.Addr().String()); b.config.Dev && !httpclient.IsLoopback(host) {
		return fault.New(fault.Usage, "a development broker is for this machine alone, and does not listen on %s", l.Addr())
	}
	server := &http.Server{
		Handler:           b.Handler(),
		ReadHeaderTimeout: readTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		// net/http's own complaints can quote what a caller sent.
		ErrorLog: slog.NewLogLogger(b.config.Log.Handler(), slog.LevelDebug),
	}
	for _, r := range b.early {
		b.note(r)
	}
	b.note(record.Record{Event: record.Start, PolicyHash: b.rules.Load().policy.Hash})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return listen(server, l) })
	group.Go(func() error { b.watch(ctx); return nil })
	group.Go(func() error { b.keepKeys(ctx); return nil })
	group.Go(func() error { return drain(ctx, server) })
	err := group.Wait()
	b.note(record.Record{Event: record.Stop})
	return err
}

func listen(server *http.Server, l net.Listener) error {
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listening: %w", err)
	}
	return nil
}

// drain waits for ctx to end and then for the requests in work.
func drain(ctx context.Context, server *http.Server) error {
	<-ctx.Done()
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := server.Shutdown(rest); err != nil {
		return fmt.Errorf("stopping: requests were cut off: %w", errors.Join(err, server.Close()))
	}
	return nil
}
