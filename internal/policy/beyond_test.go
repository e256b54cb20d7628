package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// boundaryOf returns what a team may by a line of YAML.
func boundaryOf(t *testing.T, may string) *Boundary {
	t.Helper()
	return mustLoad(t, `
version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: "1"}}
  own: {kind: github-server, url: "https://ghes.example/_services/token", audience: a}
connections: {sonar: sonarqube, app: github}
teams:
  t: {owner: "@t", may: {`+may+`}}
`).Teams[0].May
}

func TestWhatATeamMayBeyondAnother(t *testing.T) {
	const usual = `issuer: gh, connections: [sonar], repository_id: ["1", "2"], ref: {glob: "refs/heads/*"}, project: {glob: "pay-*"}, permissions: [scan, {contents: read}], ttl: 30m`
	before := boundaryOf(t, usual)
	for name, c := range map[string]struct{ from, to, more, less string }{
		"the same":            {},
		"an issuer":           {"issuer: gh", "issuer: [own, gh]", "issuer own added", ""},
		"a connection":        {"[sonar]", "[app]", "connection app added", "connection sonar added"},
		"an id":               {`"2"]`, `"2", "3"]`, "repository_id 3 added", ""},
		"an id less":          {`, "2"]`, "]", "", "repository_id 2 added"},
		"a wider glob":        {`refs/heads/*"`, `refs/heads/**"`, "ref: refs/heads/**, was refs/heads/*", ""},
		"no ids":              {`repository_id: ["1", "2"], `, "", "repository_id: any, was 1 or 2", ""},
		"another claim":       {"ttl", "environment: prod, ttl", "", "environment: any, was prod"},
		"usual events":        {"ttl", "event_name: push, ttl", "", "event_name workflow_dispatch, schedule, release added"},
		"other events":        {"ttl", "event_name: [push, issues], ttl", "event_name issues added", "event_name workflow_dispatch, schedule, release added"},
		"a longer ttl":        {"30m", "1h", "ttl: 1h, was 30m", ""},
		"no ttl caps none":    {", ttl: 30m", "", "ttl: none, was 30m", "ttl: 30m, was none"},
		"projects":            {`"pay-*"`, `"*"`, "project: *, was pay-*", ""},
		"no project":          {`project: {glob: "pay-*"}, `, "", "", "project: pay-*, was none"},
		"a stronger level":    {"contents: read", "contents: write", "permissions contents: write added", ""},
		"another permission":  {"contents: read", "contents: read, issues: read", "permissions issues: read added", ""},
		"the lambda path":     {"ttl: 30m", "ttl: 30m, lambda: true", "the lambda path added", ""},
		"another order alone": {`["1", "2"]`, `["2", "1"]`, "", ""},
	} {
		after := boundaryOf(t, strings.Replace(usual, c.from, c.to, 1))
		got := []string{gained(after.Beyond(before)), gained(before.Beyond(after))}
		if diff := cmp.Diff([]string{c.more, c.less}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if all := before.Beyond(nil); len(all) < 5 {
		t.Errorf("beyond nothing: %v", all)
	}
}
