package identity

import (
	"fmt"

	"github.com/autoken/autoken/internal/secret"
)

// maxShown bounds one unverified value in a record.
const maxShown = 256

// Unverified returns what a token that was not accepted claims, for the
// operator's record alone: anybody can claim anything, so it must never steer a
// decision, a baseline or a metric. Nil where there are no claims to be read.
func Unverified(idToken secret.Value) map[string]any {
	t, err := parse(idToken.Reveal())
	if err != nil {
		return nil
	}
	shown := map[string]any{}
	for _, name := range []string{"iss", "aud", "sub", "repository", "repository_id", "event_name", "ref", "run_id", "iat", "exp"} {
		if value, ok := t.claims[name]; ok {
			text := fmt.Sprint(value)
			shown[name] = text[:min(len(text), maxShown)]
		}
	}
	return shown
}
