package compare_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// dice makes policies and tokens by chance.
type dice struct{ *rand.Rand }

func roll(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 17))} }

func (d dice) of(texts ...string) string { return texts[d.IntN(len(texts))] }
func (d dice) oneIn(n int) bool          { return d.IntN(n) == 0 }

// some returns a list of up to three of texts, as YAML.
func (d dice) some(texts ...string) string {
	d.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	return "[" + strings.Join(quoteAll(texts[:1+d.IntN(min(3, len(texts)))]), ", ") + "]"
}

func quoteAll(texts []string) []string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, fmt.Sprintf("%q", text))
	}
	return quoted
}

var (
	refs   = []string{"refs/heads/main", "refs/heads/a", "refs/heads/a/b", "refs/tags/v1", "refs/heads/v1", "refs/pull/1/merge"}
	globs  = []string{"refs/heads/*", "refs/heads/**", "refs/tags/v*", "refs/heads/a*", "refs/heads/*/*", "refs/*/v1", "refs/heads/*a*"}
	events = []string{"push", "workflow_dispatch", "schedule", "release", "pull_request", "issues", "made_up"}
	names  = []string{"prod", "Prod", "stage", "a"}
	paths  = []string{"acme/pay/.github/workflows/x.yml@refs/heads/main", "acme/pay/.github/workflows/x@y.yml@refs/tags/v1"}
)

// grant is a grant in YAML. The loader may find it wrong.
func (d dice) grant(id string) string {
	match := []string{"repository_id: " + d.some("1", "2", "3")}
	switch d.IntN(3) {
	case 0:
		match = append(match, "ref: "+d.some(refs...))
	case 1:
		match = append(match, "ref: {glob: "+d.some(globs...)+"}")
	default:
		match = append(match, "job_workflow_ref: "+d.some(paths...))
	}
	for _, more := range []struct {
		chance int
		line   string
	}{
		{2, "event_name: " + d.some(events...)},
		{3, "environment: " + d.some(names...)},
		{6, "environment: {glob: " + d.some("*", "p*", "**") + "}"},
		{5, "base_ref: {empty: true}"},
		{5, "actor: " + d.some("octocat", "Octocat", "mallory")},
		{4, "repository: " + d.some("acme/pay", "acme/Pay")},
	} {
		if d.oneIn(more.chance) {
			match = append(match, more.line)
		}
	}
	text := fmt.Sprintf("  - id: %s\n    issuer: gh\n    match: {%s}\n", id, strings.Join(match, ", "))
	if d.oneIn(3) {
		text += "    unless: [{actor: " + d.some("mallory", "octocat") + d.of("", ", repository_id: \"1\"") + "}]\n"
	}
	if d.oneIn(6) {
		text += "    mode: observe\n"
	}
	if d.oneIn(4) {
		text += "    expires: " + d.of("2026-11-20", "2026-11-30", "2027-01-01") + "\n"
	}
	return text + fmt.Sprintf("    credential: {connection: %s, project: %s, permissions: [scan], ttl: %s}\n", d.of("sonar", "sonar", "other"), d.of("p", "p", "q"), d.of("10m", "10m", "20m"))
}

// policies makes two policies that differ in some grants, as many as the loader
// lets pass.
func (d dice) policies(t *testing.T) (before, after *policy.Draft) {
	t.Helper()
	for {
		first := []string{d.grant("a"), d.grant("b"), d.grant("c")}
		second := slices.Clone(first)
		for i := range second {
			if d.oneIn(2) {
				second[i] = d.edit(second[i], i)
			}
		}
		owner := d.of(`"5"`, `"5"`, `["5", "6"]`)
		before, after = d.parse(t, `"5"`, first), d.parse(t, owner, second)
		if before != nil && after != nil {
			return before, after
		}
	}
}

// edit changes a grant: into another one, or by a word.
func (d dice) edit(text string, i int) string {
	from, to := d.of(refs...), d.of(refs...)
	switch d.IntN(4) {
	case 0:
		return d.grant(string(rune('a' + i)))
	case 1:
		return strings.Replace(text, fmt.Sprintf("%q", from), fmt.Sprintf("%q, %q", to, from), 1)
	case 2:
		return strings.Replace(text, "[\"refs/heads/*\"", "[\"refs/heads/*\", \"refs/heads/**\"", 1)
	}
	return strings.Replace(text, d.of(names...), d.of(names...), 1)
}

func (d dice) parse(t *testing.T, owner string, grants []string) *policy.Draft {
	t.Helper()
	text := `version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: ` + owner + `}}
connections: {sonar: sonarqube, other: sonarqube}
grants:
` + strings.Join(grants, "")
	draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(draft.Findings) > 0 {
		return nil
	}
	return draft
}

// claim is a claim's value by chance, drawn without regard to what real tokens
// have: it may be absent, empty, of another type or written in another way.
func (d dice) claim(usual ...string) any {
	text := d.of(usual...)
	switch d.IntN(16) {
	case 0:
		return nil
	case 1:
		return ""
	case 2:
		return []any{text}
	case 3:
		return json.Number("1")
	case 4:
		return d.oneIn(2)
	case 5:
		return strings.ToUpper(text)
	case 6:
		return text + d.of("/", "x", "*", " ", "\x00", "/../x")
	}
	return text
}

// token is the claims of a token by chance.
func (d dice) token() identity.Claims {
	claims := identity.Claims{
		"repository_owner_id": d.claim("5", "5", "5", "5", "6"), "repository_id": d.claim("1", "1", "2", "3", "4"), "repository": d.claim("acme/pay", "acme/Pay", "x/y"),
		"ref": d.claim(append([]string{"refs/heads/release/1", "refs/heads/", "main", "refs/heads/ba"}, refs...)...), "event_name": d.claim(events...),
		"environment": d.claim(append([]string{"p", "x/y"}, names...)...), "base_ref": d.claim("", "", "main"), "actor": d.claim("octocat", "MALLORY", "mallory", "m"),
		"job_workflow_ref": d.claim(paths...),
	}
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

// TestS5NothingIsMissed draws pairs of policies. Whoever gets more or less by
// tokens made by chance, which know nothing of what goes together, is in a change
// of that class; and the two policies disagree on every example.
func TestS5NothingIsMissed(t *testing.T) {
	pairs, silent := 100, 0
	if testing.Short() {
		pairs = 20
	}
	for seed := range uint64(pairs) {
		d := roll(seed)
		before, after := d.policies(t)
		r := compare.Policies(before, after, today)
		checkExamples(t, before, after, r)
		tokens := 200
		if len(r.Changes) == 0 {
			if silent++; silent <= 5 {
				tokens = 10_000
			}
		}
		for range tokens {
			checkToken(t, d, before, after, r)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if silent*10 < pairs {
		t.Errorf("%d of %d pairs are without changes", silent, pairs)
	}
}

func checkToken(t *testing.T, d dice, before, after *policy.Draft, r compare.Result) {
	t.Helper()
	const issuer = "https://token.actions.githubusercontent.com"
	claims, now := d.token(), today.Add(time.Duration(d.IntN(60*24))*time.Hour)
	for _, id := range []string{"a", "b", "c"} {
		then, later := before.Policy.Evaluate(issuer, claims, id, now).Allowed, after.Policy.Evaluate(issuer, claims, id, now).Allowed
		switch {
		case later && !then && !has(r, id, compare.NewlyAllowed, compare.NotCompared):
			t.Errorf("%s newly admits %v at %s:\n%s", id, claims, now, show(r))
		case then && !later && !has(r, id, compare.NewlyDenied):
			t.Errorf("%s newly denies %v at %s:\n%s", id, claims, now, show(r))
		case then && later && !sameCredential(before, after, id) && !has(r, id, compare.Stronger, compare.Weaker):
			t.Errorf("%s gives %v another credential:\n%s", id, claims, show(r))
		}
	}
}

func has(r compare.Result, id string, classes ...compare.Class) bool {
	return slices.ContainsFunc(r.Changes, func(c *compare.Change) bool { return c.Grant == id && slices.Contains(classes, c.Class) })
}

func sameCredential(before, after *policy.Draft, id string) bool {
	a, b := &before.Policy.Grant(id).Credential, &after.Policy.Grant(id).Credential
	return a.Covers(b) && b.Covers(a)
}

// FuzzS5NothingIsMissed is the same for any seed.
func FuzzS5NothingIsMissed(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := roll(seed)
		before, after := d.policies(t)
		r := compare.Policies(before, after, today)
		checkExamples(t, before, after, r)
		for range 300 {
			checkToken(t, d, before, after, r)
		}
	})
}
