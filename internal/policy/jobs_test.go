package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
)

const jobsPolicy = `version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: 1342004}}
  gl: {kind: gitlab, url: "https://gitlab.com", audience: a, require: {namespace_id: 12}}
  circle: {kind: circleci, url: "https://oidc.circleci.com/org/o", audience: a}
  bk: {kind: buildkite, url: "https://agent.buildkite.com", audience: a}
  any: {kind: oidc, url: "https://accounts.example", audience: a}
connections: {box: sandbox}
grants:
  - {id: legacy, issuer: gh, match: {repository_id: 77, repository: acme/pay-legacy, ref: refs/heads/trunk}, credential: {connection: box}}
  - {id: pay, issuer: gh, match: {repository: {glob: "acme/pay*"}, ref: refs/heads/main}, credential: {connection: box}}
  - {id: branches, issuer: gh, match: {repository_id: 77, ref: {glob: "refs/heads/*"}}, credential: {connection: box}}
  - {id: tags, issuer: gh, match: {repository_id: 78, ref: {glob: "refs/tags/v*"}}, credential: {connection: box}}
  - {id: merged, issuer: gh, match: {repository_id: 77, ref: refs/heads/main, event_name: pull_request}, credential: {connection: box}}
  - {id: review, issuer: gh, match: {repository_id: 77, ref: {glob: "refs/pull/**"}, event_name: pull_request}, credential: {connection: box}}
  - {id: file, issuer: gh, match: {repository_id: 78, workflow_ref: acme/x/.github/workflows/deploy.yml@refs/heads/prod, environment: release}, credential: {connection: box}}
  - {id: glob, issuer: gh, match: {repository_id: 78, environment: {glob: "prod-*"}, ref: {glob: "refs/heads/**"}}, credential: {connection: box}}
  - {id: exact, issuer: gh, match: {repository_id: 78, environment: release}, credential: {connection: box}}
  - {id: any-ref, issuer: gh, match: {repository_id: 77, ref: {glob: "refs/heads/**"}}, credential: {connection: box}}
  - {id: no-bots, issuer: gh, match: {repository_id: 77, ref: {glob: "refs/heads/**"}}, unless: [{actor: "Dependabot[bot]"}], credential: {connection: box}}
  - {id: no-ref, issuer: gh, match: {repository_id: 77, ref: refs/tags/v1, ref_type: branch}, credential: {connection: box}}
  - {id: refs, issuer: gl, match: {project_id: 7, ref: main, ref_type: [branch, tag], ref_path: [refs/heads/main, refs/tags/main]}, credential: {connection: box}}
  - {id: branch, issuer: gl, match: {project_id: 7, ref: main, ref_type: branch}, credential: {connection: box}}
  - {id: circle, issuer: circle, match: {oidc.circleci.com/org-id: o, oidc.circleci.com/project-id: p, oidc.circleci.com/context-ids: [c1, c2], oidc.circleci.com/ssh-rerun: false}, credential: {connection: box}}
  - {id: bk, issuer: bk, match: {organization_id: o, pipeline_id: p, build_branch: main, build_number: [3, 4]}, credential: {connection: box}}
  - {id: sub, issuer: any, match: {sub: "1234"}, credential: {connection: box}}
  - {id: tested, issuer: gh, match: {repository_id: 79, ref: refs/heads/main}, credential: {connection: box}}
tests:
  - {name: a, from: github/push, set: {repository_id: "79", repository: acme/tested}, request: {grant: tested}, expect: allow}
  - {name: b, from: github/push, set: {repository_id: "78", repository: acme/squatted}, request: {grant: tags}, expect: deny}
`

// What people see of an answer.
func shownAnswer(a Answer) string {
	switch {
	case a.Unsure:
		return "unsure"
	case a.Example == nil:
		return "none"
	case !a.Example.Plausible:
		return "unusual: " + a.Example.String()
	}
	return a.Example.String()
}

func TestFind(t *testing.T) {
	p := mustLoad(t, jobsPolicy)
	for id, want := range map[string]string{
		"legacy":   "repository=acme/pay-legacy repository_id=77 event_name=push ref=refs/heads/trunk",
		"pay":      "repository=acme/pay-legacy event_name=push ref=refs/heads/main", // one that the policy names
		"branches": "repository=acme/pay-legacy repository_id=77 event_name=push ref=refs/heads/main",
		"tags":     "repository_id=78 event_name=push ref=refs/tags/v1.2.0",
		"merged":   "unusual: repository=acme/pay-legacy repository_id=77 event_name=pull_request ref=refs/heads/main",
		"review":   "repository=acme/pay-legacy repository_id=77 event_name=pull_request ref=refs/pull/42/merge",
		"file":     "repository=acme/x repository_id=78 event_name=push ref=refs/heads/prod environment=release workflow_ref=acme/x/.github/workflows/deploy.yml@refs/heads/prod",
		"glob":     "repository_id=78 event_name=push ref=refs/heads/main environment=prod-main",
		"no-bots":  "repository=acme/pay-legacy repository_id=77 event_name=push ref=refs/heads/main actor=octocat",
		"no-ref":   "none",
		"refs":     "project_id=7 pipeline_source=push ref=main ref_type=branch ref_path=refs/heads/main",
		"circle":   "oidc.circleci.com/project-id=p oidc.circleci.com/context-ids=c1 oidc.circleci.com/vcs-ref=refs/heads/main oidc.circleci.com/ssh-rerun=false",
		"bk":       "pipeline_id=p build_branch=main build_number=3",
		"sub":      "sub=1234",
		"tested":   "repository=acme/tested repository_id=79 event_name=push ref=refs/heads/main",
	} {
		if got := shownAnswer(p.Grant(id).Jobs().Find()); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", id, got, want)
		}
	}
}

// Sets of jobs, and what one sees of the answer.
func TestJobs(t *testing.T) {
	p := mustLoad(t, jobsPolicy)
	j := func(id string) Jobs { return p.Grant(id).Jobs() }
	condition := func(id, claim string) Match { return *p.Grant(id).Find(claim) }
	const legacy = "repository=acme/pay-legacy repository_id=77 "
	for name, c := range map[string]struct {
		got  Answer
		want string
	}{
		"a branch in another":             {j("legacy").Without(j("branches")).Find(), "none"},
		"a pattern beyond a branch":       {j("branches").Without(j("legacy")).Find(), legacy + "event_name=push ref=refs/heads/main"},
		"all branches beyond some":        {j("any-ref").Without(j("branches")).Find(), legacy + "event_name=push ref=refs/heads/feature/example"},
		"and not the other way round":     {j("branches").Without(j("any-ref")).Find(), "none"},
		"names and ids":                   {j("pay").Overlaps(j("branches")), legacy + "event_name=push ref=refs/heads/main"},
		"other ids":                       {j("branches").Overlaps(j("tags")), "none"},
		"another issuer":                  {j("branches").Overlaps(j("branch")), "none"},
		"without another issuer's":        {j("branch").Without(j("branches")).Find(), "project_id=7 pipeline_source=push ref=main ref_type=branch ref_path=refs/heads/main"},
		"the same":                        {j("file").Without(j("file")).Find(), "none"},
		"where a claim is as well":        {j("branches").Where(condition("legacy", "ref")).Find(), legacy + "event_name=push ref=refs/heads/trunk"},
		"where it cannot be":              {j("branches").Where(condition("tags", "ref")).Find(), "none"},
		"except one branch":               {j("branches").Except(condition("legacy", "ref")).Find(), legacy + "event_name=push ref=refs/heads/main"},
		"except all branches":             {j("branches").Except(condition("any-ref", "ref")).FindAny(), "none"},
		"two together hold a third":       {j("any-ref").Without(j("branches")).Without(j("any-ref")).Find(), "none"},
		"S19: an exclusion is a job":      {j("any-ref").Without(j("no-bots")).Find(), legacy + "event_name=push ref=refs/heads/main actor=dependabot[bot]"},
		"S19: without bots is inside":     {j("no-bots").Without(j("any-ref")).Find(), "none"},
		"S22: a tag named like a branch":  {j("refs").Without(j("branch")).FindAny(), "project_id=7 pipeline_source=push ref=main ref_type=tag ref_path=refs/tags/main"},
		"S33: a pattern of environments":  {j("glob").Without(j("exact")).Find(), "repository_id=78 event_name=push ref=refs/heads/main environment=prod-main"},
		"S5: what a law says never is":    {j("no-ref").Find(), "none"},
		"S5: but for proofs it may be":    {j("no-ref").FindAny(), "unusual: " + legacy + "event_name=push ref=refs/tags/v1 ref_type=branch"},
		"S5: merged pull requests":        {j("merged").Find(), "unusual: " + legacy + "event_name=pull_request ref=refs/heads/main"},
		"nobody knows whose":              {(&Grant{}).Jobs().Find(), "unsure"},
		"nobody knows whose, with others": {j("merged").And((&Grant{}).Jobs()).FindAny(), "unsure"},
		"nobody knows whose, without":     {j("merged").Without((&Grant{}).Jobs()).FindAny(), "unsure"},
		"nobody knows whose, together":    {j("merged").Overlaps((&Grant{}).Jobs()), "unsure"},
	} {
		if got := shownAnswer(c.got); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// S5: what is too hard to find out is not known, soon, and never called impossible.
func TestS5JobsGiveUp(t *testing.T) {
	var x, y strings.Builder
	for i := range 300 {
		fmt.Fprintf(&x, "refs/heads/x%d-*, ", i)
		fmt.Fprintf(&y, "refs/heads/y%d-*, ", i)
	}
	a, b := pairOf(t, "{repository_id: 1, ref: {glob: ["+x.String()+"]}}", "{repository_id: 1, ref: {glob: ["+y.String()+"]}}")
	both := a.And(b)
	for name, answer := range map[string]Answer{"find": both.Find(), "any": both.FindAny(), "some": both.Some(), "overlap": a.Overlaps(b)} {
		if got := shownAnswer(answer); got != "unsure" || answer.None() {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// An example is a token in full: what it does not have to be it is as a typical
// one, and its parts speak of one job.
func TestExamplesAreComplete(t *testing.T) {
	p := mustLoad(t, jobsPolicy)
	e := p.Grant("file").Jobs().Find().Example
	for claim, want := range map[string]any{
		"iss": gh, "aud": "a", "repository": "acme/x", "repository_id": "78", "repository_owner": "acme", "repository_owner_id": "1342004",
		"ref": "refs/heads/prod", "ref_type": "branch", "environment": "release", "sub": "repo:acme/x:environment:release",
		"workflow_ref":     "acme/x/.github/workflows/deploy.yml@refs/heads/prod",
		"job_workflow_ref": "acme/x/.github/workflows/deploy.yml@refs/heads/prod",
		"head_ref":         "", "runner_environment": "github-hosted", "iat": json.Number("1790000000"),
	} {
		if diff := cmp.Diff(want, e.Claims[claim]); diff != "" {
			t.Errorf("%s: %s", claim, diff)
		}
	}
	for _, g := range p.Grants {
		if e := g.Jobs().Find().Example; e != nil {
			e.Claims["sub"] = "changed" // it is the caller's
		}
	}
	for _, g := range p.Grants {
		e := g.Jobs().Find().Example
		if e == nil {
			continue
		}
		if e.Claims["sub"] == "changed" {
			t.Errorf("%s: examples share their claims", g.ID)
		}
		if failed := p.Evaluate(e.Issuer.URL, e.Claims, g.ID, today).Failed(); failed != nil {
			t.Errorf("%s: failed %v", g.ID, failed)
		}
		for _, c := range g.Issuer.Vocabulary.Claims {
			if absent(e.Claims[c.Name]) && !c.Presence.Sometimes {
				t.Errorf("%s: the example has no %s", g.ID, c.Name)
			}
		}
	}
}

func TestExampleShow(t *testing.T) {
	e := &Example{
		Issuer: mustLoad(t, jobsPolicy).Grants[0].Issuer,
		Claims: identity.Claims{"repository": "acme/a b", "event_name": "push", "ref": "refs/heads/\x1b[31m\"", "environment": "", "run_id": "7"},
		about:  []string{"environment", "ref", "environment"},
		named:  true,
	}
	want := `repository="acme/a b" event_name=push ref="refs/heads/\x1b[31m\"" environment=""`
	if got := e.String(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := e.Show(2); got != `repository="acme/a b" event_name=push` {
		t.Error(got)
	}
}

// Pairs leaves out only grants that have no job in common.
func TestPairs(t *testing.T) {
	var b strings.Builder
	b.WriteString(jobsPolicy[:strings.Index(jobsPolicy, "tests:")])
	for i := range 40 {
		fmt.Fprintf(&b, "  - {id: g%d, issuer: gh, match: {repository_id: [%d, %d], ref: [refs/heads/%d, refs/heads/main]}, credential: {connection: box}}\n", i, 77+i%3, 90+i, i%5)
	}
	p := mustLoad(t, b.String())
	grants := append([]*Grant{{ID: "unread"}}, p.Grants...)
	got := map[string]int{}
	for x, y := range Pairs(grants) {
		got[x.ID+" "+y.ID]++
	}
	for i, x := range p.Grants {
		for _, y := range p.Grants[i+1:] {
			key := x.ID + " " + y.ID
			if n := got[key]; n > 1 || (n == 0 && !x.Jobs().And(y.Jobs()).FindAny().None()) {
				t.Errorf("%s: %d times", key, n)
			}
			delete(got, key)
		}
	}
	if len(got) > 0 {
		t.Errorf("not in order, or not read: %v", got)
	}
	for range Pairs(p.Grants) {
		break // a caller may stop
	}
}

// S5: whatever the searches come upon, an example is a job of the grants and one
// that the vocabulary calls possible: a thousand questions with real vocabularies.
func TestS5ExamplesAreJobs(t *testing.T) {
	p := mustLoad(t, jobsPolicy)
	grants := append(acme(t).Grants, p.Grants...)
	for _, x := range grants {
		for _, y := range grants {
			checkExample(t, x.Jobs().And(y.Jobs()).Find(), x, y, true)
			checkExample(t, x.Jobs().Without(y.Jobs()).FindAny(), x, y, false)
		}
	}
}

func checkExample(t *testing.T, a Answer, x, y *Grant, both bool) {
	t.Helper()
	if a.Unsure {
		t.Errorf("%s and %s, %t: nobody knows", x.ID, y.ID, both)
	}
	if a.Example == nil {
		return
	}
	in := input{issuer: a.Example.Issuer.URL, claims: maps.Clone(a.Example.Claims)}
	if admits := func(g *Grant) bool { return all(withoutExpiry(g), in) }; !admits(x) || admits(y) != both {
		t.Errorf("%s and %s, %t: %s", x.ID, y.ID, both, a.Example)
	}
}

func withoutExpiry(g *Grant) []condition {
	if g.Expires.IsZero() {
		return g.conditions
	}
	return g.conditions[:len(g.conditions)-1]
}

// C: what no text of a claim can be, a value of another type may be all the same.
func TestOnlyFindAnyMeetsOtherTypes(t *testing.T) {
	p := mustLoad(t, jobsPolicy)
	actor, ok := p.Grant("branches").Issuer.Vocabulary.Claim("actor")
	if !ok {
		t.Fatal("no actor")
	}
	jobs := p.Grant("branches").Jobs().
		Except(Match{Claim: actor, Values: Values{Empty: true}}).
		Except(Match{Claim: actor, Values: Values{Globs: []Word{{Text: "**"}}}})
	if answer := jobs.FindAny(); answer.None() {
		t.Errorf("any: %s", shownAnswer(answer))
	}
	if answer := jobs.Find(); !answer.None() {
		t.Errorf("find: %s", shownAnswer(answer))
	}
}

// Where case does not count for one of two conditions, texts that differ may be
// one.
func TestFoldedTextsAreNotApart(t *testing.T) {
	p := mustLoad(t, jobsPolicy)
	actor, _ := p.Grant("branches").Issuer.Vocabulary.Claim("actor")
	exact := Values{Exact: []Word{{Text: "Bot"}}}
	a := p.Grant("branches").Jobs().Where(Match{Claim: actor, Values: exact})
	b := p.Grant("branches").Jobs().Where(Match{Claim: actor, Values: exact.folded()})
	if answer := a.Overlaps(b); answer.Example == nil {
		t.Errorf("%s", shownAnswer(answer))
	}
}
