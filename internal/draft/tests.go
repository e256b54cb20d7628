package draft

import (
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// Allowed is the test that the grant admits its job.
func (g *Grant) Allowed() *policy.Test {
	t := g.from(g.fixture(g.Job), g.Job)
	t.Name, t.Allow = g.ID+" admits its job", true
	return t
}

// Denied are the tests that the grant admits nobody who differs from its job in
// one thing: one for each condition, so that each was once the only one in the
// way.
func (g *Grant) Denied() []*policy.Test {
	tests := make([]*policy.Test, 0, len(g.Matches)+len(g.Floor))
	for _, m := range g.Floor {
		tests = append(tests, g.denied("require.", m))
	}
	for _, m := range g.Matches {
		if !slices.ContainsFunc(g.Floor, func(f Match) bool { return f.Claim == m.Claim }) {
			tests = append(tests, g.denied("match.", m))
		}
	}
	return append(tests, g.pullRequest()...)
}

// pullRequest is the test that a grant for a branch does not admit pull requests,
// which have a ref of their own as well.
func (g *Grant) pullRequest() []*policy.Test {
	i := slices.IndexFunc(g.Matches, func(m Match) bool { return m.Claim == "event_name" })
	if i < 0 || g.refKind(g.Job) != "heads" || g.Matches[i].Values.Admits("pull_request") {
		return nil
	}
	job := maps.Clone(g.Job)
	job["event_name"], job["ref"] = "pull_request", "refs/pull/42/merge"
	t := g.from(g.fixture(job), job)
	t.Name, t.Why = g.ID+" denies a pull request", "match.event_name"
	return []*policy.Test{t}
}

// Namesake is the test that another source of the same name is not admitted.
func (g *Grant) Namesake() *policy.Test {
	ids := slices.Concat(g.Kind.Identity, []string{"sub"})
	i := slices.IndexFunc(g.Matches, func(m Match) bool { return slices.Contains(ids, m.Claim) })
	return g.denied("match.", g.Matches[max(0, i)])
}

// denied is the test that a job which differs in one claim is not admitted.
func (g *Grant) denied(prefix string, m Match) *policy.Test {
	job := maps.Clone(g.Job)
	name := g.change(job, m)
	t := g.from(g.fixture(job), job)
	t.Name, t.Why = g.ID+" denies "+name, prefix+m.Claim
	return t
}

// from is what a test sets of a fixture to make it a job: the claims that the
// grant or its issuer looks at, where the fixture has others.
func (g *Grant) from(f identity.Fixture, job identity.Claims) *policy.Test {
	t := &policy.Test{From: f.Name, Set: map[string]any{}, Grant: policy.Word{Text: g.ID}}
	for _, m := range slices.Concat(g.Matches, g.Floor) {
		switch value := job[m.Claim]; {
		case value == f.Claims[m.Claim], absent(value) && absent(f.Claims[m.Claim]):
		case absent(value):
			t.Unset = append(t.Unset, m.Claim)
		default:
			t.Set[m.Claim] = value
		}
	}
	slices.Sort(t.Unset)
	t.Unset = slices.Compact(t.Unset)
	return t
}

func absent(value any) bool { return value == nil || value == "" }

// fixture returns the typical job that is most like one: for the same sort of
// ref, since tokens go by it, on the same event, in an environment or not.
func (g *Grant) fixture(job identity.Claims) identity.Fixture {
	var best identity.Fixture
	most := -1
	for _, f := range identity.Fixtures() {
		if f.Kind != g.Kind.Name {
			continue
		}
		if n := g.alike(f.Claims, job); n > most {
			best, most = f, n
		}
	}
	return best
}

func (g *Grant) alike(a, b identity.Claims) int {
	score := 0
	if g.refKind(a) == g.refKind(b) {
		score += 8
	}
	if g.Kind.Event != "" && a[g.Kind.Event] == b[g.Kind.Event] {
		score += 4
	}
	for _, claim := range []string{"environment", "build_tag"} {
		if absent(a[claim]) == absent(b[claim]) {
			score += 2
		}
	}
	for _, claim := range []string{"runner_environment", circle + "ssh-rerun"} {
		if a[claim] == b[claim] {
			score++
		}
	}
	return score
}

// refKind returns heads, tags or pull for a full ref.
func (g *Grant) refKind(claims identity.Claims) string {
	for _, c := range g.Kind.Claims {
		if c.Ref == identity.FullRef {
			ref, _ := claims.Text(c.Name)
			return refKind(ref)
		}
	}
	return ""
}

func refKind(ref string) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(ref, "refs/"), "/")
	return kind
}

// change makes one claim of a job another than the grant wants, and says what the
// job is then.
func (g *Grant) change(job identity.Claims, m Match) string {
	claim, _ := g.Kind.Claim(m.Claim)
	value, _ := job.Text(m.Claim)
	switch {
	case m.Bool:
		job[m.Claim] = job[m.Claim] != true
		return "a job whose " + short(m.Claim) + " is otherwise"
	case m.Claim == g.Kind.Event:
		return g.changeEvent(job, m)
	case m.Claim == "environment", m.Claim == "build_tag":
		delete(job, m.Claim)
		return "a job without its " + strings.TrimPrefix(m.Claim, "build_")
	case claim.Ref == identity.FullRef:
		return g.changeRef(job, m, value)
	case claim.Ref == identity.FileRef:
		job[m.Claim] = otherFile(value)
		if m.Claim == g.Kind.Callee {
			return "a job that calls another workflow"
		}
		return "a job of another workflow file"
	}
	job[m.Claim] = otherValue(m.Claim, value, m.Values)
	switch {
	case slices.Contains(g.Kind.Identity, m.Claim), m.Claim == "sub":
		return "a namesake"
	case slices.Contains(g.Kind.Tenant, m.Claim):
		return "the same after it changed hands"
	case m.Claim == g.Kind.Repository:
		return "another name"
	case claim.Ref == identity.ShortRef:
		return "another branch"
	}
	return "another " + short(m.Claim)
}

func short(claim string) string {
	return strings.ReplaceAll(strings.TrimPrefix(claim, circle), "_", " ")
}

// startedBy says what a job is that an event started on the same ref.
func startedBy(event string) string {
	switch event {
	case "pull_request":
		return "the close of a merged pull request"
	case "merge_request_event":
		return "a merge request"
	case "workflow_dispatch", "web":
		return "a job started by hand"
	case "release":
		return "a release"
	}
	return ""
}

// changeEvent takes a job on the same ref that something else started: the close
// of a merged pull request has a branch's own ref.
func (g *Grant) changeEvent(job identity.Claims, m Match) string {
	events := []string{"pull_request", "merge_request_event", "workflow_dispatch", "release", "web", "create"}
	if g.refKind(job) != "heads" {
		events = []string{"release", "workflow_dispatch", "web", "create"}
	}
	for _, event := range events {
		claims := identity.Claims{g.Kind.Event: event}
		known := slices.ContainsFunc(identity.Fixtures(), func(f identity.Fixture) bool {
			return f.Kind == g.Kind.Name && f.Claims[g.Kind.Event] == claims[g.Kind.Event]
		})
		if known && !m.Values.Admits(event) {
			job[g.Kind.Event] = event
			return startedBy(event)
		}
	}
	job[g.Kind.Event] = "create"
	return "a job that something else started"
}

// changeRef takes another branch or tag.
func (g *Grant) changeRef(job identity.Claims, m Match, ref string) string {
	kind := refKind(ref)
	for _, other := range []string{"other", "another/one", "0"} {
		full := "refs/" + kind + "/" + other
		if kind == "pull" {
			full = "refs/pull/1/merge"
		}
		if !m.Values.Admits(full) && full != ref {
			job[m.Claim] = full
			return "another " + map[string]string{"heads": "branch", "tags": "tag", "pull": "pull request"}[kind]
		}
	}
	job[m.Claim] = "refs/heads/other"
	return "a branch"
}

// otherFile names another workflow file at the same ref.
func otherFile(value string) string {
	file, ref := identity.CutFileRef(value)
	return file[:strings.LastIndexByte(file, '/')+1] + "other.yml@" + ref
}

func otherValue(claim, value string, admitted policy.Values) string {
	swaps := []string{"1", "2", "3"}
	switch {
	case claim == "runner_environment":
		swaps = []string{"self-hosted", "github-hosted"}
	case strings.HasSuffix(claim, "_protected"):
		swaps = []string{"false", "true"}
	case value == "" || strings.Trim(value, "0123456789") != "":
		swaps = []string{value + "-other", "other"}
	}
	for _, other := range swaps {
		if other != value && !admitted.Admits(other) {
			return other
		}
	}
	return value + "0"
}
