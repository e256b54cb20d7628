package session

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
)

// revokeAfter is when exec revokes after the first signal, whether its child has
// ended or not: a runner kills the whole step 10 seconds after it.
const revokeAfter = 5 * time.Second

// Exit is how exec's command ended.
type Exit struct {
	Code   int
	Failed error // what could not be revoked; the command's code counts all the same
	Held   *Held
}

// Exec gets credentials, runs the child with them in its environment alone, and
// revokes them when it ends, or soon after a signal.
func (s *Session) Exec(ctx context.Context, child Child) (Exit, error) {
	if _, err := findCommand(child.Argv[0]); err != nil {
		return Exit{}, err
	}
	held, err := s.Acquire(ctx)
	if err != nil {
		return Exit{}, err
	}
	if err = s.hide(held); err != nil {
		return Exit{}, s.undo(ctx, held.leases(), err)
	}
	if err = context.Cause(ctx); err != nil {
		return Exit{}, s.undo(ctx, held.leases(), err)
	}
	if s.System.Mask != nil {
		child.Watch = &ci.StopWatch{}
	}
	r, err := child.start(held.vars(), s.held, s.System.TokenVar)
	if err != nil {
		return Exit{}, s.undo(ctx, held.leases(), err)
	}
	go r.forward(child.Signals)
	failed := s.revokeWhenOver(ctx, r, held)
	failed = errors.Join(failed, child.resume())
	return Exit{Code: r.exitCode(), Failed: failed, Held: held}, nil
}

// resume switches the runner's commands on again where the child left them off.
// The masks of another exec in this step would be printed instead of obeyed.
func (c Child) resume() error {
	if c.Watch == nil {
		return nil
	}
	lines, stuck := c.Watch.Resume()
	if lines != "" {
		_, _ = io.WriteString(c.Stderr, lines) // whoever read this stream has gone
	}
	if stuck {
		return fault.New(fault.Internal, "%s switched the runner's commands off, and nobody can switch them on again: do not run autoken again in this step", c.Argv[0])
	}
	return nil
}

// revokeWhenOver returns when the child has ended and its credentials are
// revoked. After a signal it does not wait for the child with revoking.
func (s *Session) revokeWhenOver(ctx context.Context, r *running, held *Held) error {
	select {
	case <-r.done:
		return s.revoke(ctx, held)
	case <-ctx.Done():
	}
	timer := time.NewTimer(revokeAfter)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
	}
	failed := s.revoke(ctx, held)
	<-r.done
	return failed
}

func (s *Session) revoke(ctx context.Context, held *Held) error {
	if left := s.giveBack(ctx, held.leases()); len(left) > 0 {
		return fault.New(fault.Internal, "%d of %d credentials could not be revoked; they stay good until they expire", len(left), len(held.Bound))
	}
	return nil
}

// forward passes signals on until the child has ended.
func (r *running) forward(signals <-chan os.Signal) {
	for {
		select {
		case sig := <-signals:
			_ = r.cmd.Process.Signal(sig) // it may have ended in between
		case <-r.done:
			return
		}
	}
}

func (h *Held) vars() []credential.Var {
	var all []credential.Var
	for _, b := range h.Bound {
		all = append(all, b.Vars...)
	}
	return all
}
