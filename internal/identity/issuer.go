package identity

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

const defaultMaxAge = 10 * time.Minute

// Issuer is an OIDC issuer whose ID tokens are accepted.
type Issuer struct {
	Name        string        // by which grants refer to it
	Kind        string        // the vocabulary of its claims: github, gitlab, bitbucket, oidc, …
	URL         string        // exactly as the claim iss has it
	Audience    string        // what aud must be where Verify is not told another
	MaxTokenAge time.Duration // from iat on; 0: 10 minutes
	SingleUse   string        // "token", or "job" where a job has one token for its whole life
	JWKSURL     string        // where its keys are; "" asks its discovery document
	Algorithms  []string      // out of SignatureAlgorithms; none: RS256
	Loopback    bool          // http is fine where the host is a literal loopback address
}

// MaxAge returns how old a token may be, counted from iat.
func (i Issuer) MaxAge() time.Duration { return cmp.Or(i.MaxTokenAge, defaultMaxAge) }

// listsAudience reports whether aud is a list: Bitbucket always sends one.
func (i Issuer) listsAudience() bool { return i.Kind == "bitbucket" }

// mayLackID reports whether tokens without jti are fine: they are where the kind's
// vocabulary does not promise one.
func (i Issuer) mayLackID() bool {
	kind := LookupKind(i.Kind)
	return kind != nil && !kind.UniqueTokens
}

// algorithms lists the signature algorithms that this issuer may use.
func (i Issuer) algorithms() []string {
	if len(i.Algorithms) == 0 {
		return []string{"RS256"}
	}
	known := []string{}
	for _, name := range i.Algorithms {
		if _, ok := algorithms[name]; ok {
			known = append(known, name)
		}
	}
	return known
}

func (i Issuer) discoveryURL() string {
	return strings.TrimSuffix(i.URL, "/") + "/.well-known/openid-configuration"
}

// mayFetch reports whether keys may come from there: over https, and over
// http only from this machine.
func (i Issuer) mayFetch(raw string) bool {
	address, err := url.Parse(raw)
	if err != nil || address.Host == "" || address.User != nil || address.Fragment != "" {
		return false
	}
	if address.Scheme == "https" {
		return true
	}
	ip, err := netip.ParseAddr(address.Hostname())
	return i.Loopback && address.Scheme == "http" && err == nil && ip.IsLoopback()
}

// sameOrigin reports whether there is on the scheme and host of the issuer.
func (i Issuer) sameOrigin(raw string) bool {
	own, err := url.Parse(i.URL)
	if err != nil {
		return false
	}
	address, err := url.Parse(raw)
	return err == nil && own.Scheme == address.Scheme && strings.EqualFold(own.Host, address.Host)
}
