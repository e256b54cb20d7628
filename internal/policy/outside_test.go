package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/policy"
)

// Each row is a boundary, a grant, and what of the grant lies outside: the text
// that the findings point at.
func TestWhatIsOutside(t *testing.T) {
	const main = `version: 1
include: [team.yaml]
issuers: {gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: ["1", "2"], runner_environment: github-hosted}}}
connections: {sonar: sonarqube, app: github}
teams: {pay: {may: {issuer: gh, %s}}}
`
	const team = `version: 1
team: pay
grants:
  - {id: a, issuer: gh, match: {repository_id: "7", ref: refs/heads/main%s}, credential: {%s}}
`
	const scan, app = "connection: sonar, project: p", `connection: app, repository_ids: ["7"], permissions: {contents: read}`
	const maySonar, mayApp = "connections: [sonar], project: p", `connections: [app], repository_ids: ["7"], permissions: {contents: read}`
	for _, c := range []struct{ may, match, credential, want string }{
		// What a floor wants counts as if the grant wanted it, and no more.
		{maySonar + `, repository_owner_id: ["1", "2", "3"]`, "", scan, ""},
		{maySonar + ", repository_owner_id: 1", "", scan, "match"},
		{maySonar + ", repository_owner_id: 1", ", repository_owner_id: 1", scan, ""},
		{maySonar + ", runner_environment: self-hosted", "", scan, "match"},
		{maySonar + ", runner_environment: [self-hosted, github-hosted]", "", scan, ""},
		// To say what is so anyway takes no leave.
		{maySonar, "", scan + ", permissions: [scan]", ""},
		{maySonar + ", permissions: [scan]", "", scan, ""},
		{maySonar + ", permissions: {contents: read}", "", scan + ", permissions: [scan]", ""},
		{strings.Replace(mayApp, "{contents: read}", "{issues: write}", 1), "", app, "read"},
		// A credential lives as long as it does where nobody asks.
		{mayApp, "", app, ""},
		{mayApp, "", app + ", ttl: 1h", "1h"},
		{mayApp + ", ttl: 1h", "", app + ", ttl: 1h", ""},
		{mayApp + ", ttl: 59m", "", app, "{connection"},
		{maySonar, "", scan + ", ttl: 1m", "1m"},
		{maySonar + ", ttl: 1m", "", scan, ""}, // the default is within the bounds
	} {
		draft, err := policy.Parse(fstest.MapFS{
			policy.FileName: {Data: fmt.Appendf(nil, main, c.may)}, "team.yaml": {Data: fmt.Appendf(nil, team, c.match, c.credential)},
		}, ".", policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var outside []string
		for _, f := range draft.Findings {
			if f.Rule != "outside-team" {
				t.Errorf("may {%s}: %s", c.may, f)
			}
			line := draft.Files[1].Line(f.Pos.Line)[f.Pos.Col-1:]
			outside = append(outside, line[:max(1, strings.IndexAny(line, ":}, "))])
		}
		if diff := cmp.Diff(c.want, strings.Join(outside, " ")); diff != "" {
			t.Errorf("may {%s}, match {…%s}, credential {%s}: %s", c.may, c.match, c.credential, diff)
		}
	}
}
