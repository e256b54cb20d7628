package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/doctor"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/proof"
	"github.com/autoken/autoken/internal/record"
)

const draft7 = "http://json-schema.org/draft-07/schema#"

// format is one schema as "autoken schema" prints it.
type schemaFormat struct {
	name  string
	top   map[string]any
	rules *jsonschema.Schema
}

func formatOf(t *testing.T, name string) schemaFormat {
	t.Helper()
	text := runApp(t, nil, ExitDone, "schema", name)
	top, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	c := jsonschema.NewCompiler()
	if err = c.AddResource(name, top); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	rules, err := c.Compile(name)
	if err != nil {
		t.Fatalf("%s is no schema of draft-07: %v", name, err)
	}
	return schemaFormat{name, top.(map[string]any), rules}
}

// fits validates what v is as JSON.
func (f schemaFormat) fits(t *testing.T, v any) error {
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

// runApp runs a command line and returns what it wrote to stdout.
func runApp(t *testing.T, env []string, code int, args ...string) (stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: env, Now: time.Now, Started: time.Now(),
		Notify: func(chan<- os.Signal, ...os.Signal) {}, Terminal: func(any) (int, bool) { return 0, false }, Protect: func() {},
	}
	if got := app.Run(context.Background(), args); got != code {
		t.Fatalf("autoken %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), errs.String())
	}
	return out.String()
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
	want := []string{"broker", "claims", "config", "decision", "diff", "doctor", "error", "explain", "findings", "kill", "list", "login", "policy", "policy-replay", "policy-test", "rules", "suggest", "team", "tests", "whoami"}
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

// The struct's fields are the schema's properties, and those that are always
// written are required.
func TestSchemasFitTheirStructs(t *testing.T) {
	for _, o := range writtenFormats {
		compareShape(t, o.schema, reflect.TypeOf(o.shape), formatOf(t, o.schema).top)
	}
}

func compareShape(t *testing.T, path string, typ reflect.Type, node map[string]any) {
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
	for _, field := range reflect.VisibleFields(typ) {
		if field.Anonymous {
			continue // its fields are visible themselves
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		names = append(names, name)
		if options == "" {
			always = append(always, name)
		}
		property, _ := properties[name].(map[string]any)
		compareShape(t, path+"."+name, field.Type, property)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(names)), slices.Sorted(maps.Keys(properties))); diff != "" {
		t.Errorf("%s: the struct's fields and the schema's properties differ:\n%s", path, diff)
	}
	var required []string
	for _, name := range listAt(node["required"]) {
		required = append(required, name.(string))
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(always)), slices.Sorted(slices.Values(required))); diff != "" {
		t.Errorf("%s: what is always written and what is required differ:\n%s", path, diff)
	}
}

func listAt(v any) []any {
	items, _ := v.([]any)
	return items
}

// A full example fits. One without a required field, or with a value of another
// type anywhere, does not. Fields may be added.
func TestSchemasRefuse(t *testing.T) {
	for _, o := range writtenFormats {
		f := formatOf(t, o.schema)
		var doc any
		throughJSON(t, o.full(t), &doc)
		doc.(map[string]any)["added_later"] = 1
		if err := f.fits(t, doc); err != nil {
			t.Errorf("%s: %v", o.schema, err)
		}
		spoilEach(t, f, f.top, doc, func(what string) {
			if f.fits(t, doc) == nil {
				t.Errorf("%s fits with %s", o.schema, what)
			}
		})
	}
}

// spoilEach changes one thing of node after the other, tries, and puts it back.
func spoilEach(t *testing.T, f schemaFormat, schema map[string]any, node any, try func(what string)) {
	t.Helper()
	if items, ok := node.([]any); ok && len(items) > 0 {
		inner, _ := schema["items"].(map[string]any)
		spoilEach(t, f, inner, items[0], try)
		return
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		fields := node.(map[string]any)
		value, set := fields[name]
		if !set {
			t.Errorf("the full example of %s does not set %s", f.name, name)
		}
		if slices.Contains(listAt(schema["required"]), any(name)) {
			delete(fields, name)
			try("no " + name)
		}
		fields[name] = []any{[]any{}}
		try("a list of lists as " + name)
		fields[name] = value
		spoilEach(t, f, property.(map[string]any), value, try)
	}
}

func throughJSON(t *testing.T, from, into any) {
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
	outcomes := wordsOf(credential.Outcomes)
	exchanges := wordsOf([]record.Outcome{record.Allow, record.Deny, record.WouldAllow, record.Refuse, record.Fail})
	for _, c := range []struct {
		schema, path string
		want         []any
	}{
		{"error", "error/kind", wordsOf(fault.Kinds)},
		{"findings", "findings/severity", severities},
		{"findings", "ignored/severity", severities},
		{"diff", "changes/class", wordsOf(compare.Classes)},
		{"rules", "rules/severity", severities},
		{"policy-test", "results/outcome", append(wordsOf([]proof.Outcome{proof.Passed, proof.Failed, proof.Broken}), "missing", string(proof.Intended), string(proof.Survived), "unproven")},
		{"doctor", "checks/state", wordsOf([]doctor.State{doctor.Fine, doctor.Trouble, doctor.Unchecked})},
		{"decision", "outcome", append(exchanges, outcomes...)},
		{"decision", "credentials/outcome", outcomes},
		{"decision", "actor_is", []any{record.FirstAttempt}},
		{"decision", "event", wordsOf([]record.Event{record.Exchange, record.Revoke, record.Undelivered, record.Policy, record.Start, record.Stop})},
	} {
		node := formatOf(t, c.schema).top
		for name := range strings.SplitSeq(c.path, "/") {
			if items, ok := node["items"].(map[string]any); ok {
				node = items
			}
			node, _ = node["properties"].(map[string]any)[name].(map[string]any)
		}
		if diff := cmp.Diff(c.want, listAt(node["enum"])); diff != "" {
			t.Errorf("%s %s: %s", c.schema, c.path, diff)
		}
	}
}

func wordsOf[T ~string](all []T) []any {
	var texts []any
	for _, word := range all {
		texts = append(texts, string(word))
	}
	return texts
}
