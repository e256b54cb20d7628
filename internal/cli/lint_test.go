package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/render"
)

const hostilePolicy = `version: 1
include: ["*.yaml"]
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: "1342004"}}
connections: {s: sonarqube}
teams: {t: {owner: "::add-mask::a ##[stop-commands]x", may: {issuer: gh, repository_id: "1", connections: [s]}}}
"::stop-commands::x": 1
"a ##[stop-commands]x": $(curl evil)
grants:
  - id: g
    owner: "@everyone | <script>alert(1)</script> [x](https://evil.example)"
    issuer: gh
    match: {repository: {glob: "acme/pay##[stop-commands]*"}, ref: "refs/heads/` + "`id`" + `$(id)", event_name: ["::debug::x", issues], environment: "\e]0;x\a ::error::y"}
    credential: {connection: s, project: "::add-mask::z", permissions: [scan]}
ignore:
  - {rule: dangerous-event, grant: g, reason: "::stop-commands::x ##[stop-commands]x @everyone"}
  - {rule: "##[stop-commands]x", grant: "::x", reason: "::add-mask::b"}
`

// S2 S27: names of files, folders and branches and every text of a policy are
// shown in every format, on both streams and in files, and give no orders.
func TestS27LintShowsHostileNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "p ##[stop-commands]x $(id) `id` 'q' \"r\"")
	files := map[string]string{
		"autoken.policy.yaml": hostilePolicy, "::add-mask::c.yaml": "version: 1\nteam: ##[x]\n", "\x1b]0;gone\x07\u202e.yaml": "version: 1\nteam: t\ngrant: 1\n",
	}
	for name, text := range files {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Skip("this system has no such names: ", err)
		}
	}
	out := t.TempDir()
	for _, format := range render.FindingsFormats {
		args := []string{"policy", "lint", "--format", format.Name, dir}
		if format.Extension != "" {
			args = append(args, "-o", filepath.Join(out, "report"+format.Extension))
		}
		stdout, stderr := runHostile(t, args)
		obeysNothing(t, format.Name+" stdout", stdout)
		obeysNothing(t, format.Name+" stderr", stderr)
		if format.Name != "github" && strings.Contains("\n"+stdout, "\n::") {
			t.Errorf("%s annotates", format.Name)
		}
		if !strings.Contains(stdout, "unknown-key") {
			t.Errorf("%s lacks a finding:\n%s", format.Name, stdout)
		}
	}
	for _, name := range []string{"report.txt", "report.json", "report.sarif", "report.md"} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		obeysNothing(t, name, string(text))
	}
	for _, args := range [][]string{
		{"policy", "lint", filepath.Join(dir, "::add-mask::c.yaml")},
		{"policy", "lint", dir + "/##[stop-commands]x"},
		{"policy", "lint", "--base", "##[stop-commands]x", dir},
		{"policy", "lint", "--rule", "::add-mask::x", dir},
		{"policy", "lint", "-o", "##[stop-commands]x\n::add-mask::x", dir},
	} {
		_, stderr := runHostile(t, args)
		obeysNothing(t, strings.Join(args, " "), stderr)
	}
}

func runHostile(t *testing.T, args []string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Now: time.Now, Started: time.Now(),
		Environ: append(os.Environ(), "GITHUB_EVENT_NAME=pull_request", "GITHUB_BASE_REF=##[stop-commands]x\n::add-mask::x"),
		Notify:  func(chan<- os.Signal, ...os.Signal) {}, Terminal: func(any) (int, bool) { return 0, false }, Protect: func() {},
	}
	if code := app.Run(context.Background(), args); code != ExitFindings && code != ExitUsage {
		t.Errorf("%q: exit code %d", args, code)
	}
	return out.String(), errs.String()
}

// obeysNothing feeds text to a runner, which must do nothing but annotate, and
// looks for what a terminal would obey.
func obeysNothing(t *testing.T, what, text string) {
	t.Helper()
	runner := &fake.Runner{Debug: true}
	runner.Write(text)
	before := len(runner.Annotations)
	runner.Write("::notice::commands are obeyed")
	if len(runner.Annotations) != before+1 || len(runner.Masks()) > 0 {
		t.Errorf("%s: the runner obeyed, masks %q:\n%s", what, runner.Masks(), text)
	}
	if strings.ContainsAny(text, "\x1b\x07\r\u202e") {
		t.Errorf("%s steers a terminal: %q", what, text)
	}
}

// What -o writes is what its name says, and what the schemas say.
func TestLintFiles(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "autoken.policy.yaml"), []byte("version: 1\nissuer: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"policy", "lint", "--top", "1", dir}
	for _, name := range []string{"a.JSON", "b.sarif", "c.md", "d.txt"} {
		args = append(args, "-o", filepath.Join(out, name))
	}
	shown := runApp(t, nil, ExitFindings, args...)
	texts := map[string]string{}
	for name, want := range map[string]string{"a.JSON": `"rule": "unknown-key"`, "b.sarif": `"ruleId": "unknown-key"`, "c.md": "### autoken policy lint: 1 error", "d.txt": shown} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s, %v: %s", name, err, text)
		}
		texts[name] = string(text)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(texts["a.JSON"]))
	if err == nil {
		err = formatOf(t, "findings").rules.Validate(doc)
	}
	if err != nil {
		t.Error(err)
	}
}

// Filters change what is shown, never the exit code; the limit alone does that.
func TestLintExitCode(t *testing.T) {
	bad := t.TempDir()
	if err := os.WriteFile(filepath.Join(bad, "autoken.policy.yaml"), []byte("version: 1\nissuer: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range render.FindingsFormats {
		for _, filter := range [][]string{nil, {"--rule", "syntax"}, {"--severity", "error", "--top", "1"}, {"--fail-on", "error"}, {"--fail-on", "info", "--sort", "file"}} {
			runApp(t, nil, ExitFindings, append(filter, "policy", "lint", "--format", format.Name, bad)...)
		}
		runApp(t, nil, ExitDone, "policy", "lint", "--format", format.Name, "--fail-on", "never", bad)
		runApp(t, []string{"AUTOKEN_FORMAT=" + format.Name}, ExitFindings, "policy", "lint", bad)
	}
}
