package render_test

import (
	"encoding/json"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	official "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/render"
)

// sarifRules is the schema of SARIF 2.1.0 by OASIS, as the module go-sarif has it
// in a constant. The module's own Validate sees only what its structs can hold.
func sarifRules(t *testing.T) *jsonschema.Schema {
	t.Helper()
	pkg, err := build.Import("github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && text == "" {
			text, err = strconv.Unquote(literal.Value)
		}
		return err == nil
	})
	schema, schemaErr := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil || schemaErr != nil || !strings.Contains(text, "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema") {
		t.Fatalf("that is not the schema: %v %v", err, schemaErr)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err = c.AddResource("sarif", schema); err != nil {
		t.Fatal(err)
	}
	rules, err := c.Compile("sarif")
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func fitsSARIF(rules *jsonschema.Schema, text string) error {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return rules.Validate(doc)
}

// Every report is SARIF 2.1.0 by the official schema, also an empty one and one
// full of attacks, and go-sarif reads all results.
func TestSARIFFitsTheOfficialSchema(t *testing.T) {
	rules := sarifRules(t)
	for name, f := range map[string]render.Findings{"report": report(), "empty": {Command: "autoken policy lint"}, "hostile": hostile(), "many": many(50)} {
		text := show(t, "sarif", f)
		if err := fitsSARIF(rules, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		log, err := official.FromBytes([]byte(text))
		if err != nil || len(log.Runs) != 1 || len(log.Runs[0].Results) != len(f.Findings)+len(f.Ignored) {
			t.Errorf("%s: go-sarif does not read it: %v", name, err)
		}
	}
}

// The validation above would notice: each change makes a document that is none.
func TestSARIFSchemaRefuses(t *testing.T) {
	rules, text := sarifRules(t), show(t, "sarif", report())
	for from, to := range map[string]string{
		`"version": "2.1.0"`:                       `"version": "2.2"`,
		`"level": "error"`:                         `"level": "critical"`,
		`"startLine": 18`:                          `"startLine": 0`,
		`"startColumn": 12`:                        `"startColumn": "12"`,
		`"ruleIndex": 0`:                           `"ruleIndex": -2`,
		`"uri": "policy/teams/payments.yaml"`:      `"uri": "policy/teams/%zz.yaml"`,
		`"kind": "inSource"`:                       `"kind": "comment"`,
		`"executionSuccessful": true`:              `"successful": true`,
		`"columnKind": "unicodeCodePoints"`:        `"columnKind": "characters"`,
		`"autokenFinding/v1": "b391fc0`:            `"autokenFinding/v1": 1, "x": "b391fc0`,
		`"ruleId": "ref-spelling"`:                 `"ruleID": "ref-spelling"`,
		`"fullyQualifiedName": "grant docs"`:       `"fullyQualifiedName": null`,
		`"text": "Why: …"`:                         `"txt": "Why: …"`,
		`"name": "autoken"`:                        `"title": "autoken"`,
		`"justification": "the whole organi`:       `"reason": "the whole organi`,
		`"id": "autoken policy lint/"`:             `"id": 7`,
		`"tags": [`:                                `"tags": ["security", `,
		`"associatedRule": {`:                      `"associatedRule": [], "y": {`,
		`"defaultConfiguration": {`:                `"defaultConfiguration": {"color": "red", `,
		`"message": {`:                             `"message": {"html": "x", `,
		`"uriBaseId": "%SRCROOT%"`:                 `"uriBaseId": {}`,
		"\"suppressions\": [],\n          \"prope": "\"suppressions\": {},\n          \"prope",
	} {
		if !strings.Contains(text, from) {
			t.Errorf("the report has no %s", from)
		} else if fitsSARIF(rules, strings.Replace(text, from, to, 1)) == nil {
			t.Errorf("the schema takes %s", to)
		}
	}
}

// sarifRun is what the tests below look at.
type sarifRun struct {
	Tool struct {
		Driver struct {
			Rules []struct {
				ID   string
				Help struct{ Text, Markdown string }
				Bag  struct {
					Security string `json:"security-severity"`
				} `json:"properties"`
			}
		}
	}
	Results []struct {
		RuleID       string
		RuleIndex    int
		Level        string
		Message      struct{ Text string }
		Fingerprints map[string]string `json:"partialFingerprints"`
		Suppressions []struct{ Kind, Justification string }
		Locations    []struct {
			Physical struct {
				Artifact struct {
					URI  string
					Base string `json:"uriBaseId"`
				} `json:"artifactLocation"`
			} `json:"physicalLocation"`
		}
	}
	Invocations []struct {
		Notifications []struct {
			Level   string
			Message struct{ Text string }
		} `json:"toolExecutionNotifications"`
	}
}

func sarifOf(t *testing.T, f render.Findings) sarifRun {
	t.Helper()
	var log struct{ Runs []sarifRun }
	if err := json.Unmarshal([]byte(show(t, "sarif", f)), &log); err != nil {
		t.Fatal(err)
	}
	return log.Runs[0]
}

func TestSARIFSaysWhatTheReportSays(t *testing.T) {
	run := sarifOf(t, report())
	rules := run.Tool.Driver.Rules
	var levels, numbers []string
	for _, r := range rules {
		numbers = append(numbers, r.Bag.Security)
	}
	for _, r := range run.Results {
		levels = append(levels, r.Level)
		if rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule %d is not %s", r.RuleIndex, r.RuleID)
		}
	}
	if diff := cmp.Diff([]string{"error", "error", "warning", "note", "error"}, levels); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"", "8.0", "5.5", "3.0"}, numbers); diff != "" {
		t.Error(diff)
	}
	if rules[0].Help.Text != "Why: …" || rules[0].Help.Markdown != "**Why**: …" {
		t.Errorf("help: %+v", rules[0].Help)
	}
	if s := run.Results[4].Suppressions; len(s) != 1 || s[0].Kind != "inSource" || s[0].Justification != "the whole organisation may" {
		t.Errorf("the ignored finding: %+v", s)
	}
	if n := run.Invocations[0].Notifications; len(n) != 2 || n[0].Level != "warning" || !strings.Contains(n[0].Message.Text, "not checked: bypass-grant") {
		t.Errorf("notifications: %+v", n)
	}
}

// A finding is recognized when lines above it come or go, and not taken for
// another one.
func TestSARIFFingerprints(t *testing.T) {
	printsOf := func(f render.Findings) (all []string) {
		for _, r := range sarifOf(t, f).Results {
			all = append(all, r.Fingerprints["autokenFinding/v1"])
		}
		return all
	}
	before, moved := printsOf(report()), report()
	for i := range moved.Findings {
		moved.Findings[i].Pos.Line += 9_000
		moved.Findings[i].Message += ", said in other words"
		moved.Findings[i].Excerpt = strings.NewReplacer("  18 | ", "9018 | ", "  31 | ", "9031 | ", "   9 | ", "9009 | ").Replace(moved.Findings[i].Excerpt)
	}
	if diff := cmp.Diff(before[:4], printsOf(moved)[:4]); diff != "" {
		t.Errorf("fingerprints changed with the lines: %s", diff)
	}
	unlike := map[string]func(*check.Finding){
		"rule": func(f *check.Finding) { f.Rule = "no-owner" }, "file": func(f *check.Finding) { f.Pos.File = "x.yaml" }, "subject": func(f *check.Finding) { f.Subject = "grant x" },
		"text": func(f *check.Finding) { f.Excerpt = "  18 |       ref: dev\n     |            ^^^" }, "text beside": func(f *check.Finding) { f.Rule, f.Subject = "ref-spellinggrant", " payments/sonar" },
	}
	for what, change := range unlike {
		f := report()
		change(&f.Findings[0])
		if slices.Contains(printsOf(f), before[0]) {
			t.Errorf("another %s, the same fingerprint", what)
		}
	}
	twice := report()
	twice.Findings = slices.Concat(twice.Findings, twice.Findings)
	all := printsOf(twice)
	slices.Sort(all)
	if len(slices.Compact(all)) != 9 {
		t.Errorf("findings that are alike have one fingerprint: %q", all)
	}
}

func TestSARIFPlaces(t *testing.T) {
	for name, want := range map[string][2]string{
		"policy/a.yaml":      {"policy/a.yaml", "%SRCROOT%"},
		"a b#c?d%e.yaml":     {"a%20b%23c%3Fd%25e.yaml", "%SRCROOT%"},
		"c:d.yaml":           {"c%3Ad.yaml", "%SRCROOT%"},
		"ü/[x]\n.yaml":       {"%C3%BC/%5Bx%5D%0A.yaml", "%SRCROOT%"},
		"/srv/pol icy/a.yml": {"file:///srv/pol%20icy/a.yml", ""},
	} {
		f := render.Findings{Report: check.Report{Findings: []check.Finding{{Rule: "r", Pos: check.Pos{File: name}}}}}
		at := sarifOf(t, f).Results[0].Locations[0].Physical.Artifact
		if got := [2]string{at.URI, at.Base}; got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// S27: a message is text alone; SARIF makes links of "[text](address)".
func TestS27SARIFHasNoLinks(t *testing.T) {
	for _, r := range sarifOf(t, hostile()).Results {
		if strings.Contains(r.Message.Text, "](") {
			t.Errorf("%q has a link", r.Message.Text)
		}
	}
}
