package broker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// issued is one credential on its way to the job, with what takes it back.
type issued struct {
	credential.Credential
	lease      exchange.Lease
	connection platform.Connection
	tokenID    string
}

// errGone says that the answer could not be written.
var errGone = errors.New("the caller is gone")

// issueAll issues for every decision, and returns what it has also on an error.
func (q *request) issueAll(ctx context.Context, decisions []policy.Decision) ([]issued, error) {
	var all []issued
	for _, d := range decisions {
		one, err := q.issueOne(ctx, d.Grant)
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (q *request) issueOne(ctx context.Context, g *policy.Grant) (issued, error) {
	connection := q.config.Connections[g.Credential.Connection]
	p, ok := platform.Lookup(connection.Platform)
	if !ok {
		return issued{}, fault.New(fault.Internal, "connection %s has platform %q, which this version cannot issue for", connection.Name, connection.Platform)
	}
	fields, err := g.Resolve(q.id.Claims())
	if err != nil {
		return issued{}, fault.New(fault.Internal, "grant %s: %w", g.ID, err)
	}
	got, err := p.Issue(ctx, connection, platform.Order{Label: q.label(), Fields: fields, TTL: g.Credential.TTL})
	if err != nil {
		return issued{}, fault.New(fault.KindOf(err), "connection %s: %w", connection.Name, err)
	}
	return q.seal(g, connection, got)
}

// label names a credential in the platform's own lists: enough to find the run,
// and no project's name.
func (q *request) label() string {
	return "autoken " + q.record.DecisionID + " run " + claim(q.id, "run_id") + " attempt " + claim(q.id, "run_attempt")
}

// seal makes the lease. If that fails the credential is taken back at once:
// nobody else could.
func (q *request) seal(g *policy.Grant, c platform.Connection, got platform.Issued) (issued, error) {
	one := issued{connection: c, tokenID: got.TokenID}
	one.Credential = credential.Credential{
		Grant: g.ID, Platform: c.Platform, Token: got.Token, Username: got.Username, URL: c.URL,
		Expires: q.begin.Add(g.Credential.TTL), PlatformExpires: got.PlatformExpires, DecisionID: q.record.DecisionID,
	}
	one.lease = exchange.Lease{
		Platform: c.Platform, Connection: c.Name, URLHash: urlHash(c.URL), TokenID: got.TokenID,
		Repository: claim(q.id, "repository_id"), Run: claim(q.id, "run_id"), Attempt: claim(q.id, "run_attempt"),
		CheckRun: claim(q.id, "check_run_id"), Grant: g.ID, DecisionID: q.record.DecisionID, Issued: q.begin,
		Expires: one.Expires, PlatformExpires: got.PlatformExpires,
	}
	lease, err := q.config.LeaseKeys.Seal(one.lease)
	one.Lease = lease
	if err != nil {
		q.takeBack(context.Background(), []issued{one})
		return issued{}, err
	}
	return one, nil
}

func urlHash(url string) [sha256.Size]byte { return sha256.Sum256([]byte(url)) }

// deliver records what was issued and hands it over. The record comes first: a
// credential that no log knows of must not leave.
func (q *request) deliver(w http.ResponseWriter, all []issued) error {
	answer := exchange.Answer{Dev: q.config.Dev}
	for _, one := range all {
		answer.Credentials = append(answer.Credentials, one.Credential)
		q.record.Credentials = append(q.record.Credentials, one.remembered())
	}
	q.record.Outcome = string(record.Allow)
	q.record.Milliseconds = float64(q.config.Now().Sub(q.begin).Microseconds()) / 1000
	if err := q.write(q.record); err != nil {
		return fault.New(fault.Internal, "writing the record: %w", err)
	}
	if err := exchange.EncodeAnswer(w, answer, q.begin); err != nil {
		if _, ours := errors.AsType[*fault.Error](err); ours {
			return err
		}
		return errors.Join(errGone, err)
	}
	if err := http.NewResponseController(w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errors.Join(errGone, err)
	}
	return nil
}

func (i issued) remembered() record.Credential {
	return record.Credential{
		Grant: i.Grant, Platform: i.Platform, Connection: i.connection.Name, TokenID: i.tokenID,
		SHA256:      base64Sum(i.Token.Reveal()),
		LeaseSHA256: base64Sum(i.Lease.Reveal()),
		Expires:     utc(i.Expires), PlatformExpires: utc(i.PlatformExpires),
	}
}

// base64Sum is a credential's SHA-256 as GitHub's audit log writes it
// (hashed_token).
func base64Sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// undoTime bounds the revoking of what could not be handed over; it does not end
// with the request.
const undoTime = 10 * time.Second

// takeBack revokes what the job will not get.
func (q *request) takeBack(ctx context.Context, all []issued) {
	if len(all) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	r := record.Record{Event: record.Undelivered, DecisionID: q.record.DecisionID, Grants: q.Grants, Issuer: q.record.Issuer, Claims: q.record.Claims}
	for _, one := range all {
		p, _ := platform.Lookup(one.connection.Platform)
		outcome, err := p.Revoke(ctx, one.connection, platform.Receipt{TokenID: one.tokenID, Token: one.Token})
		if err != nil {
			outcome = credential.Unknown
			q.config.Log.Error("a credential that was not handed over could not be revoked",
				slog.String("decision", q.record.DecisionID), slog.String("connection", one.connection.Name), slog.Any("error", err))
		}
		entry := one.remembered()
		entry.Outcome = string(outcome)
		r.Credentials = append(r.Credentials, entry)
	}
	q.note(r)
}
