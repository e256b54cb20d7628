package proof_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/proof"
	"github.com/autoken/autoken/internal/record"
)

func replayed(tb testing.TB, grants, log string) *proof.Replay {
	tb.Helper()
	p := loadText(tb, strings.Replace(head, "{box: sandbox}", "{box: sandbox, sonar: sonarqube, jf: artifactory}", 1)+grants+"\n")
	r, err := proof.ReplayLog(p, strings.NewReader(log), now)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

const replayGrants = `  - {id: a, issuer: gh, match: {repository_id: "456789", ref: refs/heads/main}, credential: {connection: box}}
  - {id: b, issuer: gh, match: {repository_id: "456789", ref: {glob: "refs/heads/**"}}, credential: {connection: box}}
  - {id: o, issuer: gh, match: {repository_id: "456789", ref: refs/heads/main}, credential: {connection: box}, mode: observe}`

// recorded is a line as a broker writes it.
func recorded(tb testing.TB, r record.Record, fixture string) string {
	tb.Helper()
	if f, ok := identity.LookupFixture(fixture); ok {
		f.Claims["iss"] = "https://token.actions.githubusercontent.com"
		r.Claims = f.Claims
	}
	var b bytes.Buffer
	if err := record.NewLog(&b).Write(r); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// What the broker wrote down, against what the policy says now.
func TestReplayRecords(t *testing.T) {
	exchange := func(outcome record.Outcome, grants ...string) record.Record {
		return record.Record{Event: record.Exchange, Outcome: string(outcome), Grants: grants, DecisionID: "d1"}
	}
	for name, c := range map[string]struct {
		line string
		want string
	}{
		"allowed as before":             {recorded(t, exchange(record.Allow, "a"), "github/push"), "same"},
		"allowed, and then it broke":    {recorded(t, exchange(record.Fail, "a"), "github/push"), "same"},
		"denied as before":              {recorded(t, exchange(record.Deny, "a"), "github/fork"), "same"},
		"observed as before":            {recorded(t, exchange(record.WouldAllow, "o"), "github/push"), "same"},
		"two grants as before":          {recorded(t, exchange(record.Allow, "a", "b"), "github/push"), "same"},
		"now denied":                    {recorded(t, exchange(record.Allow, "a"), "github/tag"), "a was allow, now false [match.ref]"},
		"one of two now denied":         {recorded(t, exchange(record.Allow, "b", "a"), "github/merge_group"), "b a was allow, now false [event match.ref event]"},
		"now allowed":                   {recorded(t, exchange(record.Deny, "a"), "github/push"), "a was deny, now true []"},
		"the grant is gone":             {recorded(t, exchange(record.Allow, "x"), "github/push"), "x was allow, now false [no such grant]"},
		"the grant observes now":        {recorded(t, exchange(record.Allow, "o"), "github/push"), "o was allow, now false []"},
		"the grant was observed, fits":  {recorded(t, exchange(record.WouldAllow, "a"), "github/push"), "a was would_allow, now true []"},
		"refused":                       {recorded(t, exchange(record.Refuse, "a"), ""), "skipped"},
		"denied before a grant":         {recorded(t, exchange(record.Deny), "github/push"), "skipped"},
		"another event":                 {recorded(t, record.Record{Event: record.Start}, ""), "skipped"},
		"a revocation":                  {recorded(t, record.Record{Event: record.Revoke, Outcome: "revoked"}, "github/push"), "skipped"},
		"no JSON":                       {"{", "bad"},
		"no record":                     {"{}", "bad"},
		"a list":                        {"[]", "bad"},
		"a claim twice":                 {`{"event":"exchange","outcome":"allow","grants":["a"],"claims":{"ref":"a","ref":"b"}}`, "bad"},
		"too long":                      {`{"event":"` + strings.Repeat("x", 1<<20) + `"}`, "bad"},
		"empty":                         {"", ""},
		"S21: text behind":              {`{"event":"start"} {}`, "bad"},
		"another issuer with that name": {`{"event":"exchange","outcome":"allow","grants":["a"],"claims":{"iss":"https://evil.example","repository_id":"456789","repository_owner_id":"65","ref":"refs/heads/main","event_name":"push"}}`, "a was allow, now false [issuer]"},
	} {
		r := replayed(t, replayGrants, c.line+"\n\n")
		got := ""
		switch {
		case r.Same == 1:
			got = "same"
		case r.Skipped == 1:
			got = "skipped"
		case r.Unread.All == 1 && r.Unread.Lines[0].Line == 1 && r.Unread.Lines[0].Reason != "":
			got = "bad"
		case len(r.Changes) == 1:
			ch := r.Changes[0]
			got = fmt.Sprintf("%s was %s, now %v %v", ch.Grant, ch.Before, ch.Allowed, ch.Failed)
		}
		if got != c.want || r.Same+r.Skipped+r.Unread.All+len(r.Changes) > 1 {
			t.Errorf("%s: %q, want %q (%+v)", name, got, c.want, r)
		}
	}
}

// Lines that are alike are one change, and a long line hides no other.
func TestReplayCounts(t *testing.T) {
	line := recorded(t, record.Record{Event: record.Exchange, Outcome: "allow", Grants: []string{"a"}, DecisionID: "d1"}, "github/tag")
	long := strings.Repeat("x", 3<<20) + "\n"
	var bad strings.Builder
	for range 30 {
		bad.WriteString("nonsense\n")
	}
	r := replayed(t, replayGrants, line+long+line+bad.String()+strings.TrimSuffix(line, "\n"))
	if len(r.Changes) != 1 || r.Changes[0].Times != 3 || r.Changes[0].Line != 1 || r.Changes[0].Decision != "d1" || r.Unread.All != 31 || len(r.Unread.Lines) != 20 || r.Unread.Lines[0].Line != 2 {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff("repository=acme/payments event_name=push ref=refs/tags/v1.2.0", r.Changes[0].Job); diff != "" {
		t.Error(diff)
	}
}

// gatewayEvent is what API Gateway hands to a broker of the lambda protocol; its
// authorizer makes texts of all claims.
func gatewayEvent(headers, claims string) string {
	return `{"version":"2.0","routeKey":"GET /","rawPath":"/","headers":{"authorization":"eyJhbGciOi.SECRET.sig",` + headers + `},` +
		`"requestContext":{"accountId":"1","authorizer":{"jwt":{"claims":{` + claims + `},"scopes":null}},"http":{"method":"GET"}},"isBase64Encoded":false}`
}

// The lambda protocol names a platform and a project: the one grant that is open
// to it, for both, and admits the job.
func TestReplayGatewayEvents(t *testing.T) {
	const grants = `  - {id: scan, issuer: gh, match: {repository_id: "456789", ref: refs/heads/main}, credential: {connection: sonar, project: acme_payments, permissions: [scan]}, lambda: true}
  - {id: other, issuer: gh, match: {repository_id: "456789", ref: refs/heads/main}, credential: {connection: sonar, project: acme_other, permissions: [scan]}, lambda: true}
  - {id: native, issuer: gh, match: {repository_id: "456789", ref: refs/heads/main}, credential: {connection: jf, groups: [readers]}}
  - {id: twice, issuer: gh, match: {repository_id: "1", ref: refs/heads/main}, credential: {connection: jf, groups: [readers]}, lambda: true}
  - {id: again, issuer: gh, match: {repository_id: "1", ref: refs/heads/main}, credential: {connection: jf, groups: [writers]}, lambda: true}`
	const sonar, jf = `"platform":"sonarqube","type":"token","project":"acme_payments","sonarUrl":"https://sonar.acme.example"`, `"Platform":"artifactory","type":"token"`
	claims := func(id, ref string) string {
		return `"iss":"https://token.actions.githubusercontent.com","exp":"1790000300","repository":"acme/payments","repository_id":"` + id + `","repository_owner_id":"65","event_name":"push","ref":"` + ref + `"`
	}
	for name, c := range map[string]struct{ line, want string }{
		"fits":                      {gatewayEvent(sonar, claims("456789", "refs/heads/main")), "same"},
		"another ref":               {gatewayEvent(sonar, claims("456789", "refs/heads/x")), "denied"},
		"another project":           {gatewayEvent(strings.Replace(sonar, "acme_payments", "acme_x", 1), claims("456789", "refs/heads/main")), "denied"},
		"not open to the protocol":  {gatewayEvent(jf, claims("456789", "refs/heads/main")), "denied"},
		"two grants fit":            {gatewayEvent(jf, claims("1", "refs/heads/main")), "denied"},
		"cleanup":                   {gatewayEvent(strings.Replace(sonar, `"token"`, `"cleanup"`, 1), claims("456789", "refs/heads/main")), "skipped"},
		"no platform":               {gatewayEvent(`"type":"token"`, claims("456789", "refs/heads/main")), "bad"},
		"no claims":                 {gatewayEvent(sonar, ""), "bad"},
		"a gateway of the old kind": {`{"headers":{` + sonar + `},"requestContext":{"authorizer":{"claims":{` + claims("456789", "refs/heads/main") + `}}}}`, "same"},
	} {
		r := replayed(t, grants, c.line)
		got := map[bool]string{r.Same == 1: "same", r.Skipped == 1: "skipped", r.Unread.All == 1: "bad", len(r.Changes) == 1 && !r.Changes[0].Allowed: "denied"}[true]
		if got != c.want {
			t.Errorf("%s: %q, want %q (%+v)", name, got, c.want, r)
		}
		if strings.Contains(fmt.Sprintf("%+v", r), "SECRET") {
			t.Errorf("%s: the ID token is kept: %+v", name, r)
		}
	}
}

// FuzzReplay: every line that is not blank counts as one thing.
func FuzzReplay(f *testing.F) {
	f.Add(`{"event":"exchange","outcome":"allow","grants":["a"],"claims":{"ref":"x"}}`)
	f.Add(gatewayEvent(`"platform":"sonarqube"`, `"iss":"x"`))
	f.Add("\n\n{}\n[]\x00")
	p := loadText(f, head+replayGrants+"\n")
	f.Fuzz(func(t *testing.T, log string) {
		r, err := proof.ReplayLog(p, strings.NewReader(log), now)
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for line := range strings.SplitSeq(log, "\n") {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		changed := r.More
		for _, c := range r.Changes {
			changed += c.Times
		}
		if got := r.Same + r.Skipped + r.Unread.All + changed; got != lines {
			t.Errorf("%d of %d lines were counted", got, lines)
		}
	})
}
