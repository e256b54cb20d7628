package lint

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/source"
)

// author writes policies at random, as people do who get some of it wrong.
type author struct{ *rand.Rand }

func newAuthor(seed uint64) author { return author{rand.New(rand.NewPCG(seed, 7))} }

func (a author) one(of ...string) string { return of[a.IntN(len(of))] }

func (a author) often() bool { return a.IntN(4) > 0 }

// values are what authors write for a claim, right and wrong.
var authorValues = map[string][]string{
	"repository_id":       {`"1"`, `"2"`, `["1", "2"]`, "1", "0x1"},
	"repository":          {"acme/web", "Acme/Web", "[acme/web, acme/api]", `{glob: "acme/*"}`, `{glob: "acme/w*"}`, `{glob: "*"}`, "acme/*"},
	"repository_owner_id": {`"65"`, `"66"`, `["65", "66"]`},
	"ref": {
		"refs/heads/main", `{glob: "refs/heads/**"}`, `{glob: "refs/tags/v*"}`, `{glob: ["refs/heads/re*", "refs/heads/release/*"]}`,
		"[refs/heads/main, refs/tags/v1]", "main", `{glob: "**"}`, `{glob: "*"}`, "{empty: true}", "[]",
	},
	"ref_type":           {"branch", "tag", "[branch, tag]"},
	"event_name":         {"push", "[push, workflow_dispatch]", "pull_request", "[schedule, issues, never_heard_of]", "{empty: true}"},
	"environment":        {"release", `{glob: "**"}`, `[release, Release]`, "{empty: true}"},
	"head_ref":           {"feature", `{glob: "**"}`, "{empty: true}"},
	"base_ref":           {"main", "{empty: true}"},
	"actor":              {"mallory", `"dependabot[bot]"`},
	"runner_environment": {"github-hosted", "self-hosted"},
	"workflow_ref":       {"acme/web/.github/workflows/ci.yml@refs/heads/main", `{glob: "acme/web/.github/workflows/ci*.yml@**"}`},
	"job_workflow_ref":   {"acme/ci/.github/workflows/d.yml@refs/tags/v1", "acme/ci/.github/workflows/d.yml@v1"},
	"project_id":         {`"1"`},
	"ref_path":           {"refs/heads/main", `{glob: "refs/tags/*"}`},
}

func (a author) block(claims ...string) string {
	var parts []string
	for _, claim := range claims {
		parts = append(parts, claim+": "+a.one(authorValues[claim]...))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// some returns some of the claims, the first ones more often.
func (a author) some(claims ...string) []string {
	return slices.DeleteFunc(claims, func(string) bool { return a.IntN(3) > 0 })
}

func (a author) grant(i int) string {
	issuer, first := "gh", []string{"repository_id", "ref"}
	if a.IntN(8) == 0 {
		issuer, first = "gl", []string{"project_id", "ref_path"}
	}
	if !a.often() {
		first = first[:1]
	}
	more := a.some("repository", "repository_owner_id", "ref_type", "event_name", "environment", "head_ref", "base_ref", "runner_environment", "workflow_ref", "job_workflow_ref")
	if issuer == "gl" {
		more = a.some("ref_type")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  - id: %s\n    issuer: %s\n    match: %s\n", a.one(fmt.Sprintf("g%d", i), fmt.Sprintf("g%d", i), "g0"), issuer, a.block(append(first, more...)...))
	if a.IntN(3) == 0 {
		fmt.Fprintf(&b, "    unless: [%s]\n", a.block(append([]string{a.one("repository", "ref", "event_name", "actor", "environment")}, a.some("runner_environment")...)...))
	}
	b.WriteString("    credential: " + a.one(
		"{connection: s, project: p}", "{connection: s, project: p, ttl: 1h}", "{connection: s, project: '{repository_name}'}",
		"{connection: jf, groups: [one, two]}", "{connection: jf, groups: [one]}", "{connection: jf, groups: []}",
		"{connection: app, repository_ids: [1], permissions: {contents: write, secrets: write}}",
		"{connection: app, repository_ids: [1], permissions: {contents: read}}",
	) + "\n")
	if a.IntN(6) == 0 {
		b.WriteString("    " + a.one("mode: observe", "lambda: true", "expires: 2027-06-30", "expires: 2020-01-01", "lables: [x]", "labels: [production]") + "\n")
	}
	return b.String()
}

// copied is the grant under another id, and perhaps without its last condition.
func (a author) copied(grant string, i int) string {
	lines := strings.SplitAfter(grant, "\n")
	lines[0] = fmt.Sprintf("  - id: copy%d\n", i)
	if cut := strings.LastIndex(lines[2], ", "); a.often() && cut > 0 && !strings.ContainsAny(lines[2][cut:], "[]\"'") && strings.Count(lines[2][cut:], "}") == 1 {
		lines[2] = lines[2][:cut] + "}\n"
	}
	return strings.Join(lines, "")
}

func (a author) policy() string {
	var b strings.Builder
	b.WriteString("version: 1\nissuers:\n  gh: {kind: github, url: \"https://token.actions.githubusercontent.com\", audience: a")
	if a.often() {
		b.WriteString(", require: " + a.block(append([]string{"repository_owner_id"}, a.some("ref_type", "runner_environment")...)...))
	}
	b.WriteString("}\n  gl: {kind: gitlab, url: \"https://gitlab.acme.example\", audience: a}\nconnections: {s: sonarqube, jf: artifactory, app: github}\ngrants:\n")
	for i := range 1 + a.IntN(4) {
		grant := a.grant(i)
		b.WriteString(grant)
		if a.IntN(3) == 0 {
			b.WriteString(a.copied(grant, i))
		}
	}
	if a.often() {
		fmt.Fprintf(&b, "tests:\n  - {name: t, from: %s, set: {ref: %s}, request: {grant: g0}, expect: %s}\n",
			a.one("github/push", "github/tag", "gitlab/branch", "nowhere"), a.one("refs/tags/v1", "refs/heads/main", "1"), a.one("allow", "deny"))
	}
	if a.IntN(3) == 0 {
		fmt.Fprintf(&b, "ignore:\n  - {rule: %s, reason: %s}\n", a.one("prefix-confusion", "dead-alternative", "ref-spelling", "nope"), a.one("ours", `""`))
	}
	text := b.String()
	if a.IntN(10) == 0 { // a slip of the hand
		at := a.IntN(len(text))
		text = text[:at] + a.one(" ", "\t", "#", "'", "[", "\n", "&a ", ": ") + text[at:]
	}
	return text
}

const randomPolicies = 250

// What lint finds no error in is exactly what the broker loads, and what it says is
// about lines that are there.
func TestLintAndLoadAgree(t *testing.T) {
	loaded := 0
	for seed := range uint64(randomPolicies) {
		text := newAuthor(seed).policy()
		if checkLint(t, text) != nil {
			loaded++
		}
	}
	if loaded < randomPolicies/20 || loaded > randomPolicies*19/20 {
		t.Errorf("%d of %d policies load: the authors are too good or too bad", loaded, randomPolicies)
	}
}

// checkLint holds what lint says about a policy against what the broker makes of
// it, and returns the policy if that loads it.
func checkLint(t *testing.T, text string) *policy.Policy {
	t.Helper()
	files := fstest.MapFS{policy.FileName: {Data: []byte(text)}}
	loaded, findings, err := policy.Load(files, ".", policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	draft, err := policy.Parse(files, ".", policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	report := Run(draft, Options{Now: pageDay})
	if isError(report.Findings) == (loaded != nil) {
		t.Fatalf("loads: %v, lint says:\n%v\n%s", loaded != nil, report.Findings, text)
	}
	checkPlaces(t, text, report)
	for _, f := range findings { // none is hidden, whatever the policy ignores
		if !slices.ContainsFunc(report.Findings, func(g check.Finding) bool { return g.Rule == f.Rule && g.Pos == f.Pos }) {
			t.Fatalf("lint is silent about %s\n%s", f, text)
		}
	}
	return loaded
}

func isError(findings []check.Finding) bool { return check.AtLeast(findings, check.Error) }

func checkPlaces(t *testing.T, text string, report check.Report) {
	t.Helper()
	file, _ := source.Parse(policy.FileName, []byte(text))
	all := slices.Clone(report.Findings)
	for _, i := range report.Ignored {
		all = append(all, i.Finding)
	}
	for _, f := range all {
		i := slices.IndexFunc(Rules(), func(r check.Meta) bool { return r.ID == f.Rule })
		language := slices.ContainsFunc(policy.Rules, func(r check.Meta) bool { return r.ID == f.Rule })
		switch {
		case i < 0 || f.Message == "":
			t.Fatalf("not a finding for people: %+v", f)
		case language != (f.Severity == check.Error):
			t.Fatalf("an error is what the language says, and nothing else: %s", f)
		case f.Pos.Line > 0 && (f.Pos.Line > file.Lines() || f.Pos.Col < 1 || f.Pos.Col > utf8.RuneCountInString(file.Line(f.Pos.Line))+1):
			t.Fatalf("outside of the file: %s\n%s", f, text)
		}
	}
	for _, n := range report.NotChecked {
		if n.Reason == "" || n.Rule == "" && n.Subject == "" {
			t.Fatalf("not checked, because of nothing: %+v", n)
		}
	}
}

// tokens returns jobs of an issuer's kind: fixtures in which claims are as policies
// speak of them, without regard to what goes together.
func (a author) token(kind *identity.Kind) identity.Claims {
	all := slices.DeleteFunc(slices.Clone(identity.Fixtures()), func(f identity.Fixture) bool { return f.Kind != kind.Name })
	claims := maps.Clone(all[a.IntN(len(all))].Claims)
	values := map[string][]string{
		"repository_id": {"1", "2", "3"}, "repository": {"acme/web", "acme/api", "acme/worker"}, "repository_owner_id": {"65", "66"},
		"project_id": {"1", "2"}, "environment": {"release", "Release", ""}, "actor": {"mallory", "octocat"},
		"runner_environment": {"github-hosted", "self-hosted"},
		"workflow_ref":       {"acme/web/.github/workflows/ci.yml@refs/heads/main", "acme/web/.github/workflows/ci-evil.yml@refs/heads/x"},
		"job_workflow_ref":   {"acme/ci/.github/workflows/d.yml@refs/tags/v1"},
		kind.Event:           {"push", "workflow_dispatch", "schedule", "issues", "never_heard_of", "web", ""},
	}
	for _, claim := range slices.Sorted(maps.Keys(values)) {
		if _, known := kind.Claim(claim); known && a.often() {
			claims[claim] = a.one(values[claim]...)
		}
	}
	if a.often() {
		kind.Move(claims, a.one("refs/heads/main", "refs/heads/release/1", "refs/heads/rex", "refs/tags/v1"))
	}
	return claims
}

const randomTokens = 60

// What is said about which jobs grants admit is so for jobs that were not thought
// of: a grant that admits nobody admits none of them, and one that could go admits
// none that another does not.
func TestWhatIsSaidAboutJobsIsSo(t *testing.T) {
	said := map[string]int{}
	for seed := range uint64(4 * randomPolicies) {
		a := newAuthor(seed)
		loaded := load(t, a.policy())
		if loaded == nil {
			continue
		}
		report := Run(loaded, Options{Now: pageDay})
		for range randomTokens {
			claims := a.token(loaded.Policy.Grants[0].Issuer.Vocabulary)
			for _, f := range report.Findings {
				checkSaid(t, loaded.Policy, f, claims)
			}
		}
		for _, f := range report.Findings {
			said[f.Rule]++
		}
	}
	for _, rule := range []string{"never-matches", "violates-floor", "cancelled-by-unless", "duplicate-grant", "bypass-grant"} {
		if said[rule] == 0 {
			t.Errorf("no author made the mistake of %s", rule)
		}
	}
}

// load returns a policy that the broker would load, nil where it would not.
func load(t *testing.T, text string) *policy.Draft {
	t.Helper()
	draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(draft.Findings) > 0 {
		return nil
	}
	return draft
}

func checkSaid(t *testing.T, p *policy.Policy, f check.Finding, claims identity.Claims) {
	t.Helper()
	g := p.Grant(strings.TrimPrefix(f.Subject, "grant "))
	if f.Rule == "bypass-grant" {
		_, around, _ := strings.Cut(f.Fix, "remove grant ")
		if less := p.Grant(around); admits(p, less, claims) && consistent(g.Issuer.Vocabulary, claims) && !admits(p, g, claims) {
			t.Fatalf("%s\nbut it does not admit %v", f, claims)
		}
		return
	}
	if g == nil || !admits(p, g, claims) {
		return
	}
	switch f.Rule {
	case "never-matches", "violates-floor", "cancelled-by-unless":
		if consistent(g.Issuer.Vocabulary, claims) {
			t.Fatalf("%s\nbut it admits %v", f, claims)
		}
	case "duplicate-grant":
		if !slices.ContainsFunc(p.Grants, func(other *policy.Grant) bool {
			return other != g && admits(p, other, claims) && other.Credential.Covers(&g.Credential)
		}) && consistent(g.Issuer.Vocabulary, claims) {
			t.Fatalf("%s\nbut nobody else admits %v", f, claims)
		}
	}
}

func admits(p *policy.Policy, g *policy.Grant, claims identity.Claims) bool {
	return p.Evaluate(g.Issuer.URL, claims, g.ID, pageDay).Allowed
}

// consistent reports whether claims are those of a job that there can be, as far as
// is known.
func consistent(kind *identity.Kind, claims identity.Claims) bool {
	return !slices.ContainsFunc(kind.Implications, func(i identity.Implication) bool {
		return i.Level == identity.Always && holds(i.If, claims) && !holds(i.Then, claims)
	})
}

// S4: a grant that lists no event admits those of rule 8 and no others, also none
// that nobody has heard of.
func TestS4NoEventBesideTheUsual(t *testing.T) {
	admitted := 0
	for seed := range uint64(4 * randomPolicies) {
		a := newAuthor(seed)
		loaded := load(t, a.policy())
		if loaded == nil {
			continue
		}
		for _, g := range loaded.Policy.Grants {
			kind := g.Issuer.Vocabulary
			if g.Find(kind.Event) != nil {
				continue
			}
			for range randomTokens {
				claims := a.token(kind)
				event, _ := claims.Text(kind.Event)
				if !admits(loaded.Policy, g, claims) {
					continue
				}
				admitted++
				if !slices.Contains(kind.Events, event) {
					t.Fatalf("%s admits the event %q", g, event)
				}
			}
		}
	}
	if admitted == 0 {
		t.Error("nobody was admitted at all")
	}
}

// Asking whether there is a job gives the answer that looking for a good one gives,
// and the job is one that the grant admits.
func TestSomeJobsAreJobs(t *testing.T) {
	asked := 0
	for seed := range uint64(randomPolicies) {
		loaded := load(t, newAuthor(seed).policy())
		if loaded == nil {
			continue
		}
		for _, g := range loaded.Policy.Grants {
			if g.Mode != policy.Enforce || !g.Expires.IsZero() {
				continue
			}
			asked++
			some, good := g.Jobs().Some(), g.Jobs().Find()
			if some.None() != good.None() {
				t.Fatalf("%s: %+v and %+v", g, some, good)
			}
			for _, e := range []*policy.Example{some.Example, good.Example} {
				if e != nil && (!g.Jobs().Has(e.Claims) || !admits(loaded.Policy, g, e.Claims)) {
					t.Fatalf("%s does not admit %v", g, e.Claims)
				}
			}
		}
	}
	if asked == 0 {
		t.Error("no grant was asked about")
	}
}

// Whatever the file is: lint says what the broker would do, and points into it.
func FuzzLint(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(newAuthor(seed).policy())
	}
	names, err := filepath.Glob("../policy/testdata/bad/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		archive, readErr := txtar.ParseFile(name)
		if readErr != nil {
			f.Fatal(readErr)
		}
		f.Add(string(archive.Files[0].Data))
	}
	sample, err := os.ReadFile("../../testdata/policies/acme/autoken.policy.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sample))
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			t.Skip()
		}
		checkLint(t, text)
	})
}
