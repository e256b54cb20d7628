package draft_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/draft"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var urls = map[string]string{
	"github": "https://token.actions.githubusercontent.com", "github-ghecom": "https://token.actions.acme.ghe.com",
	"github-server": "https://ghes.acme.example/_services/token", "gitlab": "https://gitlab.com", "buildkite": "https://agent.buildkite.com",
	"circleci": "https://oidc.circleci.com/org/3c0e6f5a-2b1d-4c8e-9f70-1a2b3c4d5e01", "oidc": "https://issuer.example",
}

// load loads a policy that consists of what was drafted, and an issuer.
func load(t *testing.T, g *draft.Grant, tests []*policy.Test, require string) *policy.Policy {
	t.Helper()
	text := fmt.Sprintf("version: 1\nissuers:\n  %s: {kind: %s, url: %q, audience: https://autoken.example%s}\nconnections: {box: sandbox}\n%s",
		g.Issuer, g.Kind.Name, urls[g.Kind.Name], require, g.YAML(tests))
	p, findings, err := policy.Load(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{Dev: true})
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v %v\n%s", findings, err, text)
	}
	return p
}

// failed runs a test as the policy reads it, and returns the conditions that do
// not hold.
func failed(t *testing.T, p *policy.Policy, test *policy.Test) []string {
	t.Helper()
	f, ok := identity.LookupFixture(test.From)
	if !ok {
		t.Fatalf("%s: no fixture %q", test.Name, test.From)
	}
	maps.Copy(f.Claims, test.Set)
	for _, claim := range test.Unset {
		delete(f.Claims, claim)
	}
	e := p.Evaluate(p.Issuers()[0].URL, f.Claims, test.Grant.Text, time.Time{})
	if e.Allowed != test.Allow {
		t.Errorf("%s: allowed %v, failed %v", test.Name, e.Allowed, e.Failed())
	}
	return e.Failed()
}

// For a job of every kind: the draft loads, admits the job, and each of its
// conditions is the only one in the way of one test.
func TestForJob(t *testing.T) {
	for _, f := range identity.Fixtures() {
		t.Run(strings.ReplaceAll(f.Name, "/", "-"), func(t *testing.T) {
			f.Claims["iss"] = urls[f.Kind]
			g, err := draft.ForJob(f.Claims)
			if err != nil {
				t.Fatal(err)
			}
			if g.Kind.Name != f.Kind {
				t.Fatalf("taken for %s", g.Kind.Name)
			}
			g.Credential = "{connection: box}"
			p := load(t, g, append([]*policy.Test{g.Allowed()}, g.Denied()...), "")
			var covered []string
			for _, test := range p.Tests {
				names := failed(t, p, test)
				if alone := len(names) == 1; !test.Allow && (!slices.Contains(names, test.Why) || !alone && !strings.HasSuffix(test.Name, "a pull request")) {
					t.Errorf("%s: failed %v, want %s", test.Name, names, test.Why)
				}
				if len(names) == 1 {
					covered = append(covered, names...)
				}
			}
			for _, c := range p.Evaluate("", f.Claims, g.ID, time.Time{}).Conditions {
				if c.Name != "issuer" && !slices.Contains(covered, c.Name) {
					t.Errorf("no test fails by %s alone", c.Name)
				}
			}
		})
	}
}

// What the issuer requires of every token is tested too, and not said twice.
func TestFloor(t *testing.T) {
	f, _ := identity.LookupFixture("github/tag")
	g, err := draft.ForJob(f.Claims)
	if err != nil {
		t.Fatal(err)
	}
	g.ID, g.Credential, g.Owner = "payments", "{connection: box}", "@acme/payments"
	g.Floor = []draft.Match{draft.Exactly("repository_owner_id", "65", "66")}
	g.Matches = slices.DeleteFunc(g.Matches, func(m draft.Match) bool { return m.Claim == "repository_owner_id" || m.Claim == "ref" })
	g.Matches = append(g.Matches, draft.Fitting("ref", "refs/tags/**"))
	p := load(t, g, append([]*policy.Test{g.Allowed()}, g.Denied()...), `, require: {repository_owner_id: ["65", "66"]}`)
	var why []string
	for _, test := range p.Tests {
		if names := failed(t, p, test); !test.Allow && !cmp.Equal(names, []string{test.Why}) {
			t.Errorf("%s: %v", test.Name, names)
		}
		why = append(why, test.Why)
	}
	want := []string{"", "require.repository_owner_id", "match.repository_id", "match.repository", "match.workflow_ref", "match.runner_environment", "match.event_name", "match.ref"}
	if diff := cmp.Diff(want, why); diff != "" {
		t.Error(diff)
	}
}

func TestWhatNoGrantCanSay(t *testing.T) {
	for want, claims := range map[string]identity.Claims{
		"repository_id":       {"repository": "acme/payments", "iss": urls["github"]},
		"repository_owner_id": {"repository": "acme/payments", "repository_id": "1"},
		"organization_id":     {"pipeline_slug": "payments", "pipeline_id": "1"},
		"pipeline_id":         {"pipeline_slug": "payments", "organization_slug": "acme"},
	} {
		if _, err := draft.ForJob(claims); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", claims, err)
		}
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{"acme/Payments.API": "payments-api", "": "grant", "acme/--": "grant", "github.com/acme/x": "x", "a/ü": "grant"} {
		if got := draft.Slug(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// S2, S6: whatever a branch is called, what is printed is one value of the YAML,
// and no order to who shows it.
func TestS2HostileNames(t *testing.T) {
	for _, name := range []string{"x ##[stop-commands]y", "a\n::add-mask::b", "\x1b]0;x\x07", "\u202e", `"}, {`, "yes", "- a", "~", "::x::", "a: b # c", "\xff", "${{ x }}", "$(id)"} {
		f, _ := identity.LookupFixture("github/environment")
		f.Claims["environment"] = name
		g, err := draft.ForJob(f.Claims)
		if err != nil {
			t.Fatal(err)
		}
		g.Credential = "{connection: box}"
		text := g.YAML([]*policy.Test{g.Allowed()})
		if strings.Contains(text, "##") || strings.ContainsAny(text, "\x1b\x07\u202e") || strings.Contains(text, "\n::") {
			t.Errorf("%q: %s", name, text)
		}
		if strings.ContainsAny(name, "\x1b\n\u202e") || !utf8.ValidString(name) || strings.Contains(name, "${{") {
			continue // no policy can say it: a reviewer would not see it, or take it for a workflow's
		}
		p := load(t, g, []*policy.Test{g.Allowed()}, "")
		if got := p.Grants[0].Find("environment").Values.String(); got != name {
			t.Errorf("%q came out as %q", name, got)
		}
	}
}
