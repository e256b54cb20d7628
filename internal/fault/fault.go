// Package fault says what kind of failure an error is, so that the command line
// can pick an exit code and the broker an HTTP status without reading messages.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind groups failures by who has to act on them.
type Kind string

// The kinds. Every table over them (exit codes, HTTP statuses) is exhaustive.
const (
	Internal    Kind = "internal"    // autoken, or a service that answered nonsense, is wrong
	Usage       Kind = "usage"       // the command line, a file or a request is wrong
	Ambiguous   Kind = "ambiguous"   // two readings are possible and guessing would be unsafe
	NoIdentity  Kind = "no_identity" // the job has no ID token to show
	Untrusted   Kind = "untrusted"   // an ID token was shown and is not accepted
	Denied      Kind = "denied"      // the policy says no
	Throttled   Kind = "throttled"   // too many requests; trying again later helps
	Unavailable Kind = "unavailable" // a service did not answer; trying again may help
)

// Kinds lists every kind.
var Kinds = []Kind{Internal, Usage, Ambiguous, NoIdentity, Untrusted, Denied, Throttled, Unavailable}

// Error is a failure with a kind and, where there is one, the next thing to try.
type Error struct {
	Kind       Kind
	Hint       string        // what the reader can type or change; may have several lines
	RetryAfter time.Duration // how long the service asked to be left alone; 0 where it did not say
	Err        error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of the given kind. The format takes %w.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// WithHint returns a copy of e that carries a hint for the person who reads it.
func (e *Error) WithHint(format string, args ...any) *Error {
	hinted := *e
	hinted.Hint = fmt.Sprintf(format, args...)
	return &hinted
}

// After returns a copy of e that says when trying again makes sense.
func (e *Error) After(wait time.Duration) *Error {
	later := *e
	later.RetryAfter = wait
	return &later
}

// KindOf returns the kind of the outermost Error in err's chain, and Internal
// where there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// HintOf returns the hint of the outermost Error in err's chain that has one.
func HintOf(err error) string {
	for {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
}

// Temporary reports whether trying the same again later may help.
func Temporary(err error) bool {
	kind := KindOf(err)
	return kind == Throttled || kind == Unavailable
}
