package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

type wireAnswer struct {
	*wireCredential                   // where there is one
	Credentials     []*wireCredential `json:"credentials,omitempty"` // where there are several
	Decisions       []wireDecision    `json:"decisions,omitempty"`
	Dev             bool              `json:"dev,omitempty"`
}

type wireDecision struct {
	Grant    string `json:"grant"`
	Platform string `json:"platform,omitempty"`
	Owner    string `json:"owner,omitempty"`
	ID       string `json:"decision_id,omitempty"`
	Allowed  bool   `json:"allowed"`
}

// EncodeAnswer writes a broker's answer. An error means that the caller did not
// get it: what was issued for it has to be revoked. Nothing was written if the
// answer is one that a client would refuse.
func EncodeAnswer(w http.ResponseWriter, a Answer, now time.Time) error {
	wire := wireAnswer{Dev: a.Dev}
	for _, d := range a.Decisions {
		wire.Decisions = append(wire.Decisions, wireDecision(d))
	}
	for _, c := range a.Credentials {
		one, err := encodeCredential(c, a.Dev, now)
		if err != nil {
			return fault.New(fault.Internal, "answering for grant %q: %w", c.Grant, err)
		}
		wire.Credentials = append(wire.Credentials, one)
	}
	if (len(wire.Credentials) == 0) == (len(wire.Decisions) == 0) {
		return fault.New(fault.Internal, "an answer has either credentials or decisions")
	}
	if len(wire.Credentials) == 1 {
		wire.wireCredential, wire.Credentials = wire.Credentials[0], nil
	}
	return send(w, http.StatusOK, wire)
}

// decodeAnswer reads a broker's answer to r.
func decodeAnswer(got *httpclient.Response, r Request, now time.Time) (Answer, error) {
	if got.Status != http.StatusOK || !isJSON(got.Header) {
		return Answer{}, fmt.Errorf("its status is %d with %s, not 200 with JSON", got.Status, mediaOf(got.Header))
	}
	top, err := parseObject(got.Body)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Dev: read[bool](top, "dev")}
	if r.DryRun {
		answer.Decisions, err = decodeDecisions(top, r.Grants)
	} else {
		answer.Credentials, err = decodeCredentials(top, r.Grants, now)
	}
	if err = errors.Join(top.err, err); err != nil {
		return Answer{}, err
	}
	return answer, nil
}

func decodeCredentials(top *object, grants []string, now time.Time) ([]credential.Credential, error) {
	parts := []*object{top}
	if _, ok := top.members["credentials"]; ok {
		var err error
		if parts, err = objects(top, "credentials"); err != nil {
			return nil, err
		}
	}
	var all []credential.Credential
	for _, part := range parts {
		wire := readCredential(part)
		if err := errors.Join(part.err, wire.problem(read[bool](top, "dev"))); err != nil {
			return nil, err
		}
		all = append(all, wire.credential(now))
	}
	return inOrder(all, grants, func(c credential.Credential) string { return c.Grant })
}

func objects(top *object, name string) ([]*object, error) {
	list := read[[]json.RawMessage](top, name)
	if len(list) > maxGrants {
		return nil, fmt.Errorf("it has %d %s", len(list), name)
	}
	var parts []*object
	for _, raw := range list {
		part, err := parseObject(raw)
		if err != nil {
			return nil, fmt.Errorf("in %s: %w", name, err)
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func decodeDecisions(top *object, grants []string) ([]Decision, error) {
	parts, err := objects(top, "decisions")
	if err != nil {
		return nil, err
	}
	var all []Decision
	for _, o := range parts {
		d := Decision{
			Grant: read[string](o, "grant"), Platform: read[string](o, "platform"), Owner: shorten(read[string](o, "owner")),
			ID: read[string](o, "decision_id"), Allowed: read[bool](o, "allowed"),
		}
		if o.err != nil || d.Platform != "" && !isPlatform(d.Platform) || d.ID != "" && !isDecisionID(d.ID) {
			return nil, errors.New("a decision is malformed")
		}
		all = append(all, d)
	}
	return inOrder(all, grants, func(d Decision) string { return d.Grant })
}

// inOrder returns what was answered in the order of the grants asked for. Each
// must have come exactly once, and nothing else.
func inOrder[T any](all []T, grants []string, idOf func(T) string) ([]T, error) {
	var ordered []T
	for _, id := range grants {
		i := slices.IndexFunc(all, func(one T) bool { return idOf(one) == id })
		if i < 0 || len(all) != len(grants) {
			return nil, errors.New("it is not for exactly the grants that were asked for")
		}
		ordered = append(ordered, all[i])
	}
	return ordered, nil
}

// leasesIn finds what it can in an answer that is not accepted.
func leasesIn(body []byte) []secret.Value {
	type holder struct{ Lease, Credentials json.RawMessage }
	var top holder
	var parts []holder
	_ = json.NewDecoder(bytes.NewReader(body)).Decode(&top) // whatever follows the object
	_ = json.Unmarshal(top.Credentials, &parts)
	var leases []secret.Value
	for _, h := range append(parts, top) {
		var text string
		if json.Unmarshal(h.Lease, &text) == nil && isLease(text) {
			leases = append(leases, secret.New(text))
		}
	}
	return leases
}
