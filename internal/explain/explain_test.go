package explain_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/explain"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var today = time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC)

const gh, lab = "https://token.actions.githubusercontent.com", "https://gitlab.acme.example"

const text = `
version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: "65"}}
  lab: {kind: gitlab, url: "https://gitlab.acme.example", audience: a}
connections: {sonar: sonarqube}
grants:
  - id: main
    issuer: gh
    match: {repository_id: "456789", repository: acme/payments, ref: refs/heads/main}
    unless: [{actor: mallory}]
    credential: &c {connection: sonar, project: p, permissions: [scan]}
    expires: 2027-06-30
  - id: release
    issuer: gh
    match: {repository_id: "456789", ref: {glob: "refs/tags/v*"}, environment: Release, event_name: push}
    credential: C
  - id: called
    issuer: gh
    match:
      repository_id: "456789"
      workflow_ref: acme/ci/.github/workflows/build.yml@refs/heads/main
      base_ref: main
    credential: C
  - id: feature
    issuer: gh
    match: {repository_id: "456789", ref: {glob: "refs/heads/feature/*"}, environment: {empty: true}}
    credential: C
    mode: observe
  - id: tagged
    issuer: gh
    match: {repository_id: "456789", ref: [refs/tags/main, refs/heads/v1.2.3]}
    credential: C
  - id: lab
    issuer: lab
    match: {project_id: "20", ref: main, ref_type: branch, runner_id: 1}
    credential: C
  - id: labpath
    issuer: lab
    match: {project_id: "20", ref_path: refs/heads/main}
    credential: C
`

func load(t *testing.T) *policy.Policy {
	t.Helper()
	const credential = "{connection: sonar, project: p, permissions: [scan]}"
	main := strings.NewReplacer("&c "+credential, credential, "credential: C", "credential: "+credential).Replace(text)
	p, findings, err := policy.Load(fstest.MapFS{policy.FileName: {Data: []byte(main)}}, ".", policy.Options{})
	if err != nil || p == nil {
		t.Fatal(err, findings)
	}
	return p
}

// job is a typical job with some claims changed; nil takes one away.
func job(t *testing.T, fixture, issuer string, changes identity.Claims) explain.Job {
	t.Helper()
	f, ok := identity.LookupFixture(fixture)
	if !ok {
		t.Fatalf("no fixture %s", fixture)
	}
	for name, value := range changes {
		if f.Claims[name] = value; value == nil {
			delete(f.Claims, name)
		}
	}
	return explain.Job{Issuer: issuer, Claims: f.Claims, Now: today}
}

// Each row is a job that a grant does not admit, and what explain says about it:
// CONDITION: part of the hint.
func TestHints(t *testing.T) {
	p := load(t)
	mine := identity.Claims{"repository_id": "456789", "repository": "acme/payments", "repository_owner_id": "65"}
	for name, c := range map[string]struct {
		grant, fixture, issuer string // GitHub's where it is ""
		change                 identity.Claims
		want                   string
	}{
		"nothing fails":           {grant: "main", fixture: "github/push", want: ""},
		"a slash at the end":      {grant: "main", fixture: "github/push", issuer: gh + "/", want: "issuer: differ by a slash"},
		"the issuer's case":       {grant: "main", fixture: "github/push", issuer: strings.ToUpper(gh), want: "issuer: differ by case"},
		"an Enterprise Server":    {grant: "main", fixture: "github/push", issuer: "https://ghes.example/_services/token", want: "issuer: of kind github-server"},
		"another issuer":          {grant: "main", fixture: "github/push", issuer: lab, want: "issuer: this token is of issuer lab"},
		"an unknown issuer":       {grant: "main", fixture: "github/push", issuer: "https://x.example", want: "issuer: no issuer of the policy"},
		"no issuer":               {grant: "main", fixture: "github/push", issuer: "-", want: "issuer: the claims have no iss"},
		"S4: another event":       {grant: "main", fixture: "github/push", change: identity.Claims{"event_name": "issues"}, want: "event: admits push, workflow_dispatch, schedule, release alone"},
		"no event":                {grant: "main", fixture: "github/push", change: identity.Claims{"event_name": nil}, want: "event: have no event_name"},
		"a pull request":          {grant: "main", fixture: "github/pull_request", want: "match.ref: base_ref says that it goes to main\nevent: alone"},
		"a merge queue":           {grant: "main", fixture: "github/merge_group", want: "match.ref: a merge queue\nevent: alone"},
		"the ref's case":          {grant: "main", fixture: "github/push", change: identity.Claims{"ref": "refs/heads/Main"}, want: "match.ref: it differs by case alone"},
		"a short ref":             {grant: "main", fixture: "github/push", change: identity.Claims{"ref": "main"}, want: "match.ref: in full: refs/heads/main"},
		"a tag like the branch":   {grant: "main", fixture: "github/push", change: identity.Claims{"ref": "refs/tags/main"}, want: "match.ref: a tag that is called like the branch"},
		"a branch like the tag":   {grant: "tagged", fixture: "github/push", change: identity.Claims{"ref": "refs/heads/main"}, want: "match.ref: a branch that is called like the tag"},
		"S13: transferred":        {grant: "main", fixture: "github/push", change: identity.Claims{"repository": "x/payments", "repository_owner_id": "7"}, want: "require.repository_owner_id: same id, other owner\nmatch.repository: was transferred"},
		"renamed":                 {grant: "main", fixture: "github/push", change: identity.Claims{"repository": "acme/pay"}, want: "match.repository: was renamed"},
		"squatted":                {grant: "main", fixture: "github/push", change: identity.Claims{"repository_id": "9"}, want: "match.repository_id: same name, other id"},
		"somebody else's":         {grant: "main", fixture: "github/push", change: identity.Claims{"repository_id": "9", "repository_owner_id": "7"}, want: "require.repository_owner_id: somebody else\nmatch.repository_id: same name, other id"},
		"an id as a number":       {grant: "main", fixture: "github/push", change: identity.Claims{"repository_id": json.Number("456789")}, want: "match.repository_id: is a text, in quotes"},
		"no repository":           {grant: "main", fixture: "github/push", change: identity.Claims{"repository": nil}, want: "match.repository: every token of GitHub Actions has repository"},
		"unless":                  {grant: "main", fixture: "github/push", change: identity.Claims{"actor": "mallory"}, want: ""},
		"S19: absent in unless":   {grant: "main", fixture: "github/push", change: identity.Claims{"actor": nil}, want: "unless[0]: the job has no actor"},
		"an environment's case":   {grant: "release", fixture: "github/tag", change: identity.Claims{"environment": "release"}, want: "match.environment: the platform takes both for the same"},
		"no environment":          {grant: "release", fixture: "github/tag", change: identity.Claims{"environment": nil}, want: "match.environment: only on jobs that name an environment"},
		"an environment too many": {grant: "feature", fixture: "github/environment", want: "match.ref: \nmatch.environment: for jobs without environment"},
		"a star and a slash":      {grant: "feature", fixture: "github/push", change: identity.Claims{"ref": "refs/heads/feature/a/b", "environment": nil}, want: "match.ref: stops at a slash"},
		"the called workflow": {
			grant: "called", fixture: "github/reusable", change: identity.Claims{"job_workflow_ref": "acme/ci/.github/workflows/build.yml@refs/heads/main"},
			want: "match.workflow_ref: job_workflow_ref, the called workflow's\nmatch.base_ref: no base_ref on the event push",
		},
		"GitLab's short ref": {grant: "lab", fixture: "gitlab/branch", issuer: lab, change: identity.Claims{"project_id": "20", "ref": "refs/heads/main", "runner_id": json.Number("1")}, want: "match.ref: short form: main"},
		"GitLab's full ref":  {grant: "labpath", fixture: "gitlab/branch", issuer: lab, change: identity.Claims{"project_id": "20", "ref_path": "main"}, want: "match.ref_path: in full"},
		"a number as a text": {grant: "lab", fixture: "gitlab/branch", issuer: lab, change: identity.Claims{"project_id": "20", "ref": "main", "runner_id": "1"}, want: "match.runner_id: is a number, without quotes"},
	} {
		t.Run(name, func(t *testing.T) {
			changes := c.change
			if strings.HasPrefix(c.fixture, "github/") {
				changes = both(mine, c.change)
			}
			issuer := map[string]string{"": gh, "-": ""}[c.issuer]
			if issuer == "" && c.issuer != "-" {
				issuer = c.issuer
			}
			answer := explain.Grant(p, job(t, c.fixture, issuer, changes), c.grant)
			checkHints(t, c.want, answer)
		})
	}
}

func both(a, b identity.Claims) identity.Claims {
	sum := maps.Clone(a)
	maps.Copy(sum, b)
	return sum
}

func checkHints(t *testing.T, want string, answer explain.Answer) {
	t.Helper()
	got := map[string]string{}
	for _, h := range answer.Hints {
		got[h.Condition] = h.Text
		if !slices.Contains(answer.Failed(), h.Condition) {
			t.Errorf("a hint on %s, which holds", h.Condition)
		}
	}
	for line := range strings.SplitSeq(want, "\n") {
		condition, part, _ := strings.Cut(line, ": ")
		if line != "" && (!slices.Contains(answer.Failed(), condition) || !strings.Contains(got[condition], part)) {
			t.Errorf("%s: %q, want %q; failed %v", condition, got[condition], part, answer.Failed())
		}
		delete(got, condition)
	}
	if len(got) > 0 {
		t.Errorf("other hints: %q", got)
	}
}

func TestAnEndedGrantSaysSo(t *testing.T) {
	j := job(t, "github/push", gh, identity.Claims{"repository_id": "456789", "repository": "acme/payments", "repository_owner_id": "65"})
	j.Now = today.AddDate(1, 0, 0)
	checkHints(t, "expires: the grant has ended", explain.Grant(load(t), j, "main"))
}

// The grants that admit a job come first, and where none does a few that are near.
func TestNearest(t *testing.T) {
	p := load(t)
	mine := identity.Claims{"repository_id": "456789", "repository": "acme/payments", "repository_owner_id": "65", "environment": nil}
	for name, c := range map[string]struct {
		fixture string
		change  identity.Claims
		except  string
		want    []string
	}{
		"one that admits":        {fixture: "github/push", want: []string{"main"}},
		"one that observes":      {fixture: "github/push", change: identity.Claims{"ref": "refs/heads/feature/x"}, want: []string{"feature"}},
		"a few that are near":    {fixture: "github/push", change: identity.Claims{"ref": "refs/heads/dev"}, want: []string{"main", "feature", "tagged"}},
		"but one":                {fixture: "github/push", except: "main", want: []string{"feature", "tagged", "release"}},
		"own repository is near": {fixture: "github/push", change: identity.Claims{"repository_id": "1", "event_name": "issues"}, want: []string{"main", "feature", "tagged"}},
		"own issuer is nearer":   {fixture: "gitlab/branch", want: []string{"labpath", "lab", "feature"}},
	} {
		issuer := gh
		if strings.HasPrefix(c.fixture, "gitlab") {
			issuer = lab
		}
		var got []string
		for _, e := range explain.Nearest(p, job(t, c.fixture, issuer, both(mine, c.change)), c.except) {
			got = append(got, e.Grant.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := explain.Nearest(&policy.Policy{}, explain.Job{}, ""); len(got) > 0 {
		t.Errorf("%v", got)
	}
}
