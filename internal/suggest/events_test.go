package suggest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/suggest"
)

func event(t *testing.T, platform, ref string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"headers":        map[string]string{"Authorization": "eyJ.secret.x", "Platform": platform, "project": "acme_payments"},
		"requestContext": map[string]any{"authorizer": map[string]any{"jwt": map[string]any{"claims": identity.Claims{"iss": url, "repository_id": "456789", "ref": ref, "event_name": "push"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// Few refs are listed, many are their folder, and pull requests one pattern.
func TestReadEvents(t *testing.T) {
	var many, tags strings.Builder
	for i := range 12 {
		many.WriteString(event(t, "sonarqube", fmt.Sprintf("refs/heads/fix/%d", i)))
		tags.WriteString(event(t, "sonarqube", fmt.Sprintf("refs/tags/v%d", i)))
	}
	for log, want := range map[string]string{
		event(t, "sonarqube", "refs/heads/main"):                                                                           "refs/heads/main",
		event(t, "sonarqube", "refs/heads/main") + event(t, "sonarqube", "refs/tags/v1"):                                   "[refs/heads/main, refs/tags/v1]",
		event(t, "sonarqube", "refs/pull/1/merge") + event(t, "sonarqube", "refs/pull/2/merge"):                            `{glob: "refs/pull/*/merge"}`,
		many.String() + event(t, "sonarqube", "refs/tags/v1"):                                                              `{glob: [refs/tags/v1, "refs/heads/fix/*"]}`,
		many.String() + event(t, "sonarqube", "refs/heads/main") + tags.String() + event(t, "sonarqube", "refs/heads/a/b"): `{glob: ["refs/heads/**", "refs/tags/*"]}`,
	} {
		events, err := suggest.ReadEvents(strings.NewReader(log))
		if err != nil || len(events.Sources) != 1 || events.Unread.All > 0 {
			t.Fatal(err, events)
		}
		refs := events.Sources[0].Refs()
		if diff := cmp.Diff(want, refs.YAML(identity.Text)); diff != "" {
			t.Error(diff)
		}
	}
	events, err := suggest.ReadEvents(strings.NewReader(event(t, "", "refs/heads/main") + "x\n{}\n" + event(t, "sonarqube", "refs/heads/main") + event(t, "artifactory", "refs/heads/main")))
	if err != nil || len(events.Sources) != 2 || events.Unread.All != 3 || events.Unread.Lines[1].Line != 2 {
		t.Error(err, events)
	}
}
