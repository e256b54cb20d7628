package broker

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/record"
)

const tokenExchange = "token-exchange"

// request is one exchange on its way through the broker.
type request struct {
	*Broker
	exchange.Request
	rules   *rules
	id      identity.Identity
	begin   time.Time
	insider bool // some named grant is about the caller, so that it may be told about it
	burnt   bool
	held    []*issued // what was issued and not handed over yet
	record  record.Record
}

// token answers POST /token.
func (b *Broker) token(w http.ResponseWriter, r *http.Request) {
	q := &request{Broker: b, rules: b.rules.Load(), begin: b.config.Now()}
	q.record = record.Record{
		Event: record.Exchange, DecisionID: newID(), PolicyHash: q.rules.policy.Hash,
		Client: b.client(r), Protocol: tokenExchange,
	}
	defer q.takeBack(r.Context()) // after the answer, and after a panic
	decisions, err := q.admit(r)
	switch {
	case err != nil:
	case q.DryRun:
		q.answerDryRun(w, decisions)
	default:
		err = q.issue(r.Context(), w, decisions)
	}
	if err != nil {
		q.refuse(w, err)
	}
}

// admit takes a request from its bytes to the policy's yes: the decisions it
// returns all allow.
func (q *request) admit(r *http.Request) ([]policy.Decision, error) {
	if err := q.identify(r); err != nil {
		// Who cannot prove anything is a stranger, and shares their allowance.
		if limited := q.throttle(q.strangers, ""); limited != nil {
			return nil, limited
		}
		return nil, err
	}
	decisions := q.decide()
	if q.rules.killErr != nil {
		return nil, refusalOf(fault.Denied, denied, record.Deny, "the kill file cannot be read")
	}
	if err := q.burn(); err != nil {
		// Whoever shows a used token may have stolen it: the repository it names must
		// not pay for that.
		if limited := q.throttle(q.strangers, ""); limited != nil {
			return nil, limited
		}
		return nil, err
	}
	if err := q.throttleCaller(); err != nil {
		q.release()
		return nil, err
	}
	return decisions, q.verdict(decisions)
}

// identify reads the request and verifies who sent it.
func (q *request) identify(r *http.Request) error {
	var err error
	if q.Request, err = exchange.DecodeRequest(r); err != nil {
		return err
	}
	q.record.Grants, q.record.DryRun, q.record.RequestID = q.Grants, q.DryRun, q.RequestID
	if err = q.obstacle(q.rules); err != nil {
		return failure(fault.Unavailable, overdue, err)
	}
	if q.id, err = q.rules.verifiers.verify(r.Context(), q.IDToken); err != nil {
		return q.untrusted(err)
	}
	q.record.Issuer, q.record.Claims = q.id.Issuer().Name, q.id.Claims()
	if attempt := claim(q.id, "run_attempt"); attempt != "" && attempt != "1" {
		q.record.ActorIs = record.FirstAttempt
	}
	return nil
}

// untrusted is the refusal of an ID token. What it claims is written down with
// whatever could act on a terminal made harmless: anybody can claim anything.
func (q *request) untrusted(err error) error {
	if fault.Temporary(err) {
		return failure(fault.Unavailable, overdue, err)
	}
	q.record.Unverified = identity.Unverified(q.IDToken)
	for name, value := range q.record.Unverified {
		q.record.Unverified[name] = quote.Text(fmt.Sprint(value))
	}
	return refusalOf(fault.Untrusted, untrusted, record.Refuse, err.Error())
}

func (q *request) decide() []policy.Decision {
	decisions := make([]policy.Decision, 0, len(q.Grants))
	for _, grant := range q.Grants {
		d := q.rules.policy.Decide(q.id, grant, q.begin)
		q.insider = q.insider || d.Pinned || d.Allowed
		decisions = append(decisions, d)
	}
	return decisions
}

// throttleCaller keeps callers from using up what others need. Callers that no
// grant names share one allowance; the others have one a repository.
func (q *request) throttleCaller() error {
	if !q.insider {
		return q.throttle(q.strangers, "")
	}
	return q.throttle(q.insiders, q.source())
}

// source tells where a job comes from: its issuer, and the repository's or
// project's immutable id.
func (q *request) source() string {
	parts := []string{q.id.Issuer().Name}
	if kind := identity.LookupKind(q.id.Issuer().Kind); kind != nil {
		for _, name := range kind.Identity {
			parts = append(parts, claim(q.id, name))
		}
	}
	if strings.Join(parts[1:], "") == "" {
		parts = append(parts, claim(q.id, "sub"))
	}
	return strings.Join(parts, "\x00")
}

// throttle refuses who has asked too often. To write down each of these refusals
// would hand the log to whoever floods it: there is one in ten seconds.
func (b *Broker) throttle(limit *buckets, key string) error {
	wait := limit.take(key)
	if wait == 0 {
		return nil
	}
	r := refusalOf(fault.Throttled, slow, record.Refuse, "rate limit; the next ones of this caller are not recorded for 10 s")
	r.RetryAfter, r.unrecorded = wait, b.notices.take(key) > 0
	return r
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
		if q.RequestID == "" {
			return refusalOf(fault.Usage, unnumbered, record.Refuse, "no request_id from an issuer with single_use: job")
		}
		u.request = q.RequestID + " " + strings.Join(q.Grants, " ")
	}
	switch q.used.burn(q.id.UseKey(), u, q.begin) {
	case replayed:
		return refusalOf(fault.Untrusted, replays, record.Refuse, "replay")
	case full:
		return failure(fault.Unavailable, busy, errFull)
	default:
		q.burnt = true
		return nil
	}
}

var errFull = fault.New(fault.Unavailable, "the memory of used ID tokens is full").After(time.Minute)

// release gives the ID token back where nothing was issued for it and the reason
// was ours.
func (q *request) release() {
	if q.burnt {
		q.used.release(q.id.UseKey())
	}
}
