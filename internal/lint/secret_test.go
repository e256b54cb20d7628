package lint

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/autoken/autoken/internal/policy"
)

var madeUp = unwritable.Replace("⟨TOKEN⟩")

// P-leak: wherever a secret stands in a policy, a finding says so and no finding
// shows it.
func TestSecretsAreFoundAndNotShown(t *testing.T) {
	for _, example := range []string{
		"# @\nowner: x\n",
		"@: x\n",
		"owner: @\n",
		"issuer: @\n",
		"expires: @\n",
		"match: {@: x}\n",
		"match: {repository_id: \"1\", ref: @}\n",
		"match: {repository_id: \"1\", ref: {glob: \"refs/(@|b)\"}}\n",
		"match: {repository_id: \"1\", ref: refs/heads/main, event_name: @}\n",
		"match: {repository_id: \"1\", ref: refs/heads/main, workflow: @, environment: \"@\"}\n",
		"credential: {connection: @}\n",
		"credential: {connection: sonar, project: \"@\", permissions: [@]}\n",
		"connections: {sonar: @}\n",
		"tests:\n  - {name: \"@\", from: \"@\", request: {grant: deploy}, expect: deny}\n",
		"ignore:\n  - {rule: @, reason: \"@\"}\n",
		"version: 1\nversion: @\n",
		"owner: \"@\n",
		"version: 1\n  @\n",
	} {
		findings := examine(t, strings.ReplaceAll(example, "@", madeUp))
		leaked, found := false, false
		for _, f := range findings {
			text, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			leaked = leaked || strings.Contains(string(text)+f.Excerpt, madeUp[8:24])
			found = found || f.Rule == "secret-in-policy"
		}
		if leaked || !found {
			t.Errorf("%q: found %v, leaked %v: %v", example, found, leaked, findings)
		}
	}
}

// P-leak: nor does the reason of what is ignored.
func TestReasonsShowNoSecrets(t *testing.T) {
	text := strings.Replace(alike(0), "event_name: push}, credential: {connection: jf, groups: [b]}}\n",
		"event_name: push}, credential: {connection: jf, groups: [b]}} # autoken: ignore[bypass-grant] for "+madeUp+"\n", 1)
	draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if ignored := Run(draft, Options{}).Ignored; len(ignored) != 1 || ignored[0].Reason != "for ***" {
		t.Errorf("%+v", ignored)
	}
}

// A line of beginnings alone must not take the square of its length.
func TestSecretsAreSoughtInLinearTime(t *testing.T) {
	for _, begin := range []string{"eyJ", "eyJ.", "ghp_", "-ghp_", "-----BEGIN "} {
		text := "# " + strings.Repeat(begin, 1<<19/len(begin)) + "\nversion: 1\n"
		draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		Run(draft, Options{})
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %s", begin, took)
		}
	}
}
