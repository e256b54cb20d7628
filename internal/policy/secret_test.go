package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// P-leak: neither what is wrong with a policy nor what it says to people shows a
// secret that stands in it, whichever tool asks.
func TestDraftsShowNoSecrets(t *testing.T) {
	token := "ghp_" + strings.Repeat("a1B2c3D4e5", 4)
	key := "-----BEGIN " + "PRIVATE KEY-----"
	for _, text := range []string{
		"token: " + token,
		"\"password\": \"" + token[4:] + "\"",
		"connections: {jf: " + token + "}",
		"limits: {ttl: {max: " + token + "}}",
		"grants:\n- {id: " + token + "}",
		"grants:\n- {id: a, owner: " + token + ", description: use " + token + ", labels: [" + token + "]}",
		"teams: {a: {owner: " + token + "}}",
		"ignore:\n- {rule: x, reason: " + token + "}",
		"tests:\n- {name: a, why: " + token + "}",
		"labels: [\n" + key + ",\n" + token[4:] + ",\n-----END X-----]\n" + token[4:] + ": x",
	} {
		draft, err := Parse(fstest.MapFS{FileName: {Data: []byte("version: 1\n" + text + "\n")}}, ".", Options{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		shown := ""
		for _, f := range draft.Findings {
			shown += fmt.Sprintf("%+v\n", f)
		}
		for _, what := range []any{draft.Policy.Ignores, draft.Policy.Tests} {
			text, err := json.Marshal(what)
			if err != nil {
				t.Fatal(err)
			}
			shown += string(text)
		}
		for _, g := range draft.Policy.Grants {
			shown += fmt.Sprint(g.Owner, g.Description, g.Labels)
		}
		for _, team := range draft.Policy.Teams {
			shown += team.Owner
		}
		if strings.Contains(shown, token[8:24]) {
			t.Errorf("%s: it shows\n%s", text, shown)
		}
	}
}
