package identity_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/identity"
)

// Every vocabulary says what its own parts refer to.
func TestKinds(t *testing.T) {
	for _, kind := range identity.Kinds {
		if identity.LookupKind(kind.Name) != kind || kind.Title == "" || kind.URLShape == "" {
			t.Errorf("%s is incomplete or not found", kind.Name)
		}
		refers := slices.Concat(kind.Tenant, kind.Identity)
		for _, name := range []string{kind.Event, kind.Repository, kind.Callee} {
			if name != "" {
				refers = append(refers, name)
			}
		}
		for _, name := range refers {
			if _, ok := kind.Claim(name); !ok {
				t.Errorf("%s speaks of %s and does not know it", kind.Name, name)
			}
		}
		if (kind.Event == "") != (len(kind.Events) == 0) || (!kind.ExactSubject && (len(kind.Tenant) == 0 || len(kind.Identity) == 0)) {
			t.Errorf("%s: events, tenant or identity are missing", kind.Name)
		}
		checkClaims(t, kind)
	}
}

func checkClaims(t *testing.T, kind *identity.Kind) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range slices.Concat(kind.Claims, kind.Families) {
		if seen[c.Name] || c.About == "" || strings.HasSuffix(c.About, ".") || c.Control == "" {
			t.Errorf("%s: %s stands there twice or is not described", kind.Name, c.Name)
		}
		seen[c.Name] = true
		exact := strings.HasSuffix(c.Name, "_id") || slices.Contains(slices.Concat(kind.Tenant, kind.Identity, []string{"iss", "aud", "sub", "actor", kind.Event, "repository_owner", "runner_environment", "repository_visibility"}), c.Name)
		if exact && c.Globs != identity.NoGlobs {
			t.Errorf("%s: %s takes globs", kind.Name, c.Name)
		}
		if c.Template && c.Control != identity.ByPlatform && c.Control != identity.ByOrgAdmin {
			t.Errorf("%s: %s may choose rights, and %s chooses it", kind.Name, c.Name, c.Control)
		}
		if c.Presence.Sometimes && c.Presence.Note == "" {
			t.Errorf("%s: why is %s sometimes absent?", kind.Name, c.Name)
		}
		if c.Name == "environment" && c.Guard == identity.GuardAny {
			t.Errorf("S33: %s takes a glob on an environment for a guard", kind.Name)
		}
	}
}

// S5: an implication names its source, speaks of known claims, and only what
// holds always is called so.
func TestS5Implications(t *testing.T) {
	always := map[string]bool{}
	for _, kind := range identity.Kinds {
		for _, imp := range kind.Implications {
			_, known := kind.Claim(imp.If.Claim)
			_, knownThen := kind.Claim(imp.Then.Claim)
			if !known || !knownThen || !strings.HasPrefix(imp.Source, "https://") || (imp.Level != identity.Always && imp.Level != identity.Usual) {
				t.Errorf("%s: %+v", kind.Name, imp)
			}
			if imp.Level == identity.Always {
				always[imp.If.Claim+" "+strings.Join(slices.Concat(imp.If.Values, imp.If.Globs), " ")+" => "+imp.Then.Claim] = true
			}
		}
	}
	want := []string{"event_name push => base_ref", "event_name push => head_ref", "ref refs/tags/** => ref_type", "ref_type tag => ref"}
	for _, text := range want {
		if !always[text] {
			t.Errorf("missing: %s", text)
		}
	}
	if len(always) != len(want) {
		t.Errorf("a new proof of impossibility needs a second look: %v", always)
	}
}

func TestClaimFamilies(t *testing.T) {
	github := identity.LookupKind("github")
	for name, want := range map[string]bool{"repo_property_tier": true, "repo_property_": false, "repo_propert": false, "Repository_id": false, "": false} {
		c, ok := github.Claim(name)
		if ok != want || (ok && (c.Name != name || !c.Presence.Sometimes)) {
			t.Errorf("%q: %t %+v", name, ok, c)
		}
	}
	if _, ok := identity.LookupKind("github-server").Claim("check_run_id"); ok {
		t.Error("a server has no check_run_id")
	}
	if identity.LookupKind("github-ghes") != nil {
		t.Error("a kind that does not exist was found")
	}
}

func TestPresence(t *testing.T) {
	claim := func(name string) identity.Presence {
		c, _ := identity.LookupKind("github").Claim(name)
		return c.Presence
	}
	for _, c := range []struct {
		claim  string
		events []string
		want   bool
	}{
		{"actor", nil, true},
		{"environment", []string{"push"}, false},
		{"head_ref", []string{"pull_request", "pull_request_target"}, true},
		{"head_ref", []string{"pull_request", "push"}, false},
		{"head_ref", nil, false},
	} {
		if got := claim(c.claim).On(c.events); got != c.want {
			t.Errorf("%s on %v: %t", c.claim, c.events, got)
		}
	}
}

// S13: who shares an issuer with strangers has to say which tenant is meant.
func TestS13Tenants(t *testing.T) {
	for _, c := range []struct {
		kind, url string
		want      identity.Tenants
	}{
		{"github", "https://token.actions.githubusercontent.com", identity.Many},
		{"github", "https://token.actions.githubusercontent.com/acme", identity.Many},
		{"github-ghecom", "https://token.actions.acme.ghe.com", identity.Many},
		{"github-server", "https://ghes.acme.example/_services/token", identity.One},
		{"gitlab", "https://gitlab.com", identity.Many},
		{"gitlab", "https://gitlab.acme.example", identity.One},
		{"buildkite", "https://agent.buildkite.com", identity.Many},
		{"circleci", "https://oidc.circleci.com/org/x", identity.Many},
		{"oidc", "https://accounts.example", identity.Many},
		{"nope", "https://gitlab.acme.example", identity.Many},
	} {
		if got := identity.IssuerTenants(c.kind, c.url); got != c.want {
			t.Errorf("%s %s: %v", c.kind, c.url, got)
		}
	}
}

// P2 P10: the exact set of URLs that each kind's issuers have.
func TestCheckURL(t *testing.T) {
	good := map[string][]string{
		"github":        {"https://token.actions.githubusercontent.com", "https://token.actions.githubusercontent.com/acme-corp"},
		"github-ghecom": {"https://token.actions.acme.ghe.com"},
		"github-server": {"https://ghes.acme.example/_services/token", "https://ghes:8443/_services/token"},
		"gitlab":        {"https://gitlab.com", "https://acme.example/gitlab"},
		"buildkite":     {"https://agent.buildkite.com"},
		"circleci":      {"https://oidc.circleci.com/org/9a0e", "https://oidc.circleci.com"},
		"oidc":          {"https://accounts.google.com", "https://login.example/tenant/v2.0"},
	}
	for name, urls := range good {
		for _, url := range urls {
			if err := identity.LookupKind(name).CheckURL(url, false); err != nil {
				t.Errorf("%s %s: %v", name, url, err)
			}
		}
	}
	for _, kind := range identity.Kinds {
		for _, url := range []string{"http://127.0.0.1:8080", "http://[::1]:8080", "http://127.9.9.9/x"} {
			if kind.CheckURL(url, true) != nil || kind.CheckURL(url, false) == nil {
				t.Errorf("%s %s: want it in dev mode and nowhere else", kind.Name, url)
			}
		}
		for _, url := range []string{"", "x", "https://", "http://localhost:8080", "http://127.0.0.1.evil.example", "https://gitlab.com/", "https://gitlab.com?", "https://GITLAB.com", "https://u@gitlab.com", "https://gitlab.com#", "https://gitlab.com:443", "https://gitlab.com:", "https://gitlab.com/a/../b", "https://gitlab%2ecom", "https://gitläb.com", "file:///etc/passwd"} {
			if kind.CheckURL(url, true) == nil {
				t.Errorf("%s takes %q", kind.Name, url)
			}
		}
	}
}
