package httpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

// forbidden wraps what a guard said.
type forbidden struct{ error }

func (f forbidden) Unwrap() error { return f.error }

// handshake wraps why TLS did not come about. Nothing had been sent by then, so
// its text repeats nothing of ours.
type handshake struct{ error }

func (h handshake) Unwrap() error { return h.error }

// proxyRefused is a proxy's status for CONNECT.
type proxyRefused int

func (p proxyRefused) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", int(p), strings.ToLower(http.StatusText(int(p)))))
}

// overdue is a try that took too long.
type overdue struct{ after time.Duration }

func (o overdue) Error() string { return fmt.Sprintf("no complete answer in %v", o.after) }

// tooLarge is the limit that an answer exceeded.
type tooLarge int64

func (t tooLarge) Error() string {
	if t%(1<<20) == 0 {
		return fmt.Sprintf("the answer is larger than %d MiB", t>>20)
	}
	return fmt.Sprintf("the answer is larger than %d bytes", int64(t))
}

// silent shows text and keeps cause for errors.Is, so that what a cause would
// print stays out of messages.
type silent struct {
	text     string
	cause    error
	unusable bool // there was an answer
}

func (s silent) Error() string { return s.text }
func (s silent) Unwrap() error { return s.cause }

// permanent reports whether the same request would fail the same way again.
func permanent(err error) bool {
	if status, ok := errors.AsType[proxyRefused](err); ok {
		return status < http.StatusInternalServerError && status != http.StatusTooManyRequests
	}
	_, refused := errors.AsType[forbidden](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, large := errors.AsType[tooLarge](err)
	return refused || untrusted || large || errors.Is(err, errPacked)
}

// explain says why req got no answer.
func (c *Client) explain(req *http.Request, err error) error {
	host := req.URL.Scheme + "://" + req.URL.Host
	kind, hint := fault.Unavailable, ""
	why := reason(err)
	if errors.Is(err, errNotLoopback) {
		kind = fault.Usage
	}
	if ctx := req.Context().Err(); ctx != nil {
		why = ended(ctx)
	}
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		why.text, hint = certificate(bad, req.URL.Hostname())
	}
	if status, ok := errors.AsType[proxyRefused](err); ok && status == http.StatusProxyAuthRequired {
		hint = "give the proxy a user and password: http://user:password@host:port"
	}
	attempt := "cannot reach"
	if why.unusable {
		attempt = "no usable answer from"
	}
	failed := fault.New(kind, "%s %s: %s: %w", attempt, host, c.Route(req.URL), why)
	if hint == "" {
		return failed
	}
	return failed.WithHint("%s", hint)
}

// reason keeps the texts that come from this machine. All others may repeat what
// a server sent.
func reason(err error) silent {
	if shook, ok := errors.AsType[handshake](err); ok {
		return tlsReason(shook)
	}
	for _, known := range []func(error) (error, bool){as[forbidden], as[proxyRefused], as[overdue], as[*net.OpError], as[*net.DNSError]} {
		if ours, ok := known(err); ok {
			return silent{text: ours.Error(), cause: ours}
		}
	}
	if large, ok := errors.AsType[tooLarge](err); ok {
		return silent{text: large.Error(), unusable: true}
	}
	switch {
	case errors.Is(err, errPacked):
		return silent{text: errPacked.Error(), unusable: true}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return silent{text: "the connection was closed before the answer was complete"}
	default:
		return silent{text: "it is not HTTP", unusable: true}
	}
}

func ended(ctx error) silent {
	if errors.Is(ctx, context.DeadlineExceeded) {
		return silent{text: "no time was left", cause: ctx}
	}
	return silent{text: "stopped", cause: ctx}
}

func as[E error](err error) (error, bool) {
	found, ok := errors.AsType[E](err)
	return found, ok
}

func tlsReason(shook handshake) silent {
	if _, ok := errors.AsType[tls.RecordHeaderError](shook); ok {
		return silent{text: "the port does not speak TLS"}
	}
	return silent{text: "TLS: " + shook.Error()}
}
