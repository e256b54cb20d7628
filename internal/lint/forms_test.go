package lint

import (
	"slices"
	"testing"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// What typical tokens have is never odd, in any claim that has a form, nor is it
// as a glob of itself.
func TestFixturesHaveTheForms(t *testing.T) {
	looked := 0
	for _, f := range identity.Fixtures() {
		kind := identity.LookupKind(f.Kind)
		for name := range f.Claims {
			c, known := kind.Claim(name)
			text, isText := f.Claims.Text(name)
			if !known || !isText || text == "" || c.Form == nil {
				continue
			}
			looked++
			if message, _ := Doubt(kind, name, text); message != "" {
				t.Errorf("%s: %s", f.Name, message)
			}
			if c.Globs != identity.NoGlobs && isOddGlob(c, text) {
				t.Errorf("%s: the glob %s is odd for %s", f.Name, text, name)
			}
		}
	}
	if looked < 200 {
		t.Errorf("only %d claims have a form", looked)
	}
}

// A form says how its values look, its example is one, and its globs go with no
// claim that takes none.
func TestForms(t *testing.T) {
	for _, kind := range identity.Kinds {
		for _, c := range kind.Claims {
			f := c.Form
			if f == nil {
				continue
			}
			if (f.Like == "") != (len(f.Values) > 0) {
				t.Errorf("%s %s: it is neither a list of values nor described", kind.Name, c.Name)
			}
			for _, value := range f.Values {
				if isOdd(c, value) {
					t.Errorf("%s %s: %s is odd", kind.Name, c.Name, value)
				}
			}
			if c.Globs == identity.AnyGlob && isOddGlob(c, "**") {
				t.Errorf("%s %s: ** is odd", kind.Name, c.Name)
			}
		}
	}
}

// S5: what a form says is a finding and no proof: the analyser finds the job that
// the form has never seen, and the grant admits it.
func TestS5FormsProveNothing(t *testing.T) {
	const example = "match: {repository_id: acme/payments, ref: refs/new/main}\n"
	draft, err := policy.Parse(exampleFS(t, example), ".", policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(draft.Findings) > 0 {
		t.Fatalf("the language refuses what only a form speaks against: %v", draft.Findings)
	}
	answer := draft.Policy.Grant("deploy").Jobs().Find()
	if answer.None() || answer.Example == nil {
		t.Error("the analyser relies on forms")
	}
	if !slices.Contains(rulesFound(t, example), "impossible-value") {
		t.Error("lint does not doubt it")
	}
}

func TestDoubt(t *testing.T) {
	for _, row := range []struct{ kind, claim, text, fix string }{
		{"github", "event_name", "pusk", "did you mean push?"},
		{"github", "event_name", "push", ""},
		{"github", "repository", "app", "write OWNER/app"},
		{"github", "ref", "refs/heads/main", ""},
		{"github", "nonsense", "x", ""},
		{"github", "environment", "anything at all", ""},
		{"gitlab", "pipeline_source", "webb", "did you mean web?"},
		{"gitlab", "project_path", "https://gitlab.com/acme/tools/app", "write acme/tools/app"},
		{"gitlab", "deployment_tier", "prod", "write production or staging or testing or development or other"},
		{"buildkite", "pipeline_id", "payments", "autoken whoami shows what a job has"},
		{"circleci", "oidc.circleci.com/vcs-origin", "https://github.com/acme/app", "write github.com/acme/app"},
		{"oidc", "sub", "x", ""},
	} {
		message, fix := Doubt(identity.LookupKind(row.kind), row.claim, row.text)
		if fix != row.fix || (message == "") != (fix == "") {
			t.Errorf("%s %s %s: %q, fix %q", row.kind, row.claim, row.text, message, fix)
		}
	}
}
