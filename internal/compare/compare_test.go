package compare_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/policy"
)

var today = time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC)

// parse reads a policy that must load.
func parse(tb testing.TB, main, team string) *policy.Draft {
	tb.Helper()
	fsys := fstest.MapFS{policy.FileName: {Data: []byte(main)}}
	if team != "" {
		fsys["teams/pay.yaml"] = &fstest.MapFile{Data: []byte(team)}
	}
	draft, err := policy.Parse(fsys, ".", policy.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range draft.Findings {
		tb.Fatalf("%s\n%s", f, main)
	}
	return draft
}

func read(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// show writes changes in lines: class, subject, what, and whether there is an
// example.
func show(r compare.Result) string {
	var b strings.Builder
	for _, c := range r.Changes {
		b.WriteString(string(c.Class) + " " + c.Subject + ": " + strings.Join(c.What, "; "))
		if c.Note != "" {
			b.WriteString(" (" + c.Note + ")")
		}
		if c.Example != nil {
			b.WriteString(" e.g. " + c.At.Format(time.DateOnly))
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// lines are the expected ones, or none.
func lines(text string) string {
	var all []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		all = append(all, strings.TrimSpace(line))
	}
	return strings.Join(all, "\n")
}

// checkExamples demands of each example that the two policies disagree on it, or
// for a stronger or weaker credential that both give theirs.
func checkExamples(tb testing.TB, before, after *policy.Draft, r compare.Result) {
	tb.Helper()
	for _, c := range r.Changes {
		if c.Example == nil {
			continue
		}
		gets := func(d *policy.Draft) bool {
			return d.Policy.Evaluate(c.Example.Issuer.URL, c.Example.Claims, c.Grant, c.At).Allowed
		}
		want := map[compare.Class][2]bool{
			compare.NewlyAllowed: {false, true}, compare.NewlyDenied: {true, false}, compare.Stronger: {true, true}, compare.Weaker: {true, true},
		}[c.Class]
		if got := [2]bool{gets(before), gets(after)}; got != want {
			tb.Errorf("%s %s: the example is decided %v, want %v: %v", c.Class, c.Subject, got, want, c.Example.Claims)
		}
	}
}

// Each row is one edit of a policy, what it gives to whom, and what its undoing
// does.
func TestWhatAnEditDoes(t *testing.T) {
	main, team := read(t, "policy.yaml"), read(t, "team.yaml")
	before := parse(t, main, team)
	for name, c := range map[string]struct{ from, to, want, undone string }{
		"nothing": {},
		"what gives no rights": {
			from: "    expires: 2027-06-30\n", to: "    expires: 2027-06-30\n    labels: [production]\n    description: new words\n",
		},
		"another owner": {
			from: `owner: "@acme/release"`, to: `owner: "@acme/other"`,
			want:   "note grant release: its owner is @acme/other, was @acme/release",
			undone: "note grant release: its owner is @acme/release, was @acme/other",
		},
		"no owner": {
			from:   "    owner: \"@acme/release\"\n",
			want:   "note grant release: its owner is nobody, was @acme/release",
			undone: "note grant release: its owner is @acme/release, was nobody",
		},
		"a team's other owner": {
			from: `owner: "@acme/pay"`, to: `owner: "@acme/other"`,
			want:   "note team pay: its owner is @acme/other, was @acme/pay",
			undone: "note team pay: its owner is @acme/pay, was @acme/other",
		},
		"an owner who is not the team's": {
			from: "  - id: sonar\n", to: "  - id: sonar\n    owner: \"@acme/release\"\n",
			want:   "note grant pay/sonar: its owner is @acme/release, was @acme/pay",
			undone: "note grant pay/sonar: its owner is @acme/pay, was @acme/release",
		},
		"a new grant whose owner is not the team's": {
			from: "    credential: {connection: sonar, project: payments, permissions: [scan]}", to: `    credential: {connection: sonar, project: payments, permissions: [scan]}
  - {id: more, owner: "@acme/release", issuer: gh, match: {repository_id: "456789", ref: refs/heads/main}, credential: {connection: sonar, project: payments}}
`,
			want:   "newly-allowed grant pay/more: the grant is new; it gives sonar (sonarqube); its owner is @acme/release, and its team's @acme/pay e.g. 2026-11-23",
			undone: "newly-denied grant pay/more: the grant is gone e.g. 2026-11-23",
		},
		"another spelling of the same": {from: "event_name: push, environment", to: "event_name: [push], environment"},
		"a wider ref": {
			from: "      ref: refs/heads/main\n", to: "      ref: {glob: \"refs/heads/*\"}\n",
			want:   "newly-allowed grant pay/sonar: match.ref: refs/heads/*, was refs/heads/main e.g. 2026-11-23",
			undone: "newly-denied grant pay/sonar: match.ref: refs/heads/main, was refs/heads/* e.g. 2026-11-23",
		},
		"another ref": {
			from: "      ref: refs/heads/main\n", to: "      ref: refs/heads/dev\n",
			want: `newly-allowed grant pay/sonar: match.ref: refs/heads/dev, was refs/heads/main e.g. 2026-11-23
				newly-denied grant pay/sonar: match.ref: refs/heads/dev, was refs/heads/main e.g. 2026-11-23`,
			undone: `newly-allowed grant pay/sonar: match.ref: refs/heads/main, was refs/heads/dev e.g. 2026-11-23
				newly-denied grant pay/sonar: match.ref: refs/heads/main, was refs/heads/dev e.g. 2026-11-23`,
		},
		"S4: the events of a pull request": {
			from: `ref: refs/heads/main}
    credential: {connection: app`, to: `ref: refs/heads/main, event_name: [push, workflow_dispatch, schedule, release, pull_request]}
    credential: {connection: app`,
			want:   "newly-allowed grant app: match.event_name: pull_request added e.g. 2026-11-23",
			undone: "newly-denied grant app: match.event_name: pull_request taken away e.g. 2026-11-23",
		},
		"the usual events, said": {
			from: `ref: refs/heads/main}
    credential: {connection: app`, to: `ref: refs/heads/main, event_name: [schedule, push, workflow_dispatch, release]}
    credential: {connection: app`,
		},
		"a condition less": {
			from: ", environment: release}", to: "}",
			want:   "newly-allowed grant release: match.environment: not asked for, was release e.g. 2026-11-23",
			undone: "newly-denied grant release: match.environment: release, was not asked for e.g. 2026-11-23",
		},
		"S5: what is believed of tokens proves nothing": {
			from: "event_name: push, environment", to: "event_name: push, base_ref: {empty: true}, environment",
			want:   "newly-denied grant release: match.base_ref: absent or empty, was not asked for e.g. 2026-11-23",
			undone: "newly-allowed grant release: match.base_ref: not asked for, was absent or empty e.g. 2026-11-23",
		},
		"S19: no unless": {
			from: "    unless: [{actor: mallory}]\n", to: "",
			want:   "newly-allowed grant release: unless[0]: not asked for, was not actor mallory e.g. 2026-11-23",
			undone: "newly-denied grant release: unless[0]: not actor mallory, was not asked for e.g. 2026-11-23",
		},
		"S19: another unless": {
			from: "unless: [{actor: mallory}]", to: "unless: [{actor: eve}]",
			want: `newly-allowed grant release: unless[0]: not actor eve, was not actor mallory e.g. 2026-11-23
				newly-denied grant release: unless[0]: not actor eve, was not actor mallory e.g. 2026-11-23`,
			undone: `newly-allowed grant release: unless[0]: not actor mallory, was not actor eve e.g. 2026-11-23
				newly-denied grant release: unless[0]: not actor mallory, was not actor eve e.g. 2026-11-23`,
		},
		"a floor less": {
			from: `    require: {repository_owner_id: "1342004"}`, to: `    require: {repository_owner_id: ["1342004", "5"]}`,
			want: `newly-allowed grant release: require.repository_owner_id: 5 added e.g. 2026-11-23
				newly-allowed grant app: require.repository_owner_id: 5 added e.g. 2026-11-23
				newly-allowed grant pay/sonar: require.repository_owner_id: 5 added e.g. 2026-11-23
				wider issuer gh: require.repository_owner_id 5 added`,
			undone: `newly-denied grant release: require.repository_owner_id: 5 taken away e.g. 2026-11-23
				newly-denied grant app: require.repository_owner_id: 5 taken away e.g. 2026-11-23
				newly-denied grant pay/sonar: require.repository_owner_id: 5 taken away e.g. 2026-11-23
				narrower issuer gh: require.repository_owner_id 5 taken away`,
		},
		"enforced from now on": {
			from: "    mode: observe\n", to: "",
			want:   "newly-allowed grant watch: mode: enforce, was observe e.g. 2026-11-23",
			undone: "newly-denied grant watch: mode: observe, was enforce e.g. 2026-11-23",
		},
		"what only observes admits others": {
			from: "ref: refs/heads/main}\n    credential: {connection: sonar,", to: "ref: refs/heads/dev}\n    credential: {connection: sonar,",
		},
		"S31: a later end": {
			from: "expires: 2027-06-30", to: "expires: 2027-12-31",
			want:   "newly-allowed grant release: expires: before 2028-01-01T00:00:00Z, was before 2027-07-01T00:00:00Z e.g. 2027-07-01",
			undone: "newly-denied grant release: expires: before 2027-07-01T00:00:00Z, was before 2028-01-01T00:00:00Z e.g. 2027-07-01",
		},
		"no end": {
			from: "    expires: 2027-06-30\n", to: "",
			want:   "newly-allowed grant release: expires: not asked for, was before 2027-07-01T00:00:00Z e.g. 2027-07-01",
			undone: "newly-denied grant release: expires: before 2027-07-01T00:00:00Z, was not asked for e.g. 2027-07-01",
		},
		"ended": {
			from: "expires: 2027-06-30", to: "expires: 2026-11-22",
			want:   "newly-denied grant release: expires: before 2026-11-23T00:00:00Z, was before 2027-07-01T00:00:00Z e.g. 2026-11-23",
			undone: "newly-allowed grant release: expires: before 2027-07-01T00:00:00Z, was before 2026-11-23T00:00:00Z e.g. 2026-11-23",
		},
		"a longer ttl": {
			from: "ttl: 10m", to: "ttl: 20m",
			want:   "stronger grant release: ttl: 20m, was 10m e.g. 2026-11-23",
			undone: "weaker grant release: ttl: 10m, was 20m e.g. 2026-11-23",
		},
		"a stronger permission": {
			from: "{contents: read}", to: "{contents: write}",
			want:   "stronger grant app: contents: write, was read e.g. 2026-11-23",
			undone: "weaker grant app: contents: read, was write e.g. 2026-11-23",
		},
		"more of one thing and less of another": {
			from: "permissions: [scan], ttl: 30m", to: "permissions: [scan], ttl: 20m, event_name: [push, workflow_dispatch, schedule, release, issues]",
			want:   "wider team pay: event_name issues added; ttl: 20m, was 30m",
			undone: "wider team pay: ttl: 30m, was 20m; event_name issues taken away",
		},
		"another connection": {
			from: "{connection: sonar, project: lab", to: "{connection: sonar2, project: lab",
			want:   "stronger grant lab: connection: sonar2, was sonar e.g. 2026-11-23",
			undone: "stronger grant lab: connection: sonar, was sonar2 e.g. 2026-11-23",
		},
		"a connection to another platform": {
			from: "sonar2: sonarqube", to: "sonar2: artifactory",
			want:   "wider connection sonar2: it is artifactory, was sonarqube",
			undone: "wider connection sonar2: it is sonarqube, was artifactory",
		},
		"the lambda path": {
			from: "    expires: 2027-06-30\n", to: "    expires: 2027-06-30\n    lambda: true\n",
			want:   "wider grant release: the lambda path may use it",
			undone: "narrower grant release: the lambda path may no longer use it",
		},
		"a new grant": {
			from: "ignore:\n", to: `  - id: more
    issuer: gh
    match: {repository_id: "456789", ref: refs/heads/main}
    credential: {connection: jf, groups: [publishers]}
    lambda: true
ignore:
`,
			want:   "newly-allowed grant more: the grant is new; it gives jf (artifactory); the lambda path may use it e.g. 2026-11-23",
			undone: "newly-denied grant more: the grant is gone e.g. 2026-11-23",
		},
		"a new grant that only observes": {
			from: "ignore:\n", to: `  - id: more
    issuer: gh
    match: {repository_id: "456789", ref: refs/heads/main}
    credential: {connection: jf, groups: [publishers]}
    mode: observe
ignore:
`,
		},
		"another name": {
			from: "id: release", to: "id: publish",
			want: `newly-allowed grant publish: the grant is new; it gives jf (artifactory) (grant release, which is gone, gave the same jobs the same) e.g. 2026-11-23
				newly-denied grant release: the grant is gone (grant publish, which is new, gives the same jobs the same) e.g. 2026-11-23`,
			undone: `newly-allowed grant release: the grant is new; it gives jf (artifactory) (grant publish, which is gone, gave the same jobs the same) e.g. 2026-11-23
				newly-denied grant publish: the grant is gone (grant release, which is new, gives the same jobs the same) e.g. 2026-11-23`,
		},
		"older tokens": {
			from: "max_token_age: 10m", to: "max_token_age: 1h",
			want:   "wider issuer lab: age of tokens: 60 min, was 10 min",
			undone: "narrower issuer lab: age of tokens: 10 min, was 60 min",
		},
		"another issuer by the same name": {
			from: "https://gitlab.acme.example", to: "https://lab.acme.example",
			want: `newly-allowed grant lab: issuer: https://lab.acme.example, was https://gitlab.acme.example e.g. 2026-11-23
				wider issuer lab: it is https://lab.acme.example, was https://gitlab.acme.example
				newly-denied grant lab: issuer: https://lab.acme.example, was https://gitlab.acme.example e.g. 2026-11-23
				note issuer lab: the issuer is new: https://lab.acme.example`,
			undone: `newly-allowed grant lab: issuer: https://gitlab.acme.example, was https://lab.acme.example e.g. 2026-11-23
				wider issuer lab: it is https://gitlab.acme.example, was https://lab.acme.example
				newly-denied grant lab: issuer: https://gitlab.acme.example, was https://lab.acme.example e.g. 2026-11-23
				note issuer lab: the issuer is new: https://gitlab.acme.example`,
		},
		"a longer limit": {
			from: "max: 2h", to: "max: 4h",
			want:   "wider limits: artifactory: 4h, was 2h; sonarqube: 4h, was 2h",
			undone: "narrower limits: artifactory: 2h, was 4h; sonarqube: 2h, was 4h",
		},
		"another default": {
			from: "default: 15m", to: "default: 20m",
			want: `stronger grant lab: ttl: 20m, was 15m e.g. 2026-11-23
				stronger grant pay/sonar: ttl: 20m, was 15m e.g. 2026-11-23`,
			undone: `weaker grant lab: ttl: 15m, was 20m e.g. 2026-11-23
				weaker grant pay/sonar: ttl: 15m, was 20m e.g. 2026-11-23`,
		},
		"a team that may more": {
			from: `repository_id: ["456789"], project`, to: `repository_id: ["456789", "1"], project`,
			want:   "wider team pay: repository_id 1 added",
			undone: "narrower team pay: repository_id 1 taken away",
		},
		"a new team": {
			from: "grants:\n  - id: release", to: "  new: {owner: \"@n\", may: {issuer: lab, connections: [jf]}}\ngrants:\n  - id: release",
			want:   "wider team new: issuer lab added; connection jf added (the team is new)",
			undone: "narrower team new: the team is gone",
		},
		"an ignore": {
			from: "ignore:\n", to: "ignore:\n  - {rule: no-expiry, reason: they asked}\n",
			want: "ignore-added ignore no-expiry: the rule no-expiry is ignored; because: they asked",
		},
		"a longer ignore": {
			from: "until: 2027-01-31", to: "until: 2027-02-28",
			want: "ignore-added ignore tag-guard-unprotected: the rule tag-guard-unprotected is ignored for grant release; because: a ruleset protects the tags v*",
		},
		"an ignore for all": {
			from: "grant: release, reason", to: "reason",
			want:   "ignore-added ignore tag-guard-unprotected: the rule tag-guard-unprotected is ignored; because: a ruleset protects the tags v*",
			undone: "",
		},
		"an ignore that has ended": {from: "ignore:\n", to: "ignore:\n  - {rule: no-expiry, reason: they asked, until: 2026-11-22}\n"},
		"a comment that ignores": {
			from: "    match: {project_id", to: "    # autoken: ignore[no-expiry, x] they asked\n    match: {project_id",
			want: "ignore-added ignore no-expiry, x: autoken: ignore[no-expiry, x] they asked",
		},
		"a comment that ignores, of a line that another issuer has as well": {
			from: `    require: {repository_owner_id: "1342004"}`, to: `    require: {repository_owner_id: "1342004"}
    max_token_age: 10m # autoken: ignore[short] x`,
			want: "ignore-added ignore short: autoken: ignore[short] x",
		},
		"a comment that ignores, in a team's file": {
			from: "      ref: refs/heads/main\n", to: "      ref: refs/heads/main # autoken: ignore[short] x\n",
			want: "ignore-added ignore short: autoken: ignore[short] x",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(main+team, c.from) {
				t.Fatal("there is nothing to edit")
			}
			after := parse(t, strings.Replace(main, c.from, c.to, 1), strings.Replace(team, c.from, c.to, 1))
			there, back := compare.Policies(before, after, today), compare.Policies(after, before, today)
			if diff := cmp.Diff([]string{lines(c.want), lines(c.undone)}, []string{show(there), show(back)}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkExamples(t, before, after, there)
			checkExamples(t, after, before, back)
		})
	}
}

// S27: an ignore that is copied to where it was not is a new one, though its words
// and its line are the same; one that has moved with its line is not.
func TestS27AnIgnoreElsewhere(t *testing.T) {
	const (
		main = `version: 1
include: [teams/*.yaml]
issuers:
  dev:
    kind: gitlab
    url: https://gitlab.dev.example
    audience: a
    max_token_age: 59m%s
  prod:
    kind: gitlab
    url: https://gitlab.prod.example
    audience: a
    max_token_age: 59m%s
connections: {sonar: sonarqube}
teams: {pay: {owner: o, may: {issuer: dev, connections: [sonar]}}}
%s`
		team    = "version: 1\nteam: pay\n"
		comment = " # autoken: ignore[token-age-excessive] dev only"
		entry   = "ignore: [{rule: no-expiry, reason: ours}]\n"
	)
	blocks := func(first, second string) string {
		return strings.Replace(read(t, "policy.yaml"), "    unless: [{actor: mallory}]\n", fmt.Sprintf(`    unless:
      - actor: mallory%s
        actor_id: "1"
      - actor: mallory%s
        actor_id: "2"
`, first, second), 1)
	}
	at := func(dev, prod, entry string) string { return fmt.Sprintf(main, dev, prod, entry) }
	for name, c := range map[string]struct {
		before, after         string
		teamBefore, teamAfter string
		want                  string
	}{
		"copied to another issuer": {before: at(comment, "", ""), after: at(comment, comment, ""), want: "ignore-added ignore token-age-excessive: autoken: ignore[token-age-excessive] dev only"},
		"moved to another issuer":  {before: at(comment, "", ""), after: at("", comment, ""), want: "ignore-added ignore token-age-excessive: autoken: ignore[token-age-excessive] dev only"},
		"copied within a list":     {before: blocks(comment, ""), after: blocks(comment, comment), want: "ignore-added ignore token-age-excessive: autoken: ignore[token-age-excessive] dev only"},
		"the same twice":           {before: blocks(comment, comment), after: blocks(comment, comment)},
		"moved with its line":      {before: at(comment, "", ""), after: strings.Replace(at(comment, "", ""), "issuers:", "# words\n\nissuers:", 1)},
		"from a team's file":       {before: at("", "", ""), teamBefore: entry, after: at("", "", entry), want: "ignore-added ignore no-expiry: the rule no-expiry is ignored; because: ours"},
		"into a team's file too":   {before: at("", "", entry), after: at("", "", entry), teamAfter: entry, want: "ignore-added ignore no-expiry: the rule no-expiry is ignored; because: ours"},
	} {
		r := compare.Policies(parse(t, c.before, team+c.teamBefore), parse(t, c.after, team+c.teamAfter), today)
		if diff := cmp.Diff(c.want, show(r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// What is decided in another way altogether is not compared, and counts as more.
func TestAnotherKindIsNotCompared(t *testing.T) {
	main, team := read(t, "policy.yaml"), read(t, "team.yaml")
	other := strings.NewReplacer("kind: gitlab", "kind: oidc", `{project_id: "7", ref: main, ref_type: branch}`, "{sub: a}").Replace(main)
	r := compare.Policies(parse(t, main, team), parse(t, other, team), today)
	want := lines(`wider issuer lab: kind: oidc, was gitlab
		not-compared grant lab: its issuer's kind is oidc, was gitlab`)
	if diff := cmp.Diff(want, show(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !r.Widens() || r.Count(compare.NotCompared) != 1 {
		t.Error("it counts as nothing")
	}
}

// S9: the lambda path gives nothing where two grants fit, so one that goes, or that
// gives less, gives the other's jobs something.
func TestS9AGrantThatStoodInTheWay(t *testing.T) {
	const (
		end     = "    expires: 2027-06-30\n"
		unblock = "wider grant release: the lambda path may use it where grant twin stood in the way: two that fit give nothing"
		twin    = `  - id: twin
    issuer: gh
    match: {repository_id: "456789", ref: {glob: "refs/tags/*"}, event_name: push}
    credential: {connection: jf, groups: [publishers, readers]}
    lambda: true
ignore:
`
	)
	team := read(t, "team.yaml")
	both := strings.NewReplacer(end, "    lambda: true\n", "ignore:\n", twin).Replace(read(t, "policy.yaml"))
	other := strings.Replace(both, "    lambda: true\n", "", 1)
	for name, c := range map[string]struct {
		before, from, to string
		want             bool
	}{
		"it admits others":            {both, `ref: {glob: "refs/tags/*"}`, `ref: {glob: "refs/heads/*"}`, true},
		"it gives less":               {both, "[publishers, readers]", "[publishers]", true},
		"it gives something else":     {both, "[publishers, readers]", "[writers]", true},
		"it is not for the path":      {both, "readers]}\n    lambda: true\n", "readers]}\n", true},
		"it only observes":            {both, "readers]}\n", "readers]}\n    mode: observe\n", true},
		"it admits more":              {both, ", event_name: push}\n    credential: {connection: jf, groups: [publishers, readers]", "}\n    credential: {connection: jf, groups: [publishers, readers]", false},
		"the other is not for it":     {other, `ref: {glob: "refs/tags/*"}`, `ref: {glob: "refs/heads/*"}`, false},
		"the other is for other jobs": {strings.Replace(both, `"refs/tags/v*"`, `"refs/heads/*"`, 1), "[publishers, readers]", "[publishers]", false},
	} {
		after := strings.Replace(c.before, c.from, c.to, 1)
		if after == c.before {
			t.Fatalf("%s: there is nothing to edit", name)
		}
		r := compare.Policies(parse(t, c.before, team), parse(t, after, team), today)
		if got := strings.Contains(show(r), unblock); got != c.want {
			t.Errorf("%s: %s", name, show(r))
		}
	}
}

func TestTheClasses(t *testing.T) {
	for i, class := range compare.Classes {
		if class.Widens() != (i < 5) {
			t.Errorf("%s widens: %v", class, class.Widens())
		}
	}
}
