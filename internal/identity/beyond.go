package identity

import (
	"cmp"
	"fmt"
	"slices"
)

// Beyond lists which tokens i accepts and other, an issuer of the same URL, does
// not. There is nothing where other accepts all that i does.
func (i Issuer) Beyond(other Issuer) []Extra {
	var more []Extra
	if i.Kind != other.Kind {
		more = append(more, Extra{"kind", i.Kind, other.Kind})
	}
	if i.Audience != other.Audience {
		more = append(more, Extra{"audience", i.Audience, other.Audience})
	}
	if i.MaxAge() > other.MaxAge() {
		more = append(more, Extra{"age of tokens", minutes(i), minutes(other)})
	}
	if i.reuses() && !other.reuses() {
		more = append(more, Extra{"uses of a token", "many by its job", "one"})
	}
	if i.JWKSURL != other.JWKSURL {
		more = append(more, Extra{"keys", i.keysFrom(), other.keysFrom()})
	}
	for _, name := range i.algorithms() {
		if !slices.Contains(other.algorithms(), name) {
			more = append(more, Extra{What: "signatures by " + name})
		}
	}
	return more
}

// reuses reports whether a job may use its token more than once.
func (i Issuer) reuses() bool { return i.SingleUse == "job" }

func (i Issuer) keysFrom() string { return cmp.Or(i.JWKSURL, i.discoveryURL()) }

func minutes(i Issuer) string { return fmt.Sprintf("%g min", i.MaxAge().Minutes()) }
