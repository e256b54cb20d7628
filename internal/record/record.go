// Package record is what the broker writes down: one JSON line for each request
// and its answer, without secrets.
package record

import (
	"errors"
	"io"
	"time"
)

// Event is what a record tells of.
type Event string

// The events.
const (
	Exchange    Event = "exchange"           // somebody asked for credentials
	Revoke      Event = "revoke"             // somebody gave a credential back
	Undelivered Event = "issued_undelivered" // what was issued could not be handed over and was revoked
	Policy      Event = "policy"             // the policy or the kill file was read again
	Start       Event = "start"              // a broker came up
	Stop        Event = "stop"               // a broker went down
)

// Outcome is how it ended.
type Outcome string

// The outcomes of an exchange. A grant in observe mode is answered like a grant
// that does not exist; its record says WouldAllow.
const (
	Allow      Outcome = "allow"
	Deny       Outcome = "deny"
	WouldAllow Outcome = "would_allow"
	Refuse     Outcome = "refuse" // before any grant was looked at: no valid ID token, a malformed request, a limit
	Fail       Outcome = "fail"   // allowed, and then a service or autoken itself failed
)

// Record is one line of the decision log. Fields are added, never changed.
type Record struct {
	Version    int       `json:"version"`
	Time       time.Time `json:"time"`
	Event      Event     `json:"event"`
	DecisionID string    `json:"decision_id,omitempty"`
	Instance   string    `json:"instance"`
	Dev        bool      `json:"dev,omitempty"`
	PolicyHash string    `json:"policy_hash,omitempty"`

	Outcome   string   `json:"outcome,omitempty"`
	Reason    string   `json:"reason,omitempty"` // for the operator; never sent to the caller
	Failed    []string `json:"failed,omitempty"` // the conditions that did not fit, by name
	DryRun    bool     `json:"dry_run,omitempty"`
	Grants    []string `json:"grants,omitempty"`
	Protocol  string   `json:"protocol,omitempty"`
	RequestID string   `json:"request_id,omitempty"`
	Client    string   `json:"client,omitempty"` // the address the request came from

	Issuer     string         `json:"issuer,omitempty"` // its name in the policy
	Claims     map[string]any `json:"claims,omitempty"` // of the verified ID token
	ActorIs    string         `json:"actor_is,omitempty"`
	Unverified map[string]any `json:"unverified,omitempty"` // what a token claims that was not accepted

	Credentials  []Credential `json:"credentials,omitempty"`
	Milliseconds float64      `json:"ms,omitempty"`
}

// Credential is what is remembered of one that was issued or given back: enough
// to find and to revoke it, nothing to use it with.
type Credential struct {
	Grant           string     `json:"grant,omitempty"`
	Platform        string     `json:"platform,omitempty"`
	Connection      string     `json:"connection,omitempty"`
	TokenID         string     `json:"token_id,omitempty"`
	SHA256          string     `json:"sha256,omitempty"` // of the credential, base64: GitHub's hashed_token
	LeaseSHA256     string     `json:"lease_sha256,omitempty"`
	Expires         *time.Time `json:"expires,omitempty"`
	PlatformExpires *time.Time `json:"platform_expires,omitempty"`
	Outcome         string     `json:"outcome,omitempty"` // of giving it back
}

// FirstAttempt is what ActorIs says of a re-run: GitHub keeps naming who started
// the first attempt, not who pressed the button.
const FirstAttempt = "initiator_of_attempt_1"

// Log writes records, one line each, and may be used by many at once.
type Log struct {
	out  io.Writer
	turn chan struct{} // holds one element while somebody writes
	torn bool          // the last line may have no end
}

// NewLog returns a Log that writes to out.
func NewLog(out io.Writer) *Log { return &Log{out: out, turn: make(chan struct{}, 1)} }

// patience is how long a record waits for those before it. A reader of the log
// that has stopped reading would else hold up every request for ever.
const patience = 2 * time.Second

var errBlocked = errors.New("the log takes no more records")

// Write writes r as one line. After an error nobody knows whether it was written
// in full; the next one begins a line of its own.
func (l *Log) Write(r Record) error {
	r.Version = 1
	line, err := encode(r)
	if err != nil {
		return err
	}
	if !l.wait() {
		return errBlocked
	}
	defer func() { <-l.turn }()
	if l.torn {
		line = append([]byte{'\n'}, line...)
	}
	_, err = l.out.Write(append(line, '\n'))
	l.torn = err != nil
	return err
}

// wait takes the turn, and reports whether it came in time.
func (l *Log) wait() bool {
	select {
	case l.turn <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case l.turn <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}
