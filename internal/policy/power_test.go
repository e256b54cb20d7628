package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
)

// credentials reads what stands under "credential" of as many grants.
func credentials(tb testing.TB, texts ...string) []*Credential {
	tb.Helper()
	var b strings.Builder
	b.WriteString(`version: 1
issuers: {gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: 1}}}
connections: {s: sonarqube, s2: sonarqube, jf: artifactory, app: github}
grants:
`)
	for i, text := range texts {
		fmt.Fprintf(&b, "  - {id: g%d, issuer: gh, match: {repository_id: 1, ref: refs/heads/main}, credential: {%s}}\n", i, text)
	}
	p := mustLoad(tb, b.String())
	var all []*Credential
	for _, g := range p.Grants {
		all = append(all, &g.Credential)
	}
	return all
}

func gained(extras []identity.Extra) string {
	var all []string
	for _, e := range extras {
		all = append(all, e.Gained())
	}
	return strings.Join(all, "; ")
}

// What one credential gives beyond another, in both directions.
func TestBeyond(t *testing.T) {
	for _, c := range []struct{ a, b, more, less string }{
		{"connection: s, project: p", "connection: s, project: p", "", ""},
		{"connection: s, project: p, permissions: [scan]", "connection: s, project: p", "", ""},
		{"connection: s, project: p, ttl: 1h", "connection: s, project: p", "ttl: 1h, was 15m", ""},
		{"connection: s, project: p", "connection: s2, project: p", "connection: s, was s2", "connection: s2, was s"},
		{"connection: s, project: p", "connection: jf, groups: [p]", "platform: sonarqube, was artifactory", "platform: artifactory, was sonarqube"},
		{"connection: s, project: p", "connection: s, project: q", "project: p, was q", "project: q, was p"},
		{"connection: s, project: p", `connection: s, project: "{repository_name}"`, "project: p, was {repository_name}", "project: {repository_name}, was p"},
		{`connection: s, project: "x{repository_id}"`, `connection: s, project: "x{repository_id}"`, "", ""},
		{`connection: s, project: "x{repository_id}"`, `connection: s, project: "{repository_id}"`, "project: x{repository_id}, was {repository_id}", "project: {repository_id}, was x{repository_id}"},
		{"connection: jf, groups: [a, b]", "connection: jf, groups: [b]", "groups a added", ""},
		{"connection: jf, groups: [a, b]", "connection: jf, groups: [b, a]", "", ""},
		{"connection: jf, groups: [a, b]", "connection: jf, groups: [b], ttl: 20m", "groups a added", "ttl: 20m, was 15m"},
		{"connection: jf, groups: [a]", "connection: jf, groups: [b]", "groups a added", "groups b added"},
		{"connection: app, repository_ids: [1], permissions: {contents: write}", "connection: app, repository_ids: [1], permissions: {contents: read}", "contents: write, was read", ""},
		{"connection: app, repository_ids: [1, 2], permissions: {contents: read, issues: read}", "connection: app, repository_ids: [1], permissions: {contents: read}", "repository_ids 2 added; issues: read added", ""},
		{"connection: app, repository_ids: [1], permissions: {contents: write}", "connection: app, repository_ids: [1, 2], permissions: {contents: read}", "contents: write, was read", "repository_ids 2 added"},
		{"connection: app, repository_ids: [1], repositories: [a/b], permissions: {issues: read}", "connection: app, repository_ids: [1], permissions: {issues: read}", "", ""},
	} {
		both := credentials(t, c.a, c.b)
		a, b := both[0], both[1]
		if diff := cmp.Diff(c.more, gained(a.Beyond(b))); diff != "" {
			t.Errorf("%s beyond %s: %s", c.a, c.b, diff)
		}
		if diff := cmp.Diff(c.less, gained(b.Beyond(a))); diff != "" {
			t.Errorf("%s beyond %s: %s", c.b, c.a, diff)
		}
		if a.Covers(b) != (c.less == "") || b.Covers(a) != (c.more == "") {
			t.Errorf("%s and %s: covers %v, %v", c.a, c.b, a.Covers(b), b.Covers(a))
		}
	}
}

// Covering is a partial order: everything covers itself, and covering passes on.
func TestCoversIsAnOrder(t *testing.T) {
	var texts []string
	for _, ids := range []string{"[1]", "[2]", "[1, 2]"} {
		for _, permissions := range []string{"{contents: read}", "{contents: write}", "{issues: read}", "{contents: write, issues: read}"} {
			texts = append(texts, "connection: app, repository_ids: "+ids+", permissions: "+permissions)
		}
	}
	for _, groups := range []string{"[a]", "[a, b]", "[b, c]", `["abc-{repository_id}"]`} {
		for _, ttl := range []string{"5m", "30m"} {
			texts = append(texts, "connection: jf, groups: "+groups+", ttl: "+ttl)
		}
	}
	all := credentials(t, texts...)
	for i, a := range all {
		if !a.Covers(a) {
			t.Errorf("%s does not cover itself", texts[i])
		}
		for j, b := range all {
			if i != j && a.Covers(b) && b.Covers(a) {
				t.Errorf("%s and %s cover each other", texts[i], texts[j])
			}
			for k, c := range all {
				if a.Covers(b) && b.Covers(c) && !a.Covers(c) {
					t.Errorf("%s covers %s covers %s", texts[i], texts[j], texts[k])
				}
			}
		}
	}
}
