package credential

import (
	"strings"

	"github.com/autoken/autoken/internal/secret"
)

func token(c Credential) string       { return c.Token.Reveal() }
func platformURL(c Credential) string { return c.URL }

func newVar(v Variable, text string) Var {
	return Var{Name: v.Name, Value: secret.New(text), Plain: !v.Secret}
}

// onlyASCII reports whether text has only ASCII letters, digits and the
// characters of extra.
func onlyASCII(text, extra string) bool {
	for _, r := range text {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		if !letter && !strings.ContainsRune(extra, r) {
			return false
		}
	}
	return true
}
