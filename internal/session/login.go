package session

import (
	"context"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

// Login gets credentials and hands them to the later steps of the job: masked
// first, then remembered, then exported. What fails or is interrupted in between
// is revoked.
func (s *Session) Login(ctx context.Context, target ci.ExportTarget) (*Held, error) {
	if err := s.canExport(target); err != nil {
		return nil, err
	}
	s.stores = true
	held, err := s.Acquire(ctx)
	if err != nil || s.DryRun {
		return held, err
	}
	if err := s.deliver(ctx, held, target); err != nil {
		return nil, s.undo(ctx, held.leases(), err)
	}
	return held, nil
}

// canExport refuses what would fail later, while there is no secret yet.
func (s *Session) canExport(target ci.ExportTarget) error {
	if s.DryRun {
		return nil
	}
	if s.System.Export == nil || s.System.Remember == nil {
		return fault.New(fault.Usage, "%s cannot pass a credential on to later steps", s.System.Name).
			WithHint("%s", s.System.Instead)
	}
	return s.System.Ready(s.Job, target)
}

func (s *Session) deliver(ctx context.Context, held *Held, target ci.ExportTarget) error {
	if err := s.hide(held); err != nil {
		return err
	}
	if err := s.System.Remember(s.Job, s.leases(held, target)); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return s.System.Export(s.Job, target, held.vars())
}

// leases describes what logout will need, one lease a credential.
func (s *Session) leases(held *Held, target ci.ExportTarget) []ci.Lease {
	var all []ci.Lease
	for _, b := range held.Bound {
		l := s.Template
		l.Secret, l.Target = b.Lease, target
		l.Grant, l.Platform, l.DecisionID = b.Grant, b.Platform, b.DecisionID
		l.Expires, l.PlatformExpires = b.Expires, b.PlatformExpires
		for _, v := range b.Vars {
			l.Variables = append(l.Variables, v.Name)
		}
		all = append(all, l)
	}
	return all
}

// secrets are what the job's variables hold and nobody may see.
func (h *Held) secrets() []secret.Value {
	var all []secret.Value
	for _, v := range h.vars() {
		if !v.Plain {
			all = append(all, v.Value)
		}
	}
	return all
}

func (h *Held) leases() []secret.Value {
	var all []secret.Value
	for _, b := range h.Bound {
		all = append(all, b.Lease)
	}
	return all
}
