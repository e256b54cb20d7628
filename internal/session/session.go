// Package session takes a job from its ID token to credentials and back: ask,
// mask, remember, hand over, revoke.
package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

// Broker is what a session asks for credentials.
type Broker interface {
	Exchange(ctx context.Context, r exchange.Request) (exchange.Answer, error)
	Revoke(ctx context.Context, lease secret.Value) (credential.Outcome, error)
}

// Session is one job that wants credentials.
type Session struct {
	Job      ci.Job
	System   ci.System
	Broker   Broker
	Audience string
	Grants   []string
	DryRun   bool
	Renames  Renames
	Patience Patience
	Timeout  time.Duration // for getting credentials; 0 for none
	Loopback bool          // the broker's URL is on this machine, so that it may be one for development
	Template ci.Lease      // how the broker is reached, for the leases to remember

	held   []secret.Value  // everything secret that passed through this session, ID tokens included
	stores bool            // leases may be written down: login's, never exec's
	claims identity.Claims // of the ID token that was shown last; nobody verified them here
}

// Held is what a job has after asking.
type Held struct {
	Bound     []Bound
	Decisions []exchange.Decision // of a dry run
	Tries     int
}

// revokeTime bounds the undoing of what was issued; it has its own clock,
// because the command's may have run out.
const revokeTime = 10 * time.Second

// Acquire asks for the session's grants, all or nothing. On an error nothing is
// left behind, or the error says what is.
func (s *Session) Acquire(ctx context.Context) (*Held, error) {
	if s.Timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, s.Timeout)
		defer cancel()
		ctx = limited
	}
	held := &Held{}
	request := exchange.Request{Grants: s.Grants, DryRun: s.DryRun, RequestID: requestID()}
	var answer exchange.Answer
	var err error
	held.Tries, err = s.Patience.try(ctx, func(ctx context.Context) error {
		answer, err = s.ask(ctx, request)
		return err
	})
	if err != nil {
		return nil, s.undo(ctx, leasesOf(answer, err), interrupted(ctx, err))
	}
	held.Decisions = answer.Decisions
	if err = s.accept(held, answer); err != nil {
		return nil, s.undo(ctx, leasesOf(answer, nil), err)
	}
	return held, nil
}

// ask is one try: a new ID token, hidden before it is used, for an answer.
func (s *Session) ask(ctx context.Context, request exchange.Request) (exchange.Answer, error) {
	token, err := s.System.IDToken(ctx, s.Job, s.Audience)
	if err != nil {
		return exchange.Answer{}, err
	}
	s.held = append(s.held, token)
	if err = s.mask(secret.Whole(token)...); err != nil {
		return exchange.Answer{}, err
	}
	s.claims, _ = Claims(token) // for messages alone; the broker judges the token
	request.IDToken = token
	answer, err := s.Broker.Exchange(ctx, request)
	return answer, worthTrying(err)
}

// worthTrying makes a failure of the broker's own (500) one that may pass: it
// gave nothing, and says so by the status.
func worthTrying(err error) error {
	r, ok := errors.AsType[*exchange.Refusal](err)
	if !ok || fault.Temporary(err) || !r.Temporary() {
		return err
	}
	return fault.New(fault.Unavailable, "%w", err).After(r.RetryAfter)
}

func (s *Session) mask(texts ...secret.Value) error {
	if s.System.Mask == nil || len(texts) == 0 {
		return nil
	}
	return s.System.Mask(s.Job, texts)
}

// hide masks what the job is about to get. Tools show a credential in many
// forms; nobody but the broker gets a lease.
func (s *Session) hide(held *Held) error {
	var texts []secret.Value
	for _, v := range held.secrets() {
		forms := secret.Forms(v)
		if len(forms) == 0 {
			return fault.New(fault.Internal, "the broker gave a credential that is too short to be masked")
		}
		texts = append(texts, forms...)
	}
	return s.mask(append(texts, secret.Whole(held.leases()...)...)...)
}

// accept refuses an answer that this client must not use.
func (s *Session) accept(held *Held, answer exchange.Answer) error {
	if answer.Dev && !s.Loopback {
		return fault.New(fault.Internal, "the broker says that it runs for development, and its URL is not on this machine").
			WithHint("a broker started with --dev protects nothing; ask whoever runs it")
	}
	for _, c := range answer.Credentials {
		s.held = append(s.held, c.Token, c.Lease)
	}
	var err error
	held.Bound, err = s.Renames.bind(answer.Credentials)
	return err
}

// undo gives leases back after a failure and returns the failure, with what
// could not be given back.
func (s *Session) undo(ctx context.Context, leases []secret.Value, failure error) error {
	left := s.giveBack(ctx, leases)
	if len(left) == 0 {
		return failure
	}
	where := "it ends by itself"
	if s.stores && s.mask(secret.Whole(leases...)...) == nil && s.System.Remember(s.Job, left) == nil {
		where = "its lease is kept: autoken logout"
	}
	return fault.New(fault.KindOf(failure), "%w; %d of %d credentials issued could not be revoked, %s", failure, len(left), len(leases), where)
}

// giveBack revokes leases and returns those that it could not revoke.
func (s *Session) giveBack(ctx context.Context, leases []secret.Value) []ci.Lease {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTime)
	defer cancel()
	outcomes := make([]credential.Outcome, len(leases))
	var group errgroup.Group
	for i, lease := range leases {
		group.Go(func() error {
			_, err := s.Patience.try(ctx, func(ctx context.Context) error {
				var err error
				outcomes[i], err = s.Broker.Revoke(ctx, lease)
				return worthTrying(err)
			})
			if err != nil {
				outcomes[i] = credential.Unknown
			}
			return nil
		})
	}
	_ = group.Wait() // each outcome says for itself how it went
	var left []ci.Lease
	for i, lease := range leases {
		if !dead(outcomes[i]) {
			kept := s.Template
			kept.Secret = lease
			left = append(left, kept)
		}
	}
	return left
}

// dead reports whether an outcome means that the credential no longer works.
func dead(o credential.Outcome) bool {
	return o == credential.Revoked || o == credential.AlreadyGone
}

// leasesOf lists what has to be given back: of an answer, or of one that was
// refused.
func leasesOf(answer exchange.Answer, err error) []secret.Value {
	if refused, ok := errors.AsType[*exchange.Undelivered](err); ok {
		return refused.Leases
	}
	var leases []secret.Value
	for _, c := range answer.Credentials {
		if !c.Lease.IsZero() {
			leases = append(leases, c.Lease)
		}
	}
	return leases
}

// interrupted returns why ctx ended where a signal ended it, else err.
func interrupted(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return err
}

// requestID returns 128 random bits.
func requestID() string {
	bits := make([]byte, 16)
	_, _ = rand.Read(bits) // never fails (crypto/rand)
	return hex.EncodeToString(bits)
}

// IDToken asks a CI system for an ID token, as patiently as a session does.
func (p Patience) IDToken(ctx context.Context, system ci.System, job ci.Job, audience string) (secret.Value, error) {
	var token secret.Value
	_, err := p.try(ctx, func(ctx context.Context) error {
		var err error
		token, err = system.IDToken(ctx, job, audience)
		return err
	})
	return token, err
}
