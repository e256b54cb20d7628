package broker

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// What callers are told where they may not know more.
const (
	busy      = "the broker is busy; try again"
	broken    = "the broker failed; nothing was issued"
	untrusted = "the ID token is not accepted"
	denied    = "the policy does not admit this job to this grant, or there is no such grant"
	overdue   = "a service that the broker needs does not answer; try again"
	slow      = "too many requests"
	replays   = "the ID token was used before"
)

// request is one exchange on its way through the broker.
type request struct {
	*Broker
	exchange.Request
	rules   *rules
	id      identity.Identity
	begin   time.Time
	insider bool // some named grant is about the caller, so that it may be told about it
	burnt   bool
	record  record.Record
}

// token answers POST /token.
func (b *Broker) token(w http.ResponseWriter, r *http.Request) {
	q := &request{Broker: b, rules: b.rules.Load(), begin: b.config.Now()}
	q.record = record.Record{
		Event: record.Exchange, DecisionID: newID(), PolicyHash: q.rules.policy.Hash,
		Client: b.client(r), Protocol: "token-exchange",
	}
	orders, err := q.admit(r)
	if err == nil && !q.DryRun {
		err = q.issue(r.Context(), w, orders)
	}
	if err != nil {
		q.refuse(w, err)
		return
	}
	if q.DryRun {
		q.answerDryRun(w, orders)
	}
}

// admit takes a request from its bytes to the policy's yes: the decisions it
// returns all allow.
func (q *request) admit(r *http.Request) ([]policy.Decision, error) {
	var err error
	if q.Request, err = exchange.DecodeRequest(r); err != nil {
		return nil, err
	}
	q.record.Grants, q.record.DryRun, q.record.RequestID = q.Grants, q.DryRun, q.RequestID
	if q.stale(q.rules) {
		return nil, q.fail(fault.Unavailable, overdue, errors.New("the policy could not be read for longer than max_policy_staleness"))
	}
	if q.id, err = q.rules.verifier.Verify(r.Context(), q.IDToken, ""); err != nil {
		return nil, q.untrusted(err)
	}
	q.record.Issuer, q.record.Claims = q.id.Issuer().Name, q.id.Claims()
	if attempt, ok := q.id.Claims().Text("run_attempt"); ok && attempt != "1" {
		q.record.ActorIs = record.FirstAttempt
	}
	decisions := q.decide()
	if err := q.throttle(); err != nil {
		return nil, err
	}
	if err := q.burn(); err != nil {
		return nil, err
	}
	return decisions, q.verdict(decisions)
}

func (q *request) decide() []policy.Decision {
	var decisions []policy.Decision
	for _, grant := range q.Grants {
		d := q.rules.policy.Decide(q.id, grant, q.begin)
		q.insider = q.insider || d.Pinned
		decisions = append(decisions, d)
	}
	return decisions
}

// throttle keeps callers from using up what others need. Callers that no grant
// names share one allowance; the others have one a repository.
func (q *request) throttle() error {
	limit, key := q.strangers, ""
	if q.insider {
		limit, key = q.insiders, q.id.Issuer().Name+"\x00"+claim(q.id, "repository_id")+claim(q.id, "project_id")
	}
	if wait := limit.take(key); wait > 0 {
		return q.refusal(fault.Throttled, slow, record.Refuse, "rate limit").after(wait)
	}
	return nil
}

// burn uses the ID token up. It comes after the floor, so that strangers, who
// can get any number of tokens, cannot fill the memory, and before the verdict
// is told, so that one token cannot probe many grants.
func (q *request) burn() error {
	if !q.insider || q.DryRun {
		return nil
	}
	u := use{until: q.id.UsableUntil()}
	if q.id.Issuer().SingleUse == "job" {
		u.request = q.RequestID
	}
	switch q.used.burn(q.id.UseKey(), u, q.begin) {
	case replayed:
		return q.refusal(fault.Untrusted, replays, record.Refuse, "replay")
	case full:
		return q.refusal(fault.Unavailable, busy, record.Fail, "the memory of used ID tokens is full").after(time.Minute)
	default:
		q.burnt = true
		return nil
	}
}

// verdict returns nil where every decision allows and nothing is switched off.
func (q *request) verdict(decisions []policy.Decision) error {
	if q.rules.killErr != nil {
		return q.refusal(fault.Denied, denied, record.Deny, "the kill file cannot be read")
	}
	for i, d := range decisions {
		if d.WouldAllow {
			return q.stranger(record.WouldAllow, q.Grants[i]+" only observes")
		}
		if !d.Allowed {
			return q.denied(q.Grants[i], d)
		}
		if reason := q.rules.kill.reason(q.id, d.Grant, q.begin); reason != "" {
			q.record.Failed = []string{"kill"}
			return q.refusal(fault.Denied, denied, record.Deny, reason).with(exchange.Condition{Name: "kill"})
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
		return q.stranger(record.Deny, grant+": "+reasonOf(d))
	}
	r := q.refusal(fault.Denied, "this job does not fit grant "+grant, record.Deny, grant)
	for _, c := range d.Failed {
		r.Failed = append(r.Failed, exchange.Condition{Name: c.Name, Actual: c.Actual})
	}
	r.Conditions, r.Owner = d.Conditions, d.Grant.Owner
	return r
}

func reasonOf(d policy.Decision) string {
	if d.Grant == nil {
		return "no such grant"
	}
	return "outside its identity pin"
}

// stranger is the answer about a grant that is not the caller's. It may name
// those that are: they are the caller's own.
func (q *request) stranger(o record.Outcome, reason string) error {
	r := q.refusal(fault.Denied, denied, o, reason)
	r.Grants = q.rules.policy.GrantsOf(q.id)
	return r
}

func (q *request) untrusted(err error) error {
	if fault.Temporary(err) {
		return q.fail(fault.Unavailable, overdue, err)
	}
	q.record.Unverified = identity.Unverified(q.IDToken)
	return q.refusal(fault.Untrusted, untrusted, record.Refuse, err.Error())
}

// issue makes the credentials and hands them over, or takes them back.
func (q *request) issue(ctx context.Context, w http.ResponseWriter, decisions []policy.Decision) error {
	issued, err := q.issueAll(ctx, decisions)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = q.deliver(w, issued)
	}
	if err == nil {
		return nil
	}
	q.takeBack(ctx, issued)
	if errors.Is(err, errGone) {
		return nil // there is nobody left to tell
	}
	q.release()
	return err
}

func (q *request) release() {
	if q.burnt {
		q.used.release(q.id.UseKey())
	}
}
