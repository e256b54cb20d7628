// Package exchange is the wire between a job and a broker. Each protocol keeps
// both ends together, so that they cannot drift apart: what one end sends passes
// the same checks as what the other end accepts.
package exchange

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

// Where a broker answers, below its base URL.
const (
	TokenPath    = "/token"
	RevokePath   = "/revoke"
	MetadataPath = "/.well-known/oauth-authorization-server"
)

const (
	maxToken    = 16 << 10
	maxLease    = 32 << 10 // a sealed credential of that size, in base64
	maxForm     = 64 << 10
	maxGrants   = 16
	maxName     = 128
	maxText     = 512 // of foreign text that people may be shown
	minExpiry   = 1   // seconds
	maxExpiry   = 10 * 365 * 24 * 60 * 60
	contentType = "Content-Type"
)

// Doer sends a request and reads the whole answer.
type Doer interface {
	Do(*http.Request) (*httpclient.Response, error)
}

// Request asks for the credentials of one grant or of several: all or none.
type Request struct {
	IDToken   secret.Value
	Grants    []string // one to sixteen, each once
	DryRun    bool     // asks for the decision alone
	RequestID string   // 128 random bits in hex or base64url; "" where the client has none
}

// Answer is what a broker gives for a Request: Decisions for a dry run, else
// Credentials, one for each grant in the order of the request.
type Answer struct {
	Credentials []credential.Credential
	Decisions   []Decision
	Dev         bool // the broker is one for development: its credentials are toys
}

// Decision says what a broker would have done.
type Decision struct {
	Grant    string
	Platform string
	Owner    string
	ID       string
	Allowed  bool
}

// Undelivered is an answer that cannot be used although credentials were issued
// for it. Whoever gets it gives the leases back.
type Undelivered struct {
	Leases []secret.Value
	Err    error
}

func (u *Undelivered) Error() string { return u.Err.Error() }
func (u *Undelivered) Unwrap() error { return u.Err }

// The alphabets of names and ids. Package regexp would take longer to compile
// five patterns than a login takes for all else that it does by itself.
const (
	nameAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789-"
	base64url    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// made reports whether text has from least to most characters, all of alphabet.
func made(text, alphabet string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, alphabet) == ""
}

func isName(text string) bool {
	return made(text, nameAlphabet, 1, maxName) && text[0] != '-'
}

// isGrantID goes by the policy's ids: a name, or a team's name, "/" and a name.
func isGrantID(text string) bool {
	team, name, inTeam := strings.Cut(text, "/")
	return len(text) <= maxName && isName(team) && (!inTeam || isName(name))
}

func isRequestID(text string) bool  { return made(text, base64url, 16, maxName) }
func isDecisionID(text string) bool { return made(text, base64url, 1, maxName) }
func isLease(text string) bool      { return made(text, base64url, 1, maxLease) }

// isPlatform reports whether text could be a platform's name, known or not.
func isPlatform(text string) bool {
	return made(text, nameAlphabet, 1, 64) && text[0] >= 'a' && text[0] <= 'z'
}

// problem says why nobody should send or answer r; "" where there is no reason.
func (r Request) problem() string {
	switch {
	case !sendable(r.IDToken, maxToken):
		return "subject_token is not an ID token"
	case r.RequestID != "" && !isRequestID(r.RequestID):
		return "request_id is not 16 to 128 characters of base64url"
	default:
		return ""
	}
}

// scopeProblem says why nobody should ask for these grants.
func scopeProblem(grants []string) string {
	if len(grants) == 0 || len(grants) > maxGrants {
		return fmt.Sprintf("scope names %d grants, and 1 to %d are possible", len(grants), maxGrants)
	}
	for i, id := range grants {
		if !isGrantID(id) {
			return "scope has something that is no grant id"
		}
		if slices.Contains(grants[:i], id) {
			return "scope names a grant twice"
		}
	}
	return ""
}

// sendable reports whether v can stand in a header or a form as it is.
func sendable(v secret.Value, limit int) bool {
	text := v.Reveal()
	return text != "" && len(text) <= limit && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// plain reports whether text is one line without anything invisible that a
// terminal or a file format could act on. A replacement character stands for
// bytes that were lost on the way.
func plain(text string, limit int) bool {
	bad := func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029'
	}
	return len(text) <= limit && utf8.ValidString(text) && !strings.ContainsFunc(text, bad)
}

// shorten cuts foreign text to a length that fits a message.
func shorten(text string) string {
	if utf8.RuneCountInString(text) <= maxText {
		return text
	}
	return string([]rune(text)[:maxText-1]) + "…"
}
