package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
)

func TestResolve(t *testing.T) {
	p := acme(t)
	for grant, want := range map[string]map[string]any{
		"scan":             {"project": "acme_payments", "permissions": []string{"scan"}},
		"payments/publish": {"groups": []string{"payments-publishers"}},
		"docs": {
			"repository_ids": []string{"456792"}, "repositories": []string{"acme/handbook"},
			"permissions": map[string]string{"contents": "write", "metadata": "read"},
		},
	} {
		got, err := p.Grant(grant).Resolve(push())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", grant, diff)
		}
	}
}

// S12: groups are lower case, whatever the repository's name is.
func TestS12GroupsAreFolded(t *testing.T) {
	p := mustLoad(t, strings.Replace(oneGrant(`{repository: {glob: "acme/*"}, ref: refs/heads/main}`, ""),
		"{connection: box}", `{connection: jf, groups: ["ci-{repository_name}", "ci-{repository_id}-x"]}`, 1)+"\n")
	got, err := p.Grant("g").Resolve(push("repository", "acme/PayMents"))
	if diff := cmp.Diff(map[string]any{"groups": []string{"ci-payments", "ci-456789-x"}}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// P25: what a claim puts into a credential stays in its place.
func TestP25HostileNames(t *testing.T) {
	g := acme(t).Grant("scan")
	for _, name := range []string{"acme/", "acme", "", "acme/a,b", "acme/a&x=y", "acme/..", "acme/.", "acme/%2f", "acme/a b", "acme/a\x00", "acme/é", "acme/" + strings.Repeat("x", 257)} {
		got, err := g.Resolve(push("repository", name))
		if err == nil || fault.KindOf(err) != fault.Denied {
			t.Errorf("repository %q: %v, %v", name, got, err)
		}
		if err != nil && name != "" && strings.Contains(err.Error(), name) && len(name) > 6 {
			t.Errorf("the error repeats what the caller chose: %v", err)
		}
	}
	if _, err := g.Resolve(identity.Claims{"repository": []any{"acme/x"}}); err == nil {
		t.Error("a list was taken for a name")
	}
}

// S12: which templates keep the repositories of a grant apart.
func TestS12Collisions(t *testing.T) {
	const oneRepository, twoOfOne, twoOwners = `{repository_id: 1, ref: refs/heads/main}`, `{repository_id: [1, 2], ref: refs/heads/main}`,
		`{repository_owner_id: [1, 2], repository_id: [3, 4], ref: refs/heads/main}`
	for _, c := range []struct {
		match, template string
		collides        bool
	}{
		{oneRepository, "{repository_owner}{repository_name}", false},
		{twoOfOne, "{repository_owner}_{repository_name}", false},
		{twoOfOne, "{repository_owner}{repository_name}", true},
		{twoOfOne, "p{repository_owner}", false},
		{twoOwners, "{repository_owner}_{repository_name}", true},
		{twoOwners, "p-{repository_name}", true},
		{twoOwners, "p-{repository_id}", false},
		{twoOwners, "p{repository_owner_id}-{repository_id}", false},
		{twoOwners, "{repository_name}1{repository_id}", true},
		{twoOwners, "{repository_name}-{repository_id}", false},
		{twoOwners, "{repository_id}-{repository_name}", false},
		{twoOwners, "{repository_id}0{repository_name}", true},
		{twoOwners, "{repository_name}-{repository_id}-{repository_owner}", true},
		{twoOwners, "p-{repository_id}-x", false},
	} {
		text := strings.Replace(oneGrant(c.match, ""), "{connection: box}", `{connection: sonar, project: "`+c.template+`"}`, 1)
		text = strings.Replace(text, "require: {repository_owner_id: 1342004}", "require: {"+map[bool]string{true: "ref_type: branch", false: "repository_owner_id: 1342004"}[c.match == twoOwners]+"}", 1)
		rules := rulesOf(t, text)
		if got := strings.Contains(rules, "template-collision"); got != c.collides || (!c.collides && rules != "") {
			t.Errorf("%s with %s: %q", c.template, c.match, rules)
		}
	}
}
