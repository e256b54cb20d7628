package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
	"github.com/autoken/autoken/internal/record"
)

// fullProof is a report of everything, made by the code that makes it.
func fullProof(t *testing.T) any {
	t.Helper()
	dir := writePolicy(t, testedPolicyText+`  - {name: no such fixture, from: github/pushh, request: {grant: loose}, expect: allow}
  - {name: fails, from: github/fork, request: {grant: loose}, expect: allow}
`)
	app := &App{Now: func() time.Time { return exampleTime }}
	v, err := app.versionAt(dir, policy.Options{Dev: true})
	if err != nil {
		t.Fatal(v.Findings, err)
	}
	full := app.prove(v, v.Policy.Tests, testQuestion{coverage: true, nearMiss: true}).json()
	byOutcome := map[string]proofItem{}
	for _, i := range full.Results {
		byOutcome[i.Outcome] = i
	}
	item := byOutcome[string(proof.Failed)] // no item has it all
	item.Failed = slices.DeleteFunc(item.Failed, func(c policy.Condition) bool { return c.Actual == "" || c.Pos.Line == 0 })
	item.Fix, item.Tests, item.Example = byOutcome[string(proof.Broken)].Fix, byOutcome["missing"].Tests, byOutcome[string(proof.Survived)].Example
	full.Results = []proofItem{item}
	return full
}

func fullReplay(t *testing.T) any {
	t.Helper()
	return replayReport(&proof.Replay{
		Same: 1, Skipped: 2, More: 4, Unread: record.Unread{All: 3, Lines: []record.BadLine{{Line: 7, Reason: "no JSON"}}},
		Changes: []proof.Change{{
			Grant: "payments/sonar", Before: record.Allow, Failed: []string{"match.ref"}, Job: "repository=acme/payments", Decision: "d7k2m9x4q7t1", Line: 8, Times: 9,
		}},
	})
}

const testedPolicyText = `version: 1
issuers: {gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a, require: {repository_owner_id: "65"}}}
connections: {box: sandbox}
grants:
  - {id: loose, issuer: gh, match: {repository_id: "456789", ref: {glob: "refs/heads/**"}}, credential: {connection: box}}
tests:
  - {name: push, from: github/push, request: {grant: loose}, expect: allow}
`

func writePolicy(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, policy.FileName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// policyTest runs the command as somebody would, at a known time.
func policyTest(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Now: func() time.Time { return exampleTime }, Started: exampleTime,
		Notify: func(chan<- os.Signal, ...os.Signal) {}, Terminal: func(any) (int, bool) { return 0, false }, Protect: func() {},
	}
	code = app.Run(context.Background(), append([]string{"policy", "test", "--dev"}, args...))
	return code, out.String(), errs.String()
}

// S2: whatever tests, claims and conditions are called, no output gives a runner
// or a terminal an order, in no format.
func TestS2PolicyTestWithHostileNames(t *testing.T) {
	hostile := `::add-mask::x ##[stop-commands]y ##vso[task.complete]z 🤖 ` + strings.Repeat("word ", 14) + "::error::w <b>&]]>"
	dir := writePolicy(t, strings.ReplaceAll(testedPolicyText, "tests:\n", "tests:\n  - {name: "+quoted1(hostile)+", from: github/push, set: {ref: "+quoted1(hostile)+"}, request: {grant: loose}, expect: allow}\n  - {name: two, from: "+quoted1(hostile[:60])+", request: {grant: "+quoted1(hostile[:60])+"}, expect: allow}\n"))
	log := filepath.Join(dir, "log")
	line := `{"event":"exchange","outcome":"allow","grants":[` + quoted1(hostile) + `],"decision_id":` + quoted1(hostile) + `,"claims":{"iss":"x","repository":` + quoted1(hostile) + `}}` + "\n" + hostile
	if err := os.WriteFile(log, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--coverage", "--near-miss"}, {"--format", "json"}, {"--format", "junit"}, {"--format", "github"}, {"--replay", log}, {"--replay", log, "--format", "json"}, {"--run", hostile + "no"},
	} {
		_, stdout, stderr := policyTest(t, append(args, dir)...)
		for out := range strings.Lines(stdout + stderr) {
			// An annotation's text ends with its line.
			isOurs := args[len(args)-1] == "github" && strings.HasPrefix(out, "::error file=") && !strings.Contains(out, "##[") && !strings.Contains(out, "##vso[")
			if !isOurs && (strings.HasPrefix(strings.TrimSpace(out), "::") || strings.Contains(out, "##[") || strings.Contains(out, "##vso[")) {
				t.Errorf("%v: %q", args, out)
			}
		}
	}
}

func quoted1(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

// -o writes the format that the file's name says beside what stdout shows.
func TestPolicyTestWritesFiles(t *testing.T) {
	dir := writePolicy(t, testedPolicyText)
	asXML, asJSON := filepath.Join(dir, "results.xml"), filepath.Join(dir, "results.json")
	code, stdout, stderr := policyTest(t, "--coverage", "--near-miss", "-o", asXML, "-o", asJSON, dir)
	if code != ExitFindings || !strings.Contains(stdout, "1 test: 1 passed; coverage: 1 of 5") {
		t.Fatalf("%d\n%s%s", code, stdout, stderr)
	}
	var suites struct {
		Suites []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				File    string  `xml:"file,attr"`
				Failure *string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	text, err := os.ReadFile(asXML)
	if err == nil {
		err = xml.Unmarshal(text, &suites)
	}
	if err != nil || len(suites.Suites) != 3 || len(suites.Suites[1].Cases) != 1 || suites.Suites[1].Cases[0].Failure == nil {
		t.Errorf("%v %+v", err, suites)
	}
	var got proofJSON
	if text, err = os.ReadFile(asJSON); err == nil {
		err = json.Unmarshal(text, &got)
	}
	if err != nil || got.Passed || got.Coverage.Good != 1 || got.NearMisses.All <= got.NearMisses.Good || got.Results[0].Pos.File != filepath.Join(dir, policy.FileName) {
		t.Errorf("%v %+v", err, got)
	}
	if code, _, stderr = policyTest(t, "-o", "x.sarif", dir); code != ExitUsage || !strings.Contains(stderr, ".xml, .json") {
		t.Errorf("%d %s", code, stderr)
	}
}

// The real output fits its schema.
func TestPolicyTestFitsItsSchema(t *testing.T) {
	dir := writePolicy(t, testedPolicyText)
	for _, args := range [][]string{nil, {"--coverage"}, {"--near-miss"}, {"--coverage", "--near-miss"}} {
		_, stdout, _ := policyTest(t, append(args, "--format", "json", dir)...)
		if err := formatOf(t, "policy-test").fits(t, json.RawMessage(stdout)); err != nil {
			t.Errorf("%v: %v\n%s", args, err, stdout)
		}
	}
	fixture, _ := identity.LookupFixture("github/fork")
	fixture.Claims["iss"] = "https://token.actions.githubusercontent.com"
	var log bytes.Buffer
	if err := record.NewLog(&log).Write(record.Record{Event: record.Exchange, Outcome: "allow", Grants: []string{"loose"}, Claims: fixture.Claims}); err != nil {
		t.Fatal(err)
	}
	log.WriteString("not JSON\n")
	name := filepath.Join(dir, "log")
	if err := os.WriteFile(name, log.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := policyTest(t, "--replay", name, "--format", "json", dir)
	if err := formatOf(t, "policy-replay").fits(t, json.RawMessage(stdout)); err != nil || code != ExitFindings {
		t.Errorf("%d %v\n%s", code, err, stdout)
	}
}
