package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/demo"
	"github.com/autoken/autoken/internal/doctor"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/issuer"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/secret"
	"github.com/autoken/autoken/internal/session"
)

const draft7 = "http://json-schema.org/draft-07/schema#"

// format is one schema as "autoken schema" prints it.
type format struct {
	name  string
	top   map[string]any
	rules *jsonschema.Schema
}

func formatOf(t *testing.T, name string) format {
	t.Helper()
	text, _ := runApp(t, nil, ExitDone, "schema", name)
	top, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, top); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	rules, err := c.Compile(name)
	if err != nil {
		t.Fatalf("%s is no schema of draft-07: %v", name, err)
	}
	return format{name, top.(map[string]any), rules}
}

// fits validates what v is as JSON.
func (f format) fits(t *testing.T, v any) error {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f.rules.Validate(doc)
}

// runApp runs a command line and returns what it wrote.
func runApp(t *testing.T, env []string, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: env, Now: time.Now, Started: time.Now(),
		Notify: func(chan<- os.Signal, ...os.Signal) {}, Terminal: func(any) (int, bool) { return 0, false }, Protect: func() {},
	}
	if got := app.Run(context.Background(), args); got != code {
		t.Fatalf("autoken %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// eachProperty visits every property of a schema with the path that leads to it.
func eachProperty(node any, path string, visit func(path string, property map[string]any)) {
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			if key == "properties" {
				for name, property := range value.(map[string]any) {
					visit(path+"/"+name, property.(map[string]any))
				}
			}
			eachProperty(value, path+"/"+key, visit)
		}
	case []any:
		for _, item := range n {
			eachProperty(item, path, visit)
		}
	}
}

func TestSchemasExplainThemselves(t *testing.T) {
	want := []string{"broker", "config", "decision", "doctor", "error", "explain", "findings", "login", "whoami"}
	for _, name := range want {
		f := formatOf(t, name)
		if f.top["$schema"] != draft7 || f.top["title"] == nil || f.top["description"] == nil {
			t.Errorf("%s lacks its draft, a title or a description", name)
		}
		eachProperty(f.top, name, func(path string, property map[string]any) {
			if property["description"] == nil && property["$ref"] == nil {
				t.Errorf("%s has no description", path)
			}
		})
	}
	if missing := slices.DeleteFunc(want, func(name string) bool { return slices.Contains(schemas(), name) }); len(missing) > 0 {
		t.Errorf("autoken schema does not list %v", missing)
	}
}

// output is a format that autoken writes: its struct, and an example with
// every field set, made by the code that writes it.
type output struct {
	schema string
	shape  any
	full   func(t *testing.T) any
}

var (
	moment  = time.Date(2026, 11, 23, 14, 32, 7, 0, time.UTC)
	place   = check.Pos{File: "policy/teams/payments.yaml", Line: 14, Col: 7}
	sum     = "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
	outputs = []output{
		{"login", loginJSON{}, func(*testing.T) any {
			return loginReport(&session.Held{
				Bound: []session.Bound{{
					Credential: credential.Credential{
						Grant: "payments/sonar", Platform: "sonarqube", Expires: moment, PlatformExpires: moment.Add(time.Hour),
						DecisionID: "d7k2m9x4q7t1", Warning: "the group was just made",
					},
					Vars: []credential.Var{{Name: "SONAR_TOKEN", Value: secret.New("squ_53cr3t")}, {Name: "SONAR_HOST_URL", Plain: true}},
				}},
				Decisions: []exchange.Decision{{Grant: "payments/sonar", Platform: "sonarqube", Owner: "@acme/payments", ID: "d7k2m9x4q7t1", Allowed: true}},
				Tries:     2,
			})
		}},
		{"whoami", whoamiJSON{}, func(*testing.T) any {
			return whoamiJSON{1, identity.Claims{"sub": "repo:acme/payments", "run_attempt": json.Number("1"), "aud": []any{"a"}, "fork": false}}
		}},
		{"doctor", doctorJSON{}, func(*testing.T) any {
			return doctorJSON{1, []doctor.Check{{Name: "clock", State: doctor.Trouble, Detail: "2 m ahead", Fix: "set the clock"}}}
		}},
		{"error", errorJSON{}, func(*testing.T) any {
			return errorReport(&denial{headline: "denied", hint: "run on push", refusal: &exchange.Refusal{
				Kind: fault.Denied, DecisionID: "d7k2m9x4q7t1", Owner: "@acme/payments",
				Failed: []exchange.Condition{{Name: "match.ref", Actual: "refs/pull/42/merge"}}, Grants: []string{"payments/publish"},
			}})
		}},
		{"findings", findingsJSON{}, func(*testing.T) any {
			return findingsJSON{1, []check.Finding{{
				Rule: "ref-spelling", Severity: check.Error, Pos: place, Subject: "grant payments/sonar", Message: "this ref never matches", Fix: "write refs/heads/main",
			}}}
		}},
		{"explain", explainJSON{}, func(*testing.T) any {
			return explainJSON{1, "payments/sonar", true, true, []policy.Condition{{Name: "match.ref", Passed: true, Want: "refs/heads/main", Actual: "refs/heads/main", Pos: place}}}
		}},
		{"decision", record.Record{}, fullRecord},
	}
)

func fullRecord(t *testing.T) any {
	t.Helper()
	var line bytes.Buffer
	err := record.NewLog(&line).Write(record.Record{
		Time: moment, Event: record.Exchange, DecisionID: "d7k2m9x4q7t1", Instance: "acme-prod", Dev: true, PolicyHash: "9b31e0c",
		Outcome: string(record.Allow), Reason: "rate limit", Failed: []string{"match.ref"}, DryRun: true, Grants: []string{"payments/sonar"},
		Protocol: "token-exchange", RequestID: strings.Repeat("0", 32), Client: "192.0.2.7", Issuer: "gh", Claims: identity.Claims{"ref": "refs/heads/main"},
		ActorIs: record.FirstAttempt, Unverified: map[string]any{"iss": "https://issuer.example"}, Milliseconds: 12.5,
		Credentials: []record.Credential{{
			Grant: "payments/sonar", Platform: "sonarqube", Connection: "sonar-prod", TokenID: "t1", SHA256: sum, LeaseSHA256: sum,
			Expires: &moment, PlatformExpires: &moment, Outcome: string(credential.Revoked),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return json.RawMessage(line.Bytes())
}

// The struct's fields are the schema's properties, and those that are always
// written are required.
func TestSchemasFitTheirStructs(t *testing.T) {
	for _, o := range outputs {
		sameShape(t, o.schema, reflect.TypeOf(o.shape), formatOf(t, o.schema).top)
	}
}

func sameShape(t *testing.T, path string, typ reflect.Type, node map[string]any) {
	t.Helper()
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		if typ.Kind() == reflect.Slice {
			node, _ = node["items"].(map[string]any)
		}
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() {
		return
	}
	properties, _ := node["properties"].(map[string]any)
	var names, always []string
	for field := range typ.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		names = append(names, name)
		if options == "" {
			always = append(always, name)
		}
		property, _ := properties[name].(map[string]any)
		sameShape(t, path+"."+name, field.Type, property)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(names)), slices.Sorted(maps.Keys(properties))); diff != "" {
		t.Errorf("%s: the struct's fields and the schema's properties differ:\n%s", path, diff)
	}
	var required []string
	for _, name := range list(node["required"]) {
		required = append(required, name.(string))
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(always)), slices.Sorted(slices.Values(required))); diff != "" {
		t.Errorf("%s: what is always written and what is required differ:\n%s", path, diff)
	}
}

func list(v any) []any {
	items, _ := v.([]any)
	return items
}

// A full example fits. One without a required field, or with a value of another
// type anywhere, does not.
func TestSchemasRefuse(t *testing.T) {
	for _, o := range outputs {
		f := formatOf(t, o.schema)
		var doc any
		remarshal(t, o.full(t), &doc)
		if err := f.fits(t, doc); err != nil {
			t.Errorf("%s: %v", o.schema, err)
		}
		spoil(t, f, f.top, doc, func(what string) {
			if f.fits(t, doc) == nil {
				t.Errorf("%s fits with %s", o.schema, what)
			}
		})
	}
}

// spoil changes one thing of node after the other, tries, and puts it back.
func spoil(t *testing.T, f format, schema map[string]any, node any, try func(what string)) {
	t.Helper()
	if items, ok := node.([]any); ok && len(items) > 0 {
		inner, _ := schema["items"].(map[string]any)
		spoil(t, f, inner, items[0], try)
		return
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		fields := node.(map[string]any)
		value, set := fields[name]
		if !set {
			t.Errorf("the full example of %s does not set %s", f.name, name)
		}
		if slices.Contains(list(schema["required"]), any(name)) {
			delete(fields, name)
			try("no " + name)
		}
		fields[name] = []any{[]any{}}
		try("a list of lists as " + name)
		fields[name] = value
		spoil(t, f, property.(map[string]any), value, try)
	}
}

func remarshal(t *testing.T, from, into any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The closed lists of words are those of the code.
func TestSchemasListTheWords(t *testing.T) {
	var severities []any
	for s := check.Info; s <= check.Error; s++ {
		severities = append(severities, s.String())
	}
	outcomes := words(credential.Outcomes)
	exchanges := words([]record.Outcome{record.Allow, record.Deny, record.WouldAllow, record.Refuse, record.Fail})
	for _, c := range []struct {
		schema, path string
		want         []any
	}{
		{"error", "error/kind", words(fault.Kinds)},
		{"findings", "findings/severity", severities},
		{"doctor", "checks/state", words([]doctor.State{doctor.Fine, doctor.Trouble, doctor.Unchecked})},
		{"decision", "outcome", append(exchanges, outcomes...)},
		{"decision", "credentials/outcome", outcomes},
		{"decision", "actor_is", []any{record.FirstAttempt}},
		{"decision", "event", words([]record.Event{record.Exchange, record.Revoke, record.Undelivered, record.Policy, record.Start, record.Stop})},
	} {
		node := formatOf(t, c.schema).top
		for name := range strings.SplitSeq(c.path, "/") {
			if items, ok := node["items"].(map[string]any); ok {
				node = items
			}
			node, _ = node["properties"].(map[string]any)[name].(map[string]any)
		}
		if diff := cmp.Diff(c.want, list(node["enum"])); diff != "" {
			t.Errorf("%s %s: %s", c.schema, c.path, diff)
		}
	}
}

func words[T ~string](all []T) []any {
	var texts []any
	for _, word := range all {
		texts = append(texts, string(word))
	}
	return texts
}

// What the commands and a broker really write fits.
func TestSchemasFitRealOutput(t *testing.T) {
	var log bytes.Buffer
	world, err := demo.Start(t.Context(), time.Now, &log)
	if err != nil {
		t.Fatal(err)
	}
	push, pull := stepOf(t, world, world.Push), stepOf(t, world, world.Pull)
	bad := filepath.Join(t.TempDir(), policy.FileName)
	claims := filepath.Join(t.TempDir(), "claims.json")
	if err := os.WriteFile(bad, []byte("version: 1\ngrant: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	who, _ := runApp(t, push, ExitDone, "whoami", "--format", "json")
	if err := os.WriteFile(claims, []byte(who), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		schema string
		env    []string
		code   int
		args   []string
	}{
		{"whoami", push, ExitDone, []string{"whoami"}},
		{"login", push, ExitDone, []string{"login", "--grant", demo.Grant}},
		{"login", push, ExitDone, []string{"login", "--grant", demo.Grant, "--dry-run"}},
		{"error", pull, ExitDenied, []string{"login", "--grant", demo.Grant}},
		{"error", push, ExitDenied, []string{"login", "--grant", "demo/nothing"}},
		{"doctor", push, ExitDone, []string{"doctor", "--grant", demo.Grant}},
		{"doctor", nil, ExitFindings, []string{"doctor"}},
		{"findings", nil, ExitDone, []string{"policy", "lint", "--dev", world.PolicyDir()}},
		{"findings", nil, ExitFindings, []string{"policy", "lint", bad}},
		{"explain", nil, ExitDone, []string{"policy", "explain", "--dev", "--grant", demo.Grant, "--claims", claims, world.PolicyDir()}},
	} {
		out, _ := runApp(t, c.env, c.code, append(c.args, "--format", "json")...)
		if err := formatOf(t, c.schema).fits(t, json.RawMessage(out)); err != nil {
			t.Errorf("%v: %v\n%s", c.args, err, out)
		}
	}
	runApp(t, push, ExitDone, "logout")
	world.Stop()
	recordsFit(t, log.String())
}

func recordsFit(t *testing.T, log string) {
	t.Helper()
	seen := map[any]bool{}
	f := formatOf(t, "decision")
	for line := range strings.Lines(log) {
		if err := f.fits(t, json.RawMessage(line)); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
		var r record.Record
		remarshal(t, json.RawMessage(line), &r)
		seen[r.Event], seen[r.Outcome] = true, true
	}
	for _, want := range []any{record.Start, record.Policy, record.Exchange, record.Revoke, record.Stop, "allow", "deny", "revoked"} {
		if !seen[want] {
			t.Errorf("no record tells of %v:\n%s", want, log)
		}
	}
}

// stepOf is the environment of one step of a job.
func stepOf(t *testing.T, world *demo.World, job issuer.Job) []string {
	t.Helper()
	dir := t.TempDir()
	env := []string{
		"GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/payments", "GITHUB_RUN_ID=8812", "GITHUB_RUN_ATTEMPT=1", "RUNNER_TEMP=" + dir,
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + job.RequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + job.RequestToken.Reveal(), "AUTOKEN_BROKER=" + world.Broker,
	}
	for _, name := range []string{"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+file)
	}
	return env
}

