package broker

import (
	"errors"
	"net/http"
	"time"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// refusal is what a caller is told, and beside it what the operator is.
type refusal struct {
	exchange.Refusal
	outcome record.Outcome
	reason  string // for the record alone
}

func (r *refusal) Error() string { return r.reason }

func (r *refusal) after(wait time.Duration) *refusal {
	r.RetryAfter = wait
	return r
}

func (r *refusal) with(c exchange.Condition) *refusal {
	r.Failed, r.Conditions = append(r.Failed, c), 1
	return r
}

func (q *request) refusal(kind fault.Kind, told string, outcome record.Outcome, reason string) *refusal {
	return &refusal{exchange.Refusal{Kind: kind, Description: told}, outcome, reason}
}

// fail is a refusal whose reason is on our side.
func (q *request) fail(kind fault.Kind, told string, cause error) error {
	r := q.refusal(kind, told, record.Fail, cause.Error())
	r.RetryAfter = retryAfter(cause)
	return r
}

// refuse answers a request that gets nothing, and records why.
func (q *request) refuse(w http.ResponseWriter, err error) {
	answer, outcome, reason := explain(err)
	answer.DecisionID, answer.Time = q.record.DecisionID, q.begin.UTC()
	q.record.Outcome, q.record.Reason = string(outcome), reason
	q.finish()
	exchange.EncodeRefusal(w, answer)
}

// explain splits an error into what the caller and what the operator is told.
// What was not made for callers is told as a failure and nothing more.
func explain(err error) (*exchange.Refusal, record.Outcome, string) {
	if r, ok := errors.AsType[*refusal](err); ok {
		return &r.Refusal, r.outcome, r.reason
	}
	if r, ok := errors.AsType[*exchange.Refusal](err); ok {
		return r, record.Refuse, r.Description
	}
	kind, told := fault.Internal, broken
	if fault.Temporary(err) {
		kind, told = fault.Unavailable, overdue
	}
	return &exchange.Refusal{Kind: kind, Description: told, RetryAfter: retryAfter(err)}, record.Fail, err.Error()
}

func (q *request) answerDryRun(w http.ResponseWriter, decisions []policy.Decision) {
	var answer exchange.Answer
	for i, d := range decisions {
		answer.Decisions = append(answer.Decisions, exchange.Decision{
			Grant: q.Grants[i], Platform: d.Grant.Credential.Platform.Name, Owner: d.Grant.Owner, ID: q.record.DecisionID, Allowed: true,
		})
	}
	answer.Dev = q.config.Dev
	q.record.Outcome = string(record.Allow)
	q.finish()
	_ = exchange.EncodeAnswer(w, answer, q.begin) // nothing was issued; a caller that is gone loses nothing
}

// finish writes the record of a request that leaves nothing behind.
func (q *request) finish() {
	q.record.Milliseconds = float64(q.config.Now().Sub(q.begin).Microseconds()) / 1000
	q.note(q.record)
}

func retryAfter(err error) time.Duration {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.RetryAfter
	}
	return 0
}
