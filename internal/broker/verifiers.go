package broker

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

// verifiers are the issuers that the policy trusts, each with a verifier of its
// own: an issuer that a new policy leaves as it was keeps its keys, whatever
// became of the others.
type verifiers []verifier

type verifier struct {
	issuer identity.Issuer
	*identity.Verifier
}

// with returns verifiers for other issuers, and keeps those that it has.
func (all verifiers) with(issuers []identity.Issuer, config identity.VerifierConfig) verifiers {
	var next verifiers
	for _, issuer := range issuers {
		i := slices.IndexFunc(all, func(v verifier) bool { return reflect.DeepEqual(v.issuer, issuer) })
		if i >= 0 {
			next = append(next, all[i])
			continue
		}
		config.Issuers = []identity.Issuer{issuer}
		next = append(next, verifier{issuer, identity.NewVerifier(config)})
	}
	return next
}

var errNoIssuer = fault.New(fault.Untrusted, "the policy trusts no issuer")

// verify asks each in turn: a token is that of one issuer at most. Where all
// refuse, the record gets the reason of the one whose token it claims to be.
func (all verifiers) verify(ctx context.Context, token secret.Value) (identity.Identity, error) {
	refusals := make([]error, len(all))
	for i, v := range all {
		id, err := v.Verify(ctx, token, "")
		if err == nil {
			return id, nil
		}
		refusals[i] = err
	}
	claimed := identity.Unverified(token)["iss"]
	for i, v := range all {
		if len(all) == 1 || claimed == v.issuer.URL {
			return identity.Identity{}, refusals[i]
		}
	}
	if len(all) == 0 {
		return identity.Identity{}, errNoIssuer
	}
	return identity.Identity{}, refusals[0]
}

// ready reports whether the keys of some issuer are there.
func (all verifiers) ready() bool {
	return slices.ContainsFunc(all, func(v verifier) bool { return v.Ready() })
}

// refresh reads the keys of all issuers, or of those that have none.
func (all verifiers) refresh(ctx context.Context, missing bool) error {
	var failures []error
	for _, v := range all {
		if !missing || !v.Ready() {
			failures = append(failures, v.Refresh(ctx))
		}
	}
	return errors.Join(failures...)
}
