package session

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

// LookOnly is the audience of an ID token that is only looked at: one that no
// broker accepts.
const LookOnly = "autoken:whoami"

// Claims returns what an ID token says, without a look at its signature: for the
// job's own eyes, never for a decision.
func Claims(idToken secret.Value) (identity.Claims, error) {
	parts := strings.Split(idToken.Reveal(), ".")
	if len(parts) != 3 {
		return nil, fault.New(fault.NoIdentity, "the ID token does not have three parts")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, fault.New(fault.NoIdentity, "the ID token's second part is not base64url")
	}
	claims, err := identity.DecodeClaims(payload)
	if err != nil {
		return nil, fault.New(fault.NoIdentity, "the ID token's claims: %w", err)
	}
	return claims, nil
}

// Conceal hides what the session holds in a text that quotes others: a broker
// that repeats an ID token must not make us print it where nobody masks.
func (s *Session) Conceal(text string) string {
	return secret.Conceal(text, s.held...)
}

// Seen returns one claim of the ID token that was shown last, as text; "(none)"
// where it has none.
func (s *Session) Seen(claim string) string {
	return Show(s.claims[claim])
}

// Show returns a claim's value as people read it.
func Show(value any) string {
	switch v := value.(type) {
	case nil:
		return "(none)"
	case string:
		return v
	case json.Number, bool:
		return fmt.Sprint(v)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(text)
	}
}

// Names lists the claims in the order that people look for them: who, what, and
// then the rest.
func Names(claims identity.Claims) []string {
	first := []string{"iss", "aud", "sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "event_name", "ref", "environment"}
	var names, rest []string
	for _, name := range first {
		if _, ok := claims[name]; ok {
			names = append(names, name)
		}
	}
	for name := range claims {
		if !slices.Contains(first, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(names, rest...)
}
