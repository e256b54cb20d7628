package cli

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/autoken/autoken/internal/broker"
)

const killExample = `
version: 1
grants: [{id: payments/sonar, reason: the build server was broken into, until: "2027-01-31T12:00:00Z"}]
connections: [{id: jf, reason: rotated}]
issuers: [{id: gh, reason: their keys leaked}]
repository_id: [{id: "456789", reason: taken over}]
project_id: [{id: 7, reason: taken over}]
actor_id: [{id: 583231, reason: left the company}]
`

func killLoads(t *testing.T, doc map[string]any) (bool, string) {
	t.Helper()
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = broker.ParseKill("kill.yaml", text); err != nil {
		return false, err.Error()
	}
	return true, ""
}

// Schema and broker agree on what a kill file is, key by key: one that the broker
// cannot read switches everything off.
func TestSchemaKillAgrees(t *testing.T) {
	f, doc := formatOf(t, "kill"), yamlDoc(t, killExample)
	if says := agree(t, f, killLoads, doc, "nothing changed"); says != "" {
		t.Fatal(says)
	}
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		if f.top["properties"].(map[string]any)[name] == nil {
			t.Errorf("the schema does not know %s", name)
		}
		changed := maps.Clone(doc)
		delete(changed, name)
		agree(t, f, killLoads, changed, "no "+name)
		for _, bad := range []string{"x", "[x]", "[{id: a}]", "[{reason: b}]", "[{id: '', reason: b}]", "[{id: 1, reason: b, now: 1}]", "[{id: -1, reason: b}]", "[{id: 1, reason: b, until: soon}]", "{id: 1}"} {
			maps.Copy(changed, yamlDoc(t, name+": "+bad))
			agree(t, f, killLoads, changed, name+": "+bad)
		}
	}
	says := agree(t, f, killLoads, yamlDoc(t, "grant: []"), "grant: []")
	if _, known, _ := strings.Cut(says, "known: "); known != "grants, connections, issuers, repository_id, project_id, actor_id" {
		t.Errorf("the broker knows %q", known)
	}
}
