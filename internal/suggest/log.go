package suggest

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// Log is what a decision log says about the use of a policy's grants.
type Log struct {
	Records   int // lines that are one, of whatever
	Decisions int // that allowed something
	From, To  time.Time
	Stale     int // allowed then, and not by the policy as it is now
	Unread    record.Unread

	uses map[string]*use
}

// Read reads the decisions that allowed something. What a token claims that was
// not accepted is not looked at. An error means that the log could not be read
// further.
func Read(p *policy.Policy, log io.Reader) (*Log, error) {
	l := &Log{uses: map[string]*use{}}
	var err error
	l.Unread, err = record.Lines(log, func(_ int, line []byte) error { return l.line(p, line) })
	return l, err
}

func (l *Log) line(p *policy.Policy, line []byte) error {
	object, err := identity.DecodeClaims(line)
	if err != nil {
		return err
	}
	event, isRecord := object.Text("event")
	stamp, _ := object.Text("time")
	at, err := time.Parse(time.RFC3339, stamp)
	if !isRecord || err != nil {
		return errors.New("it is no record of a decision")
	}
	l.Records++
	outcome, _ := object.Text("outcome")
	allowed := []record.Outcome{record.Allow, record.WouldAllow, record.Fail}
	if event != string(record.Exchange) || !slices.Contains(allowed, record.Outcome(outcome)) || object["dev"] == true {
		return nil
	}
	claims, _ := object["claims"].(map[string]any)
	grants, _ := object["grants"].([]any)
	if len(claims) == 0 || len(grants) == 0 {
		return errors.New("it allows something, and has no claims or no grants")
	}
	l.decision(p, at, claims, grants)
	return nil
}

func (l *Log) decision(p *policy.Policy, at time.Time, claims identity.Claims, grants []any) {
	l.Decisions++
	if l.From.IsZero() || at.Before(l.From) {
		l.From = at
	}
	if at.After(l.To) {
		l.To = at
	}
	issuer, _ := claims.Text("iss")
	for _, grant := range grants {
		id, _ := grant.(string)
		if e := p.Evaluate(issuer, claims, id, at); !e.Allowed && !e.WouldAllow {
			l.Stale++
			continue
		}
		if l.uses[id] == nil {
			l.uses[id] = &use{values: map[string][]string{}, lacking: map[string]bool{}, own: true}
		}
		l.uses[id].add(p.Grant(id).Issuer.Vocabulary, claims)
	}
}

// use is what the jobs that used a grant had in common.
type use struct {
	times   int
	values  map[string][]string // of each claim, sorted, up to maxValues
	lacking map[string]bool     // claims that some job did not have
	own     bool                // no job's steps stand in another file than its workflow's
}

// maxValues is how many different values of a claim are remembered: one more
// means that there is nothing to say about it.
const maxValues = 64

func (u *use) add(kind *identity.Kind, claims identity.Claims) {
	u.times++
	for _, c := range kind.Claims {
		text, ok := claims.Text(c.Name)
		if !ok || text == "" {
			u.lacking[c.Name] = true
			continue
		}
		values := u.values[c.Name]
		if i, known := slices.BinarySearch(values, text); !known && len(values) <= maxValues {
			u.values[c.Name] = slices.Insert(values, i, text)
		}
	}
	if kind.Callee != "" && claims[kind.Callee] != claims["workflow_ref"] {
		u.own = false
	}
}

// seen returns the values that a claim had, unless there were too many, it is none
// that is compared as a text, or a policy could not say it.
func (u *use) seen(claim identity.Claim) ([]string, bool) {
	values := u.values[claim.Name]
	unsayable := func(text string) bool { return strings.Contains(text, "*") || len(text) > maxText }
	return values, claim.Type == identity.Text && len(values) > 0 && len(values) <= maxValues && !slices.ContainsFunc(values, unsayable)
}

// maxText is how long a value of a policy may be.
const maxText = 256
