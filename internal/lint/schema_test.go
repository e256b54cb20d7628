package lint

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/autoken/autoken/internal/policy"
)

// An editor that has the schemas finds nothing wrong in a good example, and in a
// bad one what can be seen without knowing the rest of the policy.
func TestPagesFitTheSchemas(t *testing.T) {
	main, team := compiled(t, policy.FileSchema()), compiled(t, policy.TeamSchema())
	refused := func(text string) (problem error) {
		files := exampleFS(t, text)
		names, err := fs.Glob(files, "*/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		problem = main.Validate(parsed(t, files, policy.FileName))
		for _, name := range names {
			if problem == nil {
				problem = team.Validate(parsed(t, files, name))
			}
		}
		return problem
	}
	for _, rule := range Rules() {
		page, _ := PageOf(rule.ID)
		if err := refused(page.Good); err != nil {
			t.Errorf("the good example of %s: %v", rule.ID, err)
		}
		visible := slices.Contains([]string{"unknown-key", "missing-key", "bad-value", "empty-list", "version", "unknown-claim", "ref-spelling"}, rule.ID)
		if visible && refused(page.Bad) == nil {
			t.Errorf("the bad example of %s fits the schema", rule.ID)
		}
	}
}

func compiled(t *testing.T, schema map[string]any) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema", plain(t, schema)); err != nil {
		t.Fatal(err)
	}
	ready, err := c.Compile("schema")
	if err != nil {
		t.Fatal(err)
	}
	return ready
}

func plain(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// parsed reads a file as editors do, for which a day is a text. What is no YAML
// for them is an empty map.
func parsed(t *testing.T, files fs.FS, name string) any {
	t.Helper()
	text, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	var doc any
	if yaml.Unmarshal(text, &root) != nil {
		return map[string]any{}
	}
	daysAsText(&root)
	if root.Decode(&doc) != nil {
		return map[string]any{}
	}
	return plain(t, doc)
}

func daysAsText(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && strings.HasSuffix(n.ShortTag(), "timestamp") {
		n.Tag = "!!str"
	}
	for _, inner := range n.Content {
		daysAsText(inner)
	}
}
