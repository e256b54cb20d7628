package lint

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

// open is a policy with one finding: its grant's name has no end.
const open = `version: 1
issuers:
  gh:
    kind: github
    url: https://token.actions.githubusercontent.com
    audience: https://autoken.acme.example
    max_token_age: 10m
    require: {repository_owner_id: "1342004"}
connections: {sonar: sonarqube}
grants:
  - id: pay
    owner: "@acme/platform"
    issuer: gh
    match:
      repository: {glob: "acme/pay*"}%s
      ref: refs/heads/main
      event_name: push
    credential: {connection: sonar, project: payments, permissions: [scan]}
tests:
  - {name: yes, from: github/push, request: {grant: pay}, expect: allow}
  - {name: no, from: github/push, request: {grant: pay}, expect: deny, why: issuer}
%s`

func draftOf(t *testing.T, files map[string]string) *policy.Draft {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	main := policy.FileName
	if _, inFolder := files["policy/"+main]; inFolder {
		main = "policy/" + main
	}
	draft, err := policy.Parse(tree, main, policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

// outcome says what a report has found, and what it ignores.
func outcome(report check.Report) string {
	var b strings.Builder
	for _, f := range report.Findings {
		fmt.Fprintf(&b, "%d %s %s\n", f.Pos.Line, f.Severity, f.Rule)
	}
	for _, i := range report.Ignored {
		fmt.Fprintf(&b, "%d ignored %s: %s\n", i.Pos.Line, i.Rule, i.Reason)
	}
	return b.String()
}

func TestIgnored(t *testing.T) {
	const entry = "ignore: [{rule: prefix-confusion, reason: names are ours%s}]\n"
	for _, c := range []struct{ what, comment, below, want string }{
		{"nothing ignored", "", "", "15 high prefix-confusion\n"},
		{"an entry", "", fmt.Sprintf(entry, ""), "15 ignored prefix-confusion: names are ours\n"},
		{"its grant", "", fmt.Sprintf(entry, ", grant: pay"), "15 ignored prefix-confusion: names are ours\n"},
		{"its last day", "", fmt.Sprintf(entry, ", until: 2026-11-23"), "15 ignored prefix-confusion: names are ours\n"},
		{"the day after", "", fmt.Sprintf(entry, ", until: 2026-11-22"), "15 high prefix-confusion\n22 medium ignore-invalid\n"},
		{"a comment", " # autoken: ignore[prefix-confusion] names are ours", "", "15 ignored prefix-confusion: names are ours\n"},
		{"a comment with another rule", " # autoken: ignore[dead-alternative, prefix-confusion] ours", "", "15 medium ignore-invalid\n15 ignored prefix-confusion: ours\n"},
		{"a comment in another line", "", "# autoken: ignore[prefix-confusion] ours\n", "15 high prefix-confusion\n22 medium ignore-invalid\n"},
		// The first that is met counts, and the other is not needed.
		{"twice", " # autoken: ignore[prefix-confusion] ours", fmt.Sprintf(entry, ""), "15 medium ignore-invalid\n15 ignored prefix-confusion: names are ours\n"},
	} {
		report := Run(draftOf(t, map[string]string{policy.FileName: fmt.Sprintf(open, c.comment, c.below)}), Options{Now: pageDay})
		if diff := cmp.Diff(c.want, outcome(report)); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
}

// Errors are never ignored, and what looks at sound grants alone may have found
// nothing where there are some: such ignores are not called superfluous.
func TestErrorsAreNotIgnored(t *testing.T) {
	broken := strings.Replace(fmt.Sprintf(open, "", "ignore: [{rule: prefix-confusion, reason: ours}, {rule: unknown-key, reason: ours}]\n"), "event_name:", "event_nam:", 1)
	report := Run(draftOf(t, map[string]string{policy.FileName: broken}), Options{Now: pageDay})
	if diff := cmp.Diff("17 error unknown-claim\n22 medium ignore-invalid\n", outcome(report)); diff != "" {
		t.Error(diff)
	}
}

// S27: what a pull request ignores counts once it is merged.
func TestS27OnlyTheBaseIgnores(t *testing.T) {
	plain := fmt.Sprintf(open, "", "")
	comment := fmt.Sprintf(open, " # autoken: ignore[prefix-confusion] ours", "")
	entry := fmt.Sprintf(open, "", "ignore: [{rule: prefix-confusion, grant: pay, reason: ours}]\n")
	wider := fmt.Sprintf(open, "", "ignore: [{rule: prefix-confusion, reason: ours}]\n")
	ended := fmt.Sprintf(open, "", "ignore: [{rule: prefix-confusion, grant: pay, reason: ours, until: 2026-01-01}]\n")
	other := fmt.Sprintf(open, "", "ignore: [{rule: prefix-confusion, grant: other, reason: ours}]\n")
	ending := func(days ...string) string {
		var b strings.Builder
		for _, day := range days {
			b.WriteString("  - {rule: prefix-confusion, grant: pay, reason: ours, until: " + day + "}\n")
		}
		return fmt.Sprintf(open, "", "ignore:\n"+b.String())
	}
	moved := func(text string) string { return strings.Replace(text, "connections:", "# moved\n\nconnections:", 1) }
	for _, c := range []struct{ what, base, head, want string }{
		{"added entry", plain, entry, "15 high prefix-confusion\n22 low ignore-invalid\n"},
		{"added comment", plain, comment, "15 high prefix-confusion\n15 low ignore-invalid\n"},
		{"the same entry", entry, entry, "15 ignored prefix-confusion: ours\n"},
		{"the same comment, moved", comment, moved(comment), "17 ignored prefix-confusion: ours\n"},
		{"an entry for what a comment was about", comment, moved(entry), "17 ignored prefix-confusion: ours\n"},
		{"an entry for every grant, of the same finding", entry, wider, "15 ignored prefix-confusion: ours\n"},
		{"a comment on other text", strings.Replace(comment, "acme/pay*", "acme/pa*", 1), comment, "15 high prefix-confusion\n15 low ignore-invalid\n"},
		{"an entry that counts for changed text too", strings.Replace(entry, "acme/pay*", "acme/pa*", 1), entry, "15 ignored prefix-confusion: ours\n"},
		{"an entry that had ended", ended, entry, "15 high prefix-confusion\n22 low ignore-invalid\n"},
		{"an entry that ends in the base", ending("2026-12-31"), entry, "22 low ignore-invalid\n15 ignored prefix-confusion: ours\n"},
		{"an entry that ends earlier in the base", ending("2026-12-31"), ending("2027-12-31"), "23 low ignore-invalid\n15 ignored prefix-confusion: ours\n"},
		{"an entry that ends later in the base", ending("2027-12-31"), ending("2026-12-31"), "15 ignored prefix-confusion: ours\n"},
		{"an entry that does not end in the base", entry, ending("2026-12-31"), "15 ignored prefix-confusion: ours\n"},
		{"an entry that ended in the base", ending("2026-11-22"), ending("2027-12-31"), "15 high prefix-confusion\n23 low ignore-invalid\n"},
		{"the later of two ends", ending("2027-12-31", "2026-12-31"), ending("2027-06-30"), "15 ignored prefix-confusion: ours\n"},
		{"an entry for another grant", other, entry, "15 high prefix-confusion\n22 low ignore-invalid\n"},
		{"a removed entry", entry, plain, "15 high prefix-confusion\n"},
	} {
		base := draftOf(t, map[string]string{"policy/" + policy.FileName: c.base})
		head := draftOf(t, map[string]string{policy.FileName: c.head})
		if diff := cmp.Diff(c.want, outcome(Run(head, Options{Now: pageDay, Base: base}))); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
}

// ofTeam is the file of a team with one finding in line 4.
const ofTeam = `version: 1
team: %[1]s
grants:
  - {id: pay, issuer: gh, match: {repository: {glob: "acme/pay*"}, ref: refs/heads/main, event_name: push}, credential: {connection: sonar, project: %[1]s}}
tests:
  - {name: %[1]s yes, from: github/push, request: {grant: %[1]s/pay}, expect: allow}
  - {name: %[1]s no, from: github/push, request: {grant: %[1]s/pay}, expect: deny, why: issuer}
%[2]s`

// twoTeams is a policy of two teams, which ignore something in their files or in
// the main one.
func twoTeams(main, a, b string) map[string]string {
	return map[string]string{
		policy.FileName: strings.Replace(fmt.Sprintf(open, "", main), "connections:", `include: [a.yaml, b.yaml]
teams:
  a: {owner: a, may: {issuer: gh, repository: {glob: "acme/*"}, connections: [sonar], project: a}}
  b: {owner: b, may: {issuer: gh, repository: {glob: "acme/*"}, connections: [sonar], project: b}}
connections:`, 1),
		"a.yaml": fmt.Sprintf(ofTeam, "a", a), "b.yaml": fmt.Sprintf(ofTeam, "b", b),
	}
}

// linesOf lists where the findings are: the first letter of the file, and the line.
func linesOf(report check.Report) string {
	var lines []string
	for _, f := range report.Findings {
		lines = append(lines, fmt.Sprintf("%.1s%d", f.Pos.File, f.Pos.Line))
	}
	return strings.Join(lines, ",")
}

// A team's file silences what is found in it, and nothing else.
func TestTeamsIgnoreTheirOwn(t *testing.T) {
	for _, c := range []struct{ a, want string }{
		{"", "a4,a19,b4"},
		{"ignore: [{rule: prefix-confusion, reason: ours}]\n", "a19,b4"},
		{"ignore: [{rule: prefix-confusion, grant: a/pay, reason: ours}]\n", "a19,b4"},
		{"ignore: [{rule: prefix-confusion, grant: b/pay, reason: ours}]\n", "a4,a8,a19,b4"},
		{"ignore: [{rule: prefix-confusion, grant: pay, reason: ours}]\n", "a19,b4"},
	} {
		report := Run(draftOf(t, twoTeams("", c.a, "")), Options{Now: pageDay})
		if diff := cmp.Diff(c.want, linesOf(report)); diff != "" {
			t.Errorf("%s: %s\n%s", c.a, diff, outcome(report))
		}
	}
}

// S27: what the base ignores in one file it does not ignore in another.
func TestS27TheBaseIgnoresInItsFile(t *testing.T) {
	const entry = "ignore: [{rule: prefix-confusion, reason: ours}]\n"
	inA, inB, inMain := twoTeams("", entry, ""), twoTeams("", "", entry), twoTeams(entry, "", "")
	for _, c := range []struct {
		what       string
		base, head map[string]string
		want       string
	}{
		{"the same", inA, inA, "a19,b4"},
		{"another team's", inA, inB, "a4,a19,b4,b8"},
		{"the main file's", inA, inMain, "a19,b4"},
		{"a team's, which the main file's was", inMain, inA, "a19,b4"},
	} {
		report := Run(draftOf(t, c.head), Options{Now: pageDay, Base: draftOf(t, c.base)})
		if diff := cmp.Diff(c.want, linesOf(report)); diff != "" {
			t.Errorf("%s: %s\n%s", c.what, diff, outcome(report))
		}
	}
}
