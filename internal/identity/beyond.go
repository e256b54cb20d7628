package identity

import (
	"cmp"
	"fmt"
	"slices"
)

// Beyond lists which tokens i accepts and other, an issuer of the same URL, does
// not, as people say it: "tokens up to 30 minutes old instead of 10". It is empty
// where other accepts all that i does.
func (i Issuer) Beyond(other Issuer) []string {
	var more []string
	if i.Kind != other.Kind {
		more = append(more, fmt.Sprintf("tokens of kind %s instead of %s", i.Kind, other.Kind))
	}
	if i.Audience != other.Audience {
		more = append(more, fmt.Sprintf("tokens made for %s instead of %s", i.Audience, other.Audience))
	}
	if i.MaxAge() > other.MaxAge() {
		more = append(more, fmt.Sprintf("tokens up to %g minutes old instead of %g", i.MaxAge().Minutes(), other.MaxAge().Minutes()))
	}
	if i.reuses() && !other.reuses() {
		more = append(more, "tokens that a job uses more than once")
	}
	if i.JWKSURL != other.JWKSURL {
		more = append(more, fmt.Sprintf("tokens signed with keys from %s instead of %s", i.keysFrom(), other.keysFrom()))
	}
	for _, name := range i.algorithms() {
		if !slices.Contains(other.algorithms(), name) {
			more = append(more, "tokens signed with "+name)
		}
	}
	return more
}

// reuses reports whether a job may use its token more than once.
func (i Issuer) reuses() bool { return i.SingleUse == "job" }

func (i Issuer) keysFrom() string { return cmp.Or(i.JWKSURL, i.discoveryURL()) }
