package broker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/secret"
)

// issued is one credential on its way to the job, with what takes it back.
type issued struct {
	credential.Credential
	connection platform.Connection
	tokenID    string
}

// errGone says that the answer could not be written in full: whether the caller
// has it, nobody knows.
var errGone = errors.New("the answer could not be written")

// issue makes the credentials and hands them over. What it could not hand over
// stays in q.held, for takeBack.
func (q *request) issue(ctx context.Context, w http.ResponseWriter, decisions []policy.Decision) error {
	err := q.issueAll(ctx, decisions)
	if ctx.Err() != nil {
		err = tooLate(ctx, err)
	}
	if err == nil {
		err = q.deliver(w)
	}
	switch {
	case err == nil:
		q.held = nil
	case errors.Is(err, errGone):
		return nil // there is nobody left to tell
	default:
		q.release()
	}
	return err
}

// tooLate says why an answer would not reach the caller any more.
func tooLate(ctx context.Context, cause error) error {
	told := "the caller left before the answer"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		told = "it took longer than " + requestTime.String()
	}
	if cause == nil {
		cause = context.Cause(ctx)
	}
	return fault.New(fault.Unavailable, "%s: %w", told, cause)
}

func (q *request) issueAll(ctx context.Context, decisions []policy.Decision) error {
	for _, d := range decisions {
		if err := q.issueOne(ctx, d.Grant); err != nil {
			return fault.New(fault.KindOf(err), "grant %s: %w", d.Grant.ID, err)
		}
	}
	return nil
}

func (q *request) issueOne(ctx context.Context, g *policy.Grant) error {
	connection := q.config.Connections[g.Credential.Connection]
	p, ok := platform.Lookup(connection.Platform)
	if !ok {
		return fault.New(fault.Internal, "connection %s has platform %q, which this version cannot issue for", connection.Name, connection.Platform)
	}
	fields, err := g.Resolve(q.id.Claims())
	if err != nil {
		return err
	}
	leave, err := q.issuing.enter(ctx, connection.Name)
	if err != nil {
		return err
	}
	defer leave()
	got, err := p.Issue(ctx, connection, platform.Order{Label: q.label(), Fields: fields, TTL: g.Credential.TTL})
	if err != nil {
		return fault.New(fault.KindOf(err), "connection %s: %w", connection.Name, err)
	}
	return q.hold(g, connection, got)
}

// label names a credential in the platform's own lists: enough to find the run,
// and no project's name.
func (q *request) label() string {
	return "autoken " + q.record.DecisionID + " run " + claim(q.id, "run_id") + " attempt " + claim(q.id, "run_attempt")
}

// hold keeps a credential until it is handed over, and makes its lease.
func (q *request) hold(g *policy.Grant, c platform.Connection, got platform.Issued) error {
	one := &issued{connection: c, tokenID: got.TokenID, Credential: credential.Credential{
		Grant: g.ID, Platform: c.Platform, Token: got.Token, Username: got.Username, URL: c.URL,
		Expires: q.begin.Add(g.Credential.TTL), PlatformExpires: got.PlatformExpires, DecisionID: q.record.DecisionID,
	}}
	q.held = append(q.held, one)
	lease, err := q.config.LeaseKeys.Seal(exchange.Lease{
		Platform: c.Platform, Connection: c.Name, URLHash: urlHash(c.URL), TokenID: got.TokenID,
		Repository: claim(q.id, "repository_id"), Run: claim(q.id, "run_id"), Attempt: claim(q.id, "run_attempt"),
		CheckRun: claim(q.id, "check_run_id"), Grant: g.ID, DecisionID: q.record.DecisionID, Issued: q.begin,
		Expires: one.Expires, PlatformExpires: got.PlatformExpires,
	})
	one.Lease = lease
	return err
}

func urlHash(url string) [sha256.Size]byte { return sha256.Sum256([]byte(url)) }

// deliver records what was issued and hands it over. The record comes first: a
// credential that no log knows of must not leave.
func (q *request) deliver(w http.ResponseWriter) error {
	answer := exchange.Answer{Dev: q.config.Dev}
	for _, one := range q.held {
		answer.Credentials = append(answer.Credentials, one.Credential)
		q.record.Credentials = append(q.record.Credentials, one.remembered())
	}
	q.record.Outcome, q.record.Milliseconds = string(record.Allow), q.since(q.begin)
	if err := q.write(q.record); err != nil {
		return fault.New(fault.Internal, "writing the record: %w", err)
	}
	err := exchange.EncodeAnswer(w, answer, q.begin)
	if _, ours := errors.AsType[*fault.Error](err); err != nil && !ours {
		return errors.Join(errGone, err)
	}
	return err
}

func (i *issued) remembered() record.Credential {
	return record.Credential{
		Grant: i.Grant, Platform: i.Platform, Connection: i.connection.Name, TokenID: i.tokenID,
		SHA256: base64Sum(i.Token), LeaseSHA256: base64Sum(i.Lease),
		Expires: utc(i.Expires), PlatformExpires: utc(i.PlatformExpires),
	}
}

// base64Sum is a credential's SHA-256 as GitHub's audit log writes it
// (hashed_token); "" where there is none.
func base64Sum(v secret.Value) string {
	if v.IsZero() {
		return ""
	}
	sum := sha256.Sum256([]byte(v.Reveal()))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
