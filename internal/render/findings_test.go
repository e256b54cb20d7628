package render_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/render"
)

var update = flag.Bool("update", false, "write what is shown into testdata/findings")

func show(t *testing.T, format string, f render.Findings) string {
	t.Helper()
	for _, known := range render.FindingsFormats {
		if known.Name == format {
			var b strings.Builder
			if err := known.Write(&b, render.NewStyle(io.Discard, false, 80), f); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
	}
	t.Fatalf("there is no format %s", format)
	return ""
}

// report is one of each: an error, findings with an example and with a mend of
// several lines, an ignored one and a question without an answer.
func report() render.Findings {
	payroll := check.Pos{File: "policy/teams/payroll.yaml", Line: 31, Col: 26}
	r := check.Report{
		Findings: []check.Finding{
			{
				Rule: "ref-spelling", Severity: check.Error, Pos: check.Pos{File: "policy/teams/payments.yaml", Line: 18, Col: 12}, Subject: "grant payments/sonar",
				Message: "this ref never matches: GitHub sends refs/heads/main", Fix: "write refs/heads/main",
				Excerpt: "  18 |       ref: main\n     |            ^^^^",
			},
			{
				Rule: "prefix-confusion", Severity: check.High, Pos: payroll, Subject: "grant payroll/deploy", Message: "the name has no end, and so a job of another repository is admitted too",
				Example: "repository=acme/payments repository_owner_id=1342004 event_name=push ref=refs/heads/main", Fix: "autoken policy new --repo acme/payroll --connection sonar-prod --id deploy --policy policy/",
				Excerpt: "  31 |       repository: {glob: \"acme/pay*\"}\n     |                          ^^^^^^^^^^^",
			},
			{
				Rule: "dangerous-event", Severity: check.Medium, Pos: check.Pos{File: "policy/autoken.policy.yaml", Line: 9, Col: 20}, Subject: "grant docs",
				Message: "anyone who may open an issue causes this event", Fix: "event_name: [push]\nref: refs/heads/main",
				Excerpt: "   9 |       event_name: [push, issues]\n     |                          ^^^^^^",
			},
			{Rule: "no-owner", Severity: check.Low, Pos: check.Pos{File: "policy/autoken.policy.yaml"}, Message: "nobody owns this"},
		},
		Ignored:    []check.Ignored{{Finding: check.Finding{Rule: "prefix-confusion", Severity: check.High, Pos: payroll, Message: "the name has no end"}, Reason: "the whole organisation may"}},
		NotChecked: []check.NotChecked{{Rule: "bypass-grant", Subject: "grant docs", Reason: "its globs need more work than is done at once, so nobody knows what they admit"}, {Subject: "grant old", Reason: "more rules run when its errors are gone"}},
		Coverage:   check.Coverage{Files: 31, Grants: 214, Rules: 61},
	}
	return render.Findings{
		Report: r, Shown: r.Findings, Command: "autoken policy lint", Version: "1.2.3", Verdict: "the broker would refuse this policy",
		Rules: []render.Rule{
			{Meta: check.Meta{ID: "ref-spelling", Summary: "a ref is written as no platform sends it", Severity: check.Error}, Help: "Why: …", Markdown: "**Why**: …"},
			{Meta: check.Meta{ID: "prefix-confusion", Summary: "a name has no end", Severity: check.High}, Help: "Why: …"},
			{Meta: check.Meta{ID: "dangerous-event", Summary: "an outsider causes the event", Severity: check.Medium}},
			{Meta: check.Meta{ID: "no-owner", Summary: "nobody owns a grant", Severity: check.Low}},
		},
	}
}

// Each format of one report, as in the file of its name; with -update they are
// written.
func TestFindings(t *testing.T) {
	for _, format := range render.FindingsFormats {
		name := filepath.Join("testdata", "findings", "report."+format.Name)
		got := show(t, format.Name, report())
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: %s", format.Name, diff)
		}
	}
}

// place is how an editor reads the first line of a finding.
var place = regexp.MustCompile(`^(\S+?):(\d+):(\d+): (error|critical|high|medium|low|info): (\S.*)$`)

func TestFindingsTableIsReadByEditorsAndPeople(t *testing.T) {
	text := show(t, "table", report())
	found := 0
	for line := range strings.Lines(text) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 && !strings.Contains(line, "fix: autoken") {
			t.Errorf("wider than 80 columns: %s", line)
		}
		if place.MatchString(strings.TrimSuffix(line, "\n")) {
			found++
		}
	}
	if found != 3 {
		t.Errorf("%d findings with a place, want 3:\n%s", found, text)
	}
	narrow := report()
	narrow.Shown, narrow.Findings, narrow.NotChecked, narrow.Ignored = nil, nil, nil, nil
	narrow.Coverage, narrow.Verdict = check.Coverage{Files: 1, Grants: 1}, "the broker would load this policy"
	if got := show(t, "table", narrow); got != "1 file, 1 grant: nothing found; the broker would load this policy\n" {
		t.Errorf("%q", got)
	}
}

// Filters change what is listed and nothing else, and that is said; files for
// code scanning stay complete.
func TestHiddenFindingsAreCounted(t *testing.T) {
	f := report()
	f.Shown = f.Shown[:1]
	for format, want := range map[string]string{
		"table": "3 of 4 findings not shown", "markdown": "3 of 4 findings not shown", "github": "3 of 4 findings not shown",
		"json": `"hidden": 3`, "sarif": `"ruleId": "no-owner"`,
	} {
		if got := show(t, format, f); !strings.Contains(got, want) {
			t.Errorf("%s does not say %q:\n%s", format, want, got)
		}
	}
}

// many has n findings at each severity, and n questions without an answer.
func many(n int) render.Findings {
	f := report()
	f.Findings = nil
	for i := range n {
		for severity := check.Info; severity <= check.Error; severity++ {
			f.Findings = append(f.Findings, check.Finding{
				Rule: "r", Severity: severity, Pos: check.Pos{File: "p.yaml", Line: i + 1, Col: 1}, Message: strings.Repeat("@<x>", 200), Excerpt: "   1 | a: b\n     |    ^",
			})
		}
		f.NotChecked = append(f.NotChecked, check.NotChecked{Rule: "r", Reason: strings.Repeat("@", 300)})
	}
	f.Shown = f.Findings
	return f
}

func TestFindingsFitWhereTheyGo(t *testing.T) {
	comment := show(t, "markdown", many(200))
	if len(comment) > 60_000 || !regexp.MustCompile(`\nand \d+ more\n`).MatchString(comment) || !strings.HasSuffix(comment, "</details>\n") {
		t.Errorf("a comment of %d bytes, ending in %q", len(comment), comment[len(comment)-80:])
	}
	log := show(t, "github", many(20))
	for level, want := range map[string]int{"error": 10, "warning": 10, "notice": 10} {
		if n := strings.Count(log, "\n::"+level+" ") + strings.Count(log[:10], "::"+level+" "); n != want {
			t.Errorf("%d annotations of level %s", n, level)
		}
	}
	if !strings.Contains(log, "not annotated: 50 errors, 10 warnings, 30 notices") {
		t.Error(log[len(log)-200:])
	}
	if !strings.HasPrefix(log, "::error file=p.yaml,line=1,col=1,title=autoken%3A r::") {
		t.Error(log[:80])
	}
}

// hostile has everything that somebody else writes: a file's name, a branch, what
// stands in a policy, the reason of an ignore.
func hostile() render.Findings {
	attacks := []string{
		"::stop-commands::x", "\n::add-mask::y", "##[stop-commands]x", "a ::error::b", "\x1b]0;gone\x07\x1b[2J", "$(curl evil)`id`", "</td><script>alert(1)</script>", "| a | b |",
		"[x](https://evil.example)", "@acme/everyone #1", "\u202e\u2028\u200b", `"quoted" 'text' \ %0A::error::z`, "\r::warning::", "<!-- -->", "x\n\n## heading", "%3A%2C,line=1::",
	}
	f := report()
	f.Findings, f.Ignored, f.NotChecked = nil, nil, nil
	for i, a := range attacks {
		finding := check.Finding{
			Rule: "prefix-confusion", Severity: check.Severity(i % 6), Pos: check.Pos{File: "policy/" + a + ".yaml", Line: i, Col: 1}, Subject: "grant " + a,
			Message: a + " and " + a, Fix: a + "\n" + a, Example: "ref=" + a + " environment=" + a, Excerpt: "   1 | " + a + "\n     | ^",
		}
		long := finding
		long.Message = strings.Repeat("word ", 10+i) + a + " ::stop-commands::x ##[stop-commands]x :: ::debug::z"
		long.Example, long.Fix = long.Message, long.Message
		f.Findings = append(f.Findings, finding, long)
		f.Ignored = append(f.Ignored, check.Ignored{Finding: finding, Reason: a})
		f.NotChecked = append(f.NotChecked, check.NotChecked{Rule: "prefix-confusion", Subject: a, Reason: long.Message})
	}
	f.Shown = f.Findings
	return f
}

// S2 S27: what is shown of a policy gives neither a runner nor a terminal an
// order, in any format and at any width, and only the annotations are commands.
func TestS27HostileFindings(t *testing.T) {
	for _, format := range render.FindingsFormats {
		for _, width := range []int{20, 40, 80, 200} {
			var b strings.Builder
			if err := format.Write(&b, render.NewStyle(io.Discard, false, width), hostile()); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			if at := strings.IndexFunc(text, func(r rune) bool {
				return r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || strings.ContainsRune("\u202e\u2028\u200b", r))
			}); at >= 0 {
				t.Errorf("%s shows %q", format.Name, text[max(0, at-20):at+5])
			}
			checkRunner(t, fmt.Sprintf("%s at %d", format.Name, width), text, format.Name == "github")
		}
	}
}

// checkRunner feeds text to a runner, which must obey nothing but annotations.
func checkRunner(t *testing.T, what, text string, annotations bool) {
	t.Helper()
	runner := &fake.Runner{Debug: true}
	runner.Write(text)
	annotated := len(runner.Annotations)
	runner.Write("::notice::commands are obeyed")
	if len(runner.Masks()) > 0 || len(runner.Annotations) != annotated+1 || (annotated > 0) != annotations {
		t.Errorf("%s: the runner obeys masks %q and %d annotations", what, runner.Masks(), annotated)
	}
	for line := range strings.Lines(text) {
		annotation := annotations && annotates.MatchString(line)
		if strings.HasPrefix(strings.TrimSpace(line), "::") && !annotation {
			t.Errorf("%s: the runner obeys %q", what, line)
		}
	}
}

// annotates is a line that annotates and does nothing else; the properties cannot
// be left.
var annotates = regexp.MustCompile(`^::(error|warning|notice) (file=[^,:]*,)?(line=\d+,col=1,)?title=autoken%3A prefix-confusion::[^\r]*\n$`)

// S2 S27: in a comment on a pull request, foreign text makes no markup.
func TestS27HostileComment(t *testing.T) {
	text := show(t, "markdown", hostile())
	for _, active := range []string{"<script", "</td>", "](http", "https://", "\n## ", "\n| a"} {
		if strings.Contains(withoutCode(text), active) {
			t.Errorf("the comment has %q:\n%s", active, text)
		}
	}
	rows := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| ") {
			rows++
			if n := strings.Count(withoutCode(line), "|"); n != 4 {
				t.Errorf("%d bars in the row %s", n, line)
			}
		}
	}
	if want := len(hostile().Findings) + 1; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
}

// withoutCode removes code spans, in which nothing is active but a bar.
func withoutCode(text string) string {
	for _, span := range regexp.MustCompile("(`+)").FindAllString(text, -1) {
		text = removeSpans(text, span)
	}
	return text
}

func removeSpans(text, fence string) string {
	parts := strings.Split(text, fence)
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		if strings.Contains(part, "|") || strings.Contains(part, "\n") {
			fmt.Fprint(&b, part)
		}
	}
	return b.String()
}

// S2 S27: whatever stands in a finding, no format gives a runner an order but to
// annotate, and JSON and SARIF are JSON.
func FuzzFindings(f *testing.F) {
	for _, text := range []string{"a b", "::stop-commands::x", "## [x", "a ##", "\n::x::", "a\r::add-mask::b", "]( ![", "\x1b[2J", "%0A::x::", "<!--", "`|`", "\u202e"} {
		f.Add(text, "[stop-commands]"+text, uint(20))
	}
	f.Fuzz(func(t *testing.T, a, b string, width uint) {
		finding := check.Finding{Rule: "prefix-confusion", Severity: check.Medium, Pos: check.Pos{File: a, Line: 1, Col: 1}, Subject: b, Message: a + " " + b, Fix: b + "\n" + a, Example: b, Excerpt: a + "\n" + b}
		report := check.Report{
			Findings: []check.Finding{finding}, Ignored: []check.Ignored{{Finding: finding, Reason: a}},
			NotChecked: []check.NotChecked{{Rule: "bypass-grant", Subject: a, Reason: b}},
		}
		for _, format := range render.FindingsFormats {
			var out strings.Builder
			style := render.NewStyle(io.Discard, false, int(20+width%100))
			if err := format.Write(&out, style, render.Findings{Report: report, Shown: report.Findings, Command: "autoken policy lint"}); err != nil {
				t.Fatal(err)
			}
			checkRunner(t, format.Name, out.String(), format.Name == "github")
			if isJSON := format.Name == "json" || format.Name == "sarif"; isJSON && !json.Valid([]byte(out.String())) {
				t.Errorf("%s is no JSON: %s", format.Name, out.String())
			}
		}
	})
}
