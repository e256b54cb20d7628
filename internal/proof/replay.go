package proof

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// maxChanges bounds how many different changes are remembered.
const maxChanges = 10_000

// Replay is what a policy says of the jobs in a log.
type Replay struct {
	Same    int      // decided as they were then
	Changes []Change // in the order in which they come first
	More    int      // changes beyond those that are listed
	Skipped int      // lines that are no decision: other events, and what was refused before any grant was looked at
	Unread  record.Unread
	byKey   map[string]int
}

// Change is a decision that differs from the one in the log, and how often it
// does.
type Change struct {
	Grant    string
	Before   record.Outcome // "" where the log does not say
	Allowed  bool           // now
	Failed   []string       // conditions that do not fit now
	Was      []string       // conditions that did not fit then
	Job      string         // the first such job, in a few claims
	Decision string         // its id, "" where it has none
	Line     int            // its line in the log
	Times    int
}

// ReplayLog decides every job in a log by a policy at a time. A line is a record
// of the broker's decision log, or an event of the gateway in front of a broker
// of the lambda protocol. An error means that the log could not be read further.
func ReplayLog(p *policy.Policy, log io.Reader, now time.Time) (*Replay, error) {
	r := &Replay{byKey: map[string]int{}}
	var err error
	r.Unread, err = record.Lines(log, func(number int, line []byte) error { return r.line(p, number, line, now) })
	return r, err
}

func (r *Replay) line(p *policy.Policy, number int, line []byte, now time.Time) error {
	object, err := identity.DecodeClaims(line)
	if err != nil {
		return err
	}
	asked, err := questionOf(p, object, now)
	if errors.Is(err, errNoDecision) {
		r.Skipped++
		return nil
	}
	if err == nil {
		r.decide(p, number, asked, now)
	}
	return err
}

// question is one decision of a log.
type question struct {
	grants   []string // all of which were asked for; none where nothing fits
	claims   identity.Claims
	before   record.Outcome
	failed   []string
	decision string
}

var errNoDecision = errors.New("the line is no decision")

func questionOf(p *policy.Policy, object identity.Claims, now time.Time) (question, error) {
	if _, ok := object["requestContext"].(map[string]any); ok {
		return gatewayQuestion(p, object, now)
	}
	return recordQuestion(object)
}

// recordQuestion reads a record of the decision log.
func recordQuestion(object identity.Claims) (question, error) {
	event, isRecord := object.Text("event")
	outcome, _ := object.Text("outcome")
	if !isRecord {
		return question{}, errors.New("it is neither a record of a decision nor a gateway's event")
	}
	before := record.Outcome(outcome)
	decided := []record.Outcome{record.Allow, record.Deny, record.WouldAllow, record.Fail}
	if event != string(record.Exchange) || !slices.Contains(decided, before) {
		return question{}, errNoDecision
	}
	claims, _ := object["claims"].(map[string]any)
	q := question{claims: claims, before: before, grants: texts(object["grants"]), failed: texts(object["failed"])}
	if len(q.claims) == 0 || len(q.grants) == 0 {
		return question{}, errNoDecision
	}
	q.decision, _ = object.Text("decision_id")
	return q, nil
}

func texts(value any) []string {
	items, _ := value.([]any)
	var all []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

func gatewayQuestion(p *policy.Policy, event identity.Claims, now time.Time) (question, error) {
	asked, err := record.GatewayEvent(event)
	switch {
	case err != nil:
		return question{}, err
	case asked.Cleanup:
		return question{}, errNoDecision
	}
	return question{claims: asked.Claims, grants: lambdaGrants(p, asked.Claims, asked.Platform, asked.Project, now)}, nil
}

// lambdaGrants returns the grant by which the lambda protocol would answer: the
// one that is open to it, for the platform and the project, and admits the job.
// There is none where several do.
func lambdaGrants(p *policy.Policy, claims identity.Claims, platform, project string, now time.Time) []string {
	var found []string
	issuer, _ := claims.Text("iss")
	for _, g := range p.Grants {
		if g.Lambda && g.Credential.Platform.Name == platform && p.Evaluate(issuer, claims, g.ID, now).Allowed && resolvesTo(g, claims, project) {
			found = append(found, g.ID)
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found
}

// resolvesTo reports whether a grant's credential is for that project, where its
// platform has projects.
func resolvesTo(g *policy.Grant, claims identity.Claims, project string) bool {
	if !slices.ContainsFunc(g.Credential.Platform.Fields, func(f credential.Field) bool { return f.Name == "project" }) {
		return true
	}
	fields, err := g.Resolve(claims)
	return err == nil && fields["project"] == project
}

func (r *Replay) decide(p *policy.Policy, number int, q question, now time.Time) {
	issuer, _ := q.claims.Text("iss")
	allowed, observed := len(q.grants) > 0, len(q.grants) > 0
	var failed []string
	for _, id := range q.grants {
		e := p.Evaluate(issuer, q.claims, id, now)
		allowed, observed = allowed && e.Allowed, observed && (e.Allowed || e.WouldAllow)
		if e.Grant == nil {
			failed = append(failed, "no such grant")
		}
		failed = append(failed, e.Failed()...)
	}
	if q.sameAs(allowed, observed && !allowed) {
		r.Same++
		return
	}
	r.change(Change{
		Grant: strings.Join(q.grants, " "), Before: q.before, Allowed: allowed, Failed: failed, Was: q.failed,
		Job: describe(q.claims), Decision: q.decision, Line: number, Times: 1,
	})
}

// sameAs reports whether the log says the same. A decision that failed afterwards
// was to allow; one that the log does not have differs where it denies.
func (q question) sameAs(allowed, wouldAllow bool) bool {
	switch q.before {
	case record.Allow, record.Fail:
		return allowed
	case record.WouldAllow:
		return wouldAllow
	case record.Deny:
		return !allowed && !wouldAllow
	case record.Refuse:
	}
	return allowed
}

func (r *Replay) change(c Change) {
	key := fmt.Sprint(c.Grant, "\x00", c.Before, c.Allowed, c.Failed, c.Was, "\x00", c.Job)
	if i, known := r.byKey[key]; known {
		r.Changes[i].Times++
		return
	}
	if len(r.Changes) == maxChanges {
		r.More++
		return
	}
	r.byKey[key] = len(r.Changes)
	r.Changes = append(r.Changes, c)
}

// telling are the claims that tell jobs apart for people.
var telling = []string{
	"repository", "project_path", "pipeline_slug", "oidc.circleci.com/project-id", "event_name", "pipeline_source", "ref", "build_branch", "oidc.circleci.com/vcs-ref", "environment",
}

// describe names a job by a few of its claims.
func describe(claims identity.Claims) string {
	var parts []string
	for _, name := range telling {
		if text, _ := claims.Text(name); text != "" {
			parts = append(parts, name+"="+text)
		}
	}
	if len(parts) == 0 {
		sub, _ := claims.Text("sub")
		parts = append(parts, "sub="+sub)
	}
	return strings.Join(parts, " ")
}
