package broker

import (
	"errors"
	"net/http"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// What callers are told where they may not know more.
const (
	busy       = "the broker is busy; try again"
	broken     = "the broker failed"
	untrusted  = "the ID token is not accepted"
	denied     = "the policy does not admit this job to this grant, or there is no such grant"
	overdue    = "a service that the broker needs does not answer; try again"
	slow       = "too many requests"
	replays    = "the ID token was used before"
	unnumbered = "this issuer's jobs have one ID token each, and send a request_id with it"
)

// refusal is what a caller is told, and beside it what the operator is.
type refusal struct {
	exchange.Refusal
	outcome    record.Outcome
	reason     string // for the record alone
	unrecorded bool
}

func (r *refusal) Error() string { return r.reason }

func refusalOf(kind fault.Kind, told string, outcome record.Outcome, reason string) *refusal {
	return &refusal{Refusal: exchange.Refusal{Kind: kind, Description: told}, outcome: outcome, reason: reason}
}

// failure is a refusal whose cause is on our side.
func failure(kind fault.Kind, told string, cause error) *refusal {
	r := refusalOf(kind, told, record.Fail, cause.Error())
	if f, ok := errors.AsType[*fault.Error](cause); ok {
		r.RetryAfter = f.RetryAfter
	}
	return r
}

// explain says what the caller and what the operator is told of an error. What
// was not made for callers is told as a failure and nothing more.
func explain(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if r, ok := errors.AsType[*exchange.Refusal](err); ok {
		return &refusal{Refusal: *r, outcome: record.Refuse, reason: r.Description}
	}
	if fault.Temporary(err) {
		return failure(fault.Unavailable, overdue, err)
	}
	return failure(fault.Internal, broken, err)
}

// refuse answers a request that gets nothing, and records why.
func (q *request) refuse(w http.ResponseWriter, err error) {
	r := explain(err)
	r.DecisionID, r.Time = q.record.DecisionID, q.begin.UTC()
	if !r.unrecorded {
		q.record.Outcome, q.record.Reason, q.record.Credentials = string(r.outcome), r.reason, nil
		q.record.Milliseconds = q.since(q.begin)
		q.note(q.record)
	}
	exchange.EncodeRefusal(w, &r.Refusal)
}

// verdict returns nil where every decision allows and nothing is switched off.
func (q *request) verdict(decisions []policy.Decision) error {
	for i, d := range decisions {
		if !d.Allowed {
			return q.denied(q.Grants[i], d)
		}
		if reason := q.rules.kill.reason(q.id, d.Grant, q.begin); reason != "" {
			return q.killed(d, reason)
		}
	}
	return nil
}

// denied tells a caller that the grant is about which conditions it does not
// fit. All others hear the same as of a grant that does not exist.
func (q *request) denied(grant string, d policy.Decision) error {
	for _, c := range d.Failed {
		q.record.Failed = append(q.record.Failed, c.Name)
	}
	if !d.Pinned {
		return q.stranger(grant, d)
	}
	r := refusalOf(fault.Denied, "this job does not fit grant "+grant, record.Deny, grant)
	for _, c := range d.Failed {
		r.Failed = append(r.Failed, exchange.Condition{Name: c.Name, Actual: c.Actual})
	}
	r.Conditions, r.Owner = d.Conditions, d.Grant.Owner
	return r
}

// killed tells a caller that the grant is about that it was switched off.
func (q *request) killed(d policy.Decision, reason string) error {
	q.record.Failed = []string{"kill"}
	r := refusalOf(fault.Denied, denied, record.Deny, reason)
	if d.Pinned {
		r.Failed, r.Conditions, r.Owner = []exchange.Condition{{Name: "kill"}}, d.Conditions+1, d.Grant.Owner
	} else {
		r.Grants = q.ownGrants()
	}
	return r
}

// stranger is the answer about a grant that is not the caller's. It may name
// those that are: they are the caller's own.
func (q *request) stranger(grant string, d policy.Decision) error {
	outcome, reason := record.Deny, "no such grant"
	switch {
	case d.WouldAllow:
		outcome, reason = record.WouldAllow, "it only observes"
	case d.Grant != nil && d.Grant.Mode == policy.Observe:
		reason = "it only observes, and would deny"
	case d.Grant != nil:
		reason = "outside its identity pin"
	}
	r := refusalOf(fault.Denied, denied, outcome, grant+": "+reason)
	r.Grants = q.ownGrants()
	return r
}

// maxNamed is how many of a caller's own grants an answer lists.
const maxNamed = 64

func (q *request) ownGrants() []string {
	own := q.rules.policy.GrantsOf(q.id)
	return own[:min(len(own), maxNamed)]
}

func (q *request) answerDryRun(w http.ResponseWriter, decisions []policy.Decision) {
	answer := exchange.Answer{Dev: q.config.Dev}
	for i, d := range decisions {
		answer.Decisions = append(answer.Decisions, exchange.Decision{
			Grant: q.Grants[i], Platform: d.Grant.Credential.Platform.Name, Owner: d.Grant.Owner, ID: q.record.DecisionID, Allowed: true,
		})
	}
	q.record.Outcome, q.record.Milliseconds = string(record.Allow), q.since(q.begin)
	q.note(q.record)
	_ = exchange.EncodeAnswer(w, answer, q.begin) // nothing was issued; a caller that is gone loses nothing
}
