package broker

import (
	"context"
	"log/slog"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/record"
)

// undoTime bounds the revoking of what could not be handed over; it does not end
// with the request.
const undoTime = 10 * time.Second

// takeBack revokes what was issued and the job did not get, and records it.
func (q *request) takeBack(ctx context.Context) {
	if len(q.held) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	r := q.record
	r.Event, r.Outcome, r.Failed, r.Credentials = record.Undelivered, "", nil, nil
	for _, one := range q.held {
		entry := one.remembered()
		entry.Outcome = string(q.takeOneBack(ctx, one))
		r.Credentials = append(r.Credentials, entry)
	}
	r.Milliseconds = q.since(q.begin)
	q.note(r)
}

func (q *request) takeOneBack(ctx context.Context, one *issued) credential.Outcome {
	p, _ := platform.Lookup(one.connection.Platform) // it has issued
	outcome, err := p.Revoke(ctx, one.connection, platform.Receipt{TokenID: one.tokenID, Token: one.Token})
	if err != nil {
		q.config.Log.Error("a credential that was not handed over could not be revoked",
			slog.String("decision", q.record.DecisionID), slog.String("connection", one.connection.Name), slog.Any("error", err))
		return credential.Unknown
	}
	return outcome
}
