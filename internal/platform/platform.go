// Package platform issues and revokes credentials, one file a platform.
package platform

import (
	"context"
	"slices"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/secret"
)

// Platform is one kind of thing a connection talks to. A nil function stands
// for something the platform does not offer.
type Platform struct {
	Name   string
	Issue  func(context.Context, Connection, Order) (Issued, error)
	Revoke func(context.Context, Connection, Receipt) (credential.Outcome, error)
}

// Platforms lists the platforms that this broker can connect to.
var Platforms = []Platform{sandbox}

// Lookup returns the platform called name.
func Lookup(name string) (Platform, bool) {
	i := slices.IndexFunc(Platforms, func(p Platform) bool { return p.Name == name })
	if i < 0 {
		return Platform{}, false
	}
	return Platforms[i], true
}

// Connection is one platform installation that the broker holds an admin
// credential for.
type Connection struct {
	Name     string
	Platform string
	URL      string
	Sandbox  *Sandbox // of platform sandbox alone
	Now      func() time.Time
}

// Order says which credential to issue.
type Order struct {
	Label  string         // for the platform's own lists: names no project and no secret
	Fields map[string]any // what the grant's credential says, templates filled in
	TTL    time.Duration
}

// Issued is a credential as the platform gave it.
type Issued struct {
	Token           secret.Value
	TokenID         string // what the platform revokes it by
	Username        string
	PlatformExpires time.Time // when it dies by itself
}

// Receipt is what a platform needs in order to revoke: the id and, where the
// platform knows no ids, the credential itself.
type Receipt struct {
	TokenID string
	Token   secret.Value
}
