package identity_test

import (
	"testing"

	"github.com/autoken/autoken/internal/identity"
)

// Every fixture is taken for what it is, with the issuer's URL for GitHub's kinds,
// which have the same claims.
func TestGuessKind(t *testing.T) {
	for _, f := range identity.Fixtures() {
		f.Claims["iss"] = map[string]string{
			"github": "https://token.actions.githubusercontent.com/acme", "github-ghecom": "https://token.actions.acme.ghe.com",
			"github-server": "https://ghes.acme.example/_services/token",
		}[f.Kind]
		if got := identity.GuessKind(f.Claims).Name; got != f.Kind {
			t.Errorf("%s is taken for %s", f.Name, got)
		}
	}
	if got := identity.GuessKind(nil).Name; got != "oidc" {
		t.Errorf("nothing is taken for %s", got)
	}
}
