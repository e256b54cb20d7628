package exchange

import (
	"errors"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

// wireCredential is a credential as RFC 8693, section 2.2.1, writes it, with
// autoken's members added.
type wireCredential struct {
	AccessToken       string `json:"access_token"`
	IssuedTokenType   string `json:"issued_token_type"`
	TokenType         string `json:"token_type"`
	ExpiresIn         int64  `json:"expires_in"`
	PlatformExpiresIn int64  `json:"platform_expires_in,omitempty"`
	Scope             string `json:"scope"`
	Platform          string `json:"platform"`
	Username          string `json:"username,omitempty"`
	URL               string `json:"url,omitempty"`
	Registry          string `json:"registry,omitempty"`
	Lease             string `json:"lease,omitempty"`
	DecisionID        string `json:"decision_id,omitempty"`
	Warning           string `json:"warning,omitempty"`
}

func encodeCredential(c credential.Credential, dev bool, now time.Time) (*wireCredential, error) {
	wire := &wireCredential{
		AccessToken:       c.Token.Reveal(),
		IssuedTokenType:   accessToken,
		TokenType:         "Bearer",
		ExpiresIn:         seconds(c.Expires, now),
		PlatformExpiresIn: seconds(c.PlatformExpires, now),
		Scope:             c.Grant,
		Platform:          c.Platform,
		Username:          c.Username,
		URL:               c.URL,
		Registry:          c.Registry,
		Lease:             c.Lease.Reveal(),
		DecisionID:        c.DecisionID,
		Warning:           shorten(strings.ToValidUTF8(c.Warning, "?")),
	}
	return wire, wire.problem(dev)
}

// seconds counts whole ones up to then; 0 where nobody said when.
func seconds(then, now time.Time) int64 {
	if then.IsZero() {
		return 0
	}
	return int64(then.Sub(now) / time.Second)
}

// problem says why a client should refuse w, and a broker should not send it.
func (w *wireCredential) problem(dev bool) error {
	var why string
	switch {
	case w.AccessToken == "" || !plain(w.AccessToken, maxToken):
		why = "access_token is empty, too long or not one line of text"
	case w.IssuedTokenType != accessToken || !strings.EqualFold(w.TokenType, "Bearer"):
		why = "it is not an access token to be used as Bearer"
	case w.ExpiresIn < minExpiry || w.ExpiresIn > maxExpiry:
		why = "expires_in is not between a second and ten years"
	case w.PlatformExpiresIn < 0 || w.PlatformExpiresIn > maxExpiry:
		why = "platform_expires_in is not between a second and ten years"
	case !isGrantID(w.Scope):
		why = "scope is no grant id"
	case !isPlatform(w.Platform):
		why = "platform is no name"
	case w.URL != "" && !platformURL(w.URL, dev):
		why = "url is not https with a host"
	case !plain(w.Username, maxText) || !plain(w.Registry, maxText) || strings.ContainsAny(w.Registry, " /@"):
		why = "username or registry is not one line of text"
	case w.Lease != "" && !isLease(w.Lease):
		why = "lease is too long or not base64url"
	case w.DecisionID != "" && !isDecisionID(w.DecisionID):
		why = "decision_id is no id"
	default:
		return nil
	}
	return errors.New(why)
}

// platformURL admits http for the toys of a development broker alone.
func platformURL(raw string, dev bool) bool {
	u, err := httpclient.RequireHTTPS(raw)
	return err == nil && len(raw) <= maxText && (u.Scheme == "https" || dev && u.Hostname() != "localhost")
}

func readCredential(o *object) *wireCredential {
	return &wireCredential{
		AccessToken:       read[string](o, "access_token"),
		IssuedTokenType:   read[string](o, "issued_token_type"),
		TokenType:         read[string](o, "token_type"),
		ExpiresIn:         read[int64](o, "expires_in"),
		PlatformExpiresIn: read[int64](o, "platform_expires_in"),
		Scope:             read[string](o, "scope"),
		Platform:          read[string](o, "platform"),
		Username:          read[string](o, "username"),
		URL:               read[string](o, "url"),
		Registry:          read[string](o, "registry"),
		Lease:             read[string](o, "lease"),
		DecisionID:        read[string](o, "decision_id"),
		Warning:           shorten(read[string](o, "warning")),
	}
}

func (w *wireCredential) credential(now time.Time) credential.Credential {
	c := credential.Credential{
		Grant: w.Scope, Platform: w.Platform, Token: secret.New(w.AccessToken), Username: w.Username, URL: w.URL, Registry: w.Registry,
		Expires: now.Add(time.Duration(w.ExpiresIn) * time.Second), DecisionID: w.DecisionID, Warning: w.Warning,
	}
	if w.PlatformExpiresIn != 0 {
		c.PlatformExpires = now.Add(time.Duration(w.PlatformExpiresIn) * time.Second)
	}
	if w.Lease != "" {
		c.Lease = secret.New(w.Lease)
	}
	return c
}
