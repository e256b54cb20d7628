package identity_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
)

// Every fixture is a token that the vocabulary calls possible: known claims of
// the right types, all that are always there, and what always goes together.
func TestFixtures(t *testing.T) {
	for _, f := range identity.Fixtures() {
		kind := identity.LookupKind(f.Kind)
		if kind == nil || f.About == "" || strings.HasSuffix(f.About, ".") {
			t.Fatalf("%s: no kind %q, or not described", f.Name, f.Kind)
		}
		for name, value := range f.Claims {
			checkFixtureClaim(t, kind, f.Name, name, value)
		}
		event, _ := f.Claims.Text(kind.Event)
		for _, c := range kind.Claims {
			if needed := c.Presence.On([]string{event}) && c.Name != "iss" && c.Name != "aud"; needed && isAbsent(f.Claims[c.Name]) && !lacks[f.Name+" "+c.Name] {
				t.Errorf("%s has no %s", f.Name, c.Name)
			}
		}
		for _, imp := range kind.Implications {
			if imp.Level == identity.Always && holds(f.Claims, imp.If) && !holds(f.Claims, imp.Then) {
				t.Errorf("%s: %s without %s", f.Name, imp.If.Claim, imp.Then.Claim)
			}
		}
	}
}

// lacks has what the vocabulary calls always present and a fixture is without: a
// deployment of a commit has no ref.
var lacks = map[string]bool{"github/deployment ref": true, "ghes/deployment ref": true, "ghecom/deployment ref": true}

func checkFixtureClaim(t *testing.T, kind *identity.Kind, fixture, name string, value any) {
	t.Helper()
	registered := map[string]string{"iat": "number", "nbf": "number", "exp": "number", "jti": ""}
	want, isRegistered := registered[name]
	if !isRegistered {
		c, known := kind.Claim(name)
		if !known || name == "iss" || name == "aud" {
			t.Errorf("%s has %s", fixture, name)
		}
		want = string(c.Type)
	}
	if typeOf(value) != want {
		t.Errorf("%s: %s is %T", fixture, name, value)
	}
}

func typeOf(value any) string {
	switch value.(type) {
	case string:
		return ""
	case bool:
		return "bool"
	case json.Number:
		return "number"
	case []any:
		return "list"
	default:
		return "something else"
	}
}

func isAbsent(value any) bool { return value == nil || value == "" }

func holds(c identity.Claims, term identity.Term) bool {
	text, _ := c.Text(term.Claim)
	if term.Empty {
		return text == ""
	}
	fits := func(glob string) bool { return strings.HasPrefix(text, strings.TrimSuffix(glob, "**")) }
	return slices.Contains(term.Values, text) || slices.ContainsFunc(term.Globs, fits)
}

// What tells the jobs apart, fixture by fixture.
func TestFixtureShapes(t *testing.T) {
	for name, want := range map[string][3]string{
		"github/push":                {"repo:acme/payments:ref:refs/heads/main", "refs/heads/main", "branch"},
		"github/tag":                 {"repo:acme/payments:ref:refs/tags/v1.2.0", "refs/tags/v1.2.0", "tag"},
		"github/pull_request":        {"repo:acme/payments:pull_request", "refs/pull/42/merge", "branch"},
		"github/pull_request_closed": {"repo:acme/payments:pull_request", "refs/heads/main", "branch"},
		"github/pull_request_target": {"repo:acme/payments:ref:refs/heads/main", "refs/heads/main", "branch"},
		"github/environment":         {"repo:acme/payments:environment:production", "refs/heads/main", "branch"},
		"github/immutable-sub":       {"repo:acme@65/payments@456789:ref:refs/heads/main", "refs/heads/main", "branch"},
		"github/deployment":          {"repo:acme/payments:ref:", "", "branch"},
		"ghes/release":               {"repo:acme/payments:ref:refs/tags/v1.2.0", "refs/tags/v1.2.0", "tag"},
		"gitlab/branch":              {"project_path:acme/payments:ref_type:branch:ref:main", "main", "branch"},
		"gitlab/tag":                 {"project_path:acme/payments:ref_type:tag:ref:v1.2.0", "v1.2.0", "tag"},
		"gitlab/fork-mr":             {"project_path:mallory/payments:ref_type:branch:ref:fix-typo", "fix-typo", "branch"},
	} {
		f, ok := identity.LookupFixture(name)
		got := [3]string{}
		for i, claim := range []string{"sub", "ref", "ref_type"} {
			got[i], _ = f.Claims.Text(claim)
		}
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %s", name, diff)
		}
	}
	buildkite, _ := identity.LookupFixture("buildkite/tag")
	if sub, _ := buildkite.Claims.Text("sub"); !strings.HasPrefix(sub, "organization:acme:pipeline:payments:ref:refs/tags/v1.2.0:commit:") {
		t.Error(sub)
	}
}

// A fixture's claims are the caller's to change.
func TestLookupFixture(t *testing.T) {
	names := identity.FixtureNames()
	if len(names) != len(identity.Fixtures()) || len(names) != len(slices.Compact(slices.Sorted(slices.Values(names)))) {
		t.Errorf("%d names, %d fixtures", len(names), len(identity.Fixtures()))
	}
	for i, name := range names {
		first, ok := identity.LookupFixture(name)
		if !ok || identity.Fixtures()[i].Name != name {
			t.Errorf("%s is not found", name)
		}
		first.Claims["sub"] = "changed"
		if again, _ := identity.LookupFixture(name); again.Claims["sub"] == "changed" || again.Claims["sub"] == nil {
			t.Errorf("%s: sub is %v", name, again.Claims["sub"])
		}
	}
	if _, ok := identity.LookupFixture("github/pushes"); ok {
		t.Error("a fixture that does not exist was found")
	}
}

// A file's name and a ref may both have an "@".
func TestCutFileRef(t *testing.T) {
	const file = "acme/payments/.github/workflows/x@y.yml"
	for text, want := range map[string][2]string{
		file + "@refs/heads/a@b":  {file, "refs/heads/a@b"},
		file + "@refs/heads/main": {file, "refs/heads/main"},
		file + "@0123456789":      {file, "0123456789"},
		"none":                    {"none", ""},
	} {
		gotFile, gotRef := identity.CutFileRef(text)
		if diff := cmp.Diff(want, [2]string{gotFile, gotRef}); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// Claims that were moved to another ref are those of a job there, in all that
// names the ref.
func TestMove(t *testing.T) {
	for _, c := range []struct{ fixture, ref, claim, want string }{
		{"github/push", "refs/heads/x", "workflow_ref", "acme/payments/.github/workflows/release.yml@refs/heads/x"},
		{"github/push", "refs/heads/x", "job_workflow_ref", "acme/payments/.github/workflows/release.yml@refs/heads/x"},
		{"github/reusable", "refs/heads/x", "job_workflow_ref", "acme/workflows/.github/workflows/deploy.yml@refs/tags/v1"},
		{"gitlab/branch", "refs/tags/main", "ref_type", "tag"},
		{"gitlab/branch", "refs/tags/main", "ref", "main"},
		{"gitlab/branch", "refs/tags/main", "ci_config_ref_uri", "gitlab.com/acme/payments//.gitlab-ci.yml@refs/tags/main"},
		{"buildkite/tag", "refs/heads/x", "build_tag", ""},
		{"circleci/branch", "refs/tags/x", "oidc.circleci.com/vcs-ref", "refs/tags/x"},
		{"oidc/service", "refs/tags/x", "ref", ""},
	} {
		f, _ := identity.LookupFixture(c.fixture)
		kind := identity.LookupKind(f.Kind)
		kind.Move(f.Claims, c.ref)
		kind.Settle(f.Claims)
		if got, _ := f.Claims.Text(c.claim); got != c.want {
			t.Errorf("%s at %s: %s is %q, want %q", c.fixture, c.ref, c.claim, got, c.want)
		}
	}
}
