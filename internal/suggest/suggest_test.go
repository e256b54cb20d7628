package suggest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/suggest"
)

const url = "https://token.actions.githubusercontent.com"

const head = `version: 1
issuers:
  gh: {kind: github, url: "` + url + `", audience: https://autoken.example, require: {repository_owner_id: "65"}}
connections: {box: sandbox}
grants:
`

func load(t *testing.T, grants string) *policy.Policy {
	t.Helper()
	p, findings, err := policy.Load(fstest.MapFS{policy.FileName: {Data: []byte(head + grants)}}, ".", policy.Options{Dev: true})
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings, grants)
	}
	return p
}

// text is a grant with other conditions, as it stands in a file.
func text(id string, match []policy.Match) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - id: %s\n    issuer: gh\n    credential: {connection: box}\n    match:\n", id)
	for _, m := range match {
		fmt.Fprintf(&b, "      %s: %s\n", quote.YAML(m.Claim.Name), m.Values.YAML(m.Claim.Type))
	}
	return b.String()
}

// job is a fixture of GitHub's, changed.
func job(from string, set identity.Claims) identity.Claims {
	f, _ := identity.LookupFixture(from)
	f.Claims["iss"] = url
	maps.Copy(f.Claims, set)
	return f.Claims
}

func logOf(t *testing.T, change func(*record.Record), jobs map[string][]identity.Claims) string {
	t.Helper()
	var b strings.Builder
	log := record.NewLog(&b)
	for grant, list := range jobs {
		for i, claims := range list {
			r := record.Record{
				Time: time.Date(2026, 11, 1+i%20, 0, 0, 0, 0, time.UTC), Event: record.Exchange, DecisionID: "d", Instance: "x",
				Outcome: string(record.Allow), Grants: []string{grant}, Issuer: "gh", Claims: claims,
			}
			if change != nil {
				change(&r)
			}
			if err := log.Write(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	return b.String()
}

func repeat(n int, all ...identity.Claims) []identity.Claims {
	var list []identity.Claims
	for i := range n {
		list = append(list, all[i%len(all)])
	}
	return list
}

func advice(t *testing.T, p *policy.Policy, log string) []string {
	t.Helper()
	l, err := suggest.Read(p, strings.NewReader(log))
	if err != nil || l.Unread.All > 0 {
		t.Fatal(err, l.Unread.Lines)
	}
	var got []string
	for _, a := range suggest.Grants(p, l, 5) {
		for _, c := range a.Changes {
			got = append(got, fmt.Sprintf("%s %s: %s (%s)", a.Grant.ID, c.Claim.Name, c.Now.YAML(c.Claim.Type), c.Why))
		}
		load(t, text(a.Grant.ID, a.Match()))
	}
	return got
}

const (
	file     = "acme/payments/.github/workflows/release.yml@"
	notAsked = " (the grant does not ask for it, and it was always so)"
)

func TestSuggest(t *testing.T) {
	main := job("github/push", nil)
	tag := func(name string) identity.Claims {
		return job("github/tag", identity.Claims{"ref": "refs/tags/" + name, "workflow_ref": file + "refs/tags/" + name, "job_workflow_ref": file + "refs/tags/" + name})
	}
	of := func(repository string) identity.Claims {
		own := repository + "/.github/workflows/x.yml@refs/heads/main"
		return job("github/push", identity.Claims{"repository": repository, "workflow_ref": own, "job_workflow_ref": own})
	}
	for name, c := range map[string]struct {
		grant string
		jobs  []identity.Claims
		want  []string
	}{
		"nothing": {`{repository_id: "456789", ref: refs/heads/main, event_name: push, runner_environment: github-hosted, workflow_ref: "` + file + `refs/heads/main"}`, repeat(9, main), nil},
		"too few": {`{repository_id: "456789", ref: {glob: "refs/heads/**"}}`, repeat(4, main), nil},
		"events, refs and what was always so": {`{repository_id: ["456789", "1"], ref: {glob: ["refs/heads/**", "refs/tags/**"]}}`, repeat(9, main), []string{
			`g repository_id: "456789" (never used: 1)`,
			`g ref: refs/heads/main (nothing else was used)`,
			`g event_name: push (it lists none; never used: workflow_dispatch, schedule, release)`,
			`g workflow_ref: ` + file + `refs/heads/main` + notAsked,
			`g runner_environment: github-hosted` + notAsked,
		}},
		"a folder of tags": {`{repository_id: "456789", ref: {glob: "refs/tags/**"}, event_name: push, runner_environment: github-hosted}`, repeat(9, tag("v1"), tag("v2")), []string{
			`g ref: {glob: "refs/tags/*"} (nothing else was used)`,
			`g workflow_ref: {glob: "` + file + `refs/tags/*"}` + notAsked,
		}},
		"a prefix that is as narrow": {`{repository_id: "456789", ref: {glob: "refs/tags/v*"}, event_name: push, runner_environment: github-hosted, workflow_ref: {glob: "` + file + `**"}}`, repeat(9, tag("v1"), tag("v2")), []string{
			`g workflow_ref: {glob: "` + file + `refs/tags/*"} (nothing else was used)`,
		}},
		"names of repositories": {
			`{repository: {glob: "acme/*"}, ref: refs/heads/main, event_name: push, runner_environment: github-hosted}`,
			repeat(9, of("acme/a"), of("acme/b")),
			[]string{
				`g repository: [acme/a, acme/b] (nothing else was used)`,
			},
		},
		"an environment": {
			`{repository_id: "456789", ref: refs/heads/main, event_name: push, runner_environment: github-hosted, workflow_ref: "` + file + `refs/heads/main"}`,
			repeat(9, job("github/environment", nil)),
			[]string{`g environment: production` + notAsked},
		},
		"an environment sometimes": {
			`{repository_id: "456789", ref: refs/heads/main, event_name: push, runner_environment: github-hosted, workflow_ref: "` + file + `refs/heads/main"}`,
			repeat(9, job("github/environment", nil), main), nil,
		},
		"a called workflow": {
			`{repository_id: "456789", ref: refs/heads/main, event_name: push, runner_environment: github-hosted, workflow_ref: "` + file + `refs/heads/main"}`,
			repeat(9, job("github/reusable", nil)),
			[]string{`g job_workflow_ref: acme/workflows/.github/workflows/deploy.yml@refs/tags/v1` + notAsked},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := load(t, "  - {id: g, issuer: gh, credential: {connection: box}, match: "+c.grant+"}\n")
			if diff := cmp.Diff(c.want, advice(t, p, logOf(t, nil, map[string][]identity.Claims{"g": c.jobs}))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What says nothing about the use of a grant is not counted: denials, other
// events, a demo's records, jobs that the grant no longer admits, and above all
// what a token claims that nobody verified.
func TestWhatDoesNotCount(t *testing.T) {
	p := load(t, `  - {id: g, issuer: gh, credential: {connection: box}, match: {repository_id: "456789", ref: {glob: "refs/heads/**"}}}`+"\n")
	jobs := map[string][]identity.Claims{"g": repeat(9, job("github/push", nil))}
	for name, change := range map[string]func(*record.Record){
		"denied":     func(r *record.Record) { r.Outcome = string(record.Deny) },
		"refused":    func(r *record.Record) { r.Outcome = string(record.Refuse) },
		"revoke":     func(r *record.Record) { r.Event = record.Revoke },
		"dev":        func(r *record.Record) { r.Dev = true },
		"not now":    func(r *record.Record) { r.Claims = job("github/pull_request", nil) },
		"elsewhere":  func(r *record.Record) { r.Claims["iss"] = "https://evil.example" },
		"gone":       func(r *record.Record) { r.Grants = []string{"other"} },
		"unverified": func(r *record.Record) { r.Unverified, r.Claims, r.Outcome = r.Claims, nil, string(record.Refuse) },
	} {
		l, err := suggest.Read(p, strings.NewReader(logOf(t, change, jobs)))
		if err != nil || l.Unread.All > 0 || len(suggest.Grants(p, l, 1)) > 0 || !cmp.Equal(suggest.Unused(p, l), []string{"g"}) {
			t.Errorf("%s: %v %+v", name, err, l)
		}
	}
}

func TestBadLines(t *testing.T) {
	p := load(t, `  - {id: g, issuer: gh, credential: {connection: box}, match: {repository_id: "456789", ref: refs/heads/main}}`+"\n")
	log := "not JSON\n{}\n\n{\"a\": 1, \"a\": 2}\n" + strings.Repeat("x", record.MaxLine+1) + "\n" +
		`{"time":"2026-11-23T14:32:07Z","event":"exchange","outcome":"allow"}` + "\n" + `{"time":"2026-11-23T14:32:07Z","event":"start"}`
	l, err := suggest.Read(p, strings.NewReader(log))
	if err != nil || l.Unread.All != 5 {
		t.Fatal(err, l.Unread.Lines)
	}
	for i, want := range []int{1, 2, 4, 5, 6} {
		if l.Unread.Lines[i].Line != want {
			t.Errorf("%+v", l.Unread.Lines[i])
		}
	}
}

// For random grants and logs: what is suggested loads, admits every job of the log
// that the grant admits, and no job that the grant does not.
func TestNeverWider(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 7))
	matches := []string{
		`repository_id: ["456789", "7"], ref: {glob: ["refs/heads/**", "refs/tags/*"]}`, `repository: {glob: "acme/*"}, ref: {glob: ["refs/heads/**", "refs/tags/**"]}`,
		`repository: [acme/payments, acme/other], workflow_ref: "` + file + `refs/heads/main"`, `repository_id: "456789", environment: [production, staging]`,
		`repository_id: "456789", ref: {glob: "refs/heads/*"}, event_name: [push, schedule, pull_request]`,
	}
	changed := 0
	for range 200 {
		p := load(t, "  - {id: g, issuer: gh, credential: {connection: box}, match: {"+matches[r.IntN(len(matches))]+"}}\n")
		pool := []identity.Claims{randomJob(r), randomJob(r), randomJob(r)}
		l, err := suggest.Read(p, strings.NewReader(logOf(t, nil, map[string][]identity.Claims{"g": repeat(12, pool...)})))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range suggest.Grants(p, l, 5) {
			changed += len(a.Changes)
			narrow := load(t, text("g", a.Match()))
			for _, claims := range pool {
				if admits(p, claims) && !admits(narrow, claims) {
					t.Fatalf("%s denies a job of the log: %v", text("g", a.Match()), claims)
				}
			}
			for range 200 {
				if claims := randomJob(r); admits(narrow, claims) && !admits(p, claims) {
					t.Fatalf("%s is wider: %v", text("g", a.Match()), claims)
				}
			}
		}
	}
	if changed < 100 {
		t.Errorf("only %d changes", changed)
	}
}

func admits(p *policy.Policy, claims identity.Claims) bool {
	return p.Evaluate(url, claims, "g", time.Now()).Allowed
}

func randomJob(r *rand.Rand) identity.Claims {
	fixtures := []string{"github/push", "github/tag", "github/environment", "github/reusable", "github/schedule", "github/pull_request_closed", "github/release"}
	claims := job(fixtures[r.IntN(len(fixtures))], nil)
	for claim, values := range map[string][]string{
		"repository": {"acme/payments", "acme/other", "acme/x", "evil/payments"}, "repository_id": {"456789", "7"},
		"ref": {"refs/heads/main", "refs/heads/release/1", "refs/heads/release/2", "refs/tags/v1", "refs/tags/v1/x", ""}, "environment": {"production", "staging", ""},
		"runner_environment": {"self-hosted", "github-hosted"},
	} {
		if r.IntN(3) == 0 {
			claims[claim] = values[r.IntN(len(values))]
		}
	}
	return claims
}
