package identity_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/identity"
)

const (
	githubOIDC   = "https://docs.github.com/en/actions/reference/security/oidc"
	githubEvents = "https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows"
	gitlabTokens = "https://docs.gitlab.com/ci/secrets/id_token_authentication/"
)

// implicationRow shows one implication by a token pair: a typical token that it
// speaks of, and the same with what it rules out.
type implicationRow struct {
	text, source string
	level        identity.Level
	token        string
	change       identity.Claims // of the token, to one that it speaks of
	otherwise    identity.Claims // what is impossible or unusual then
}

var githubRows = []implicationRow{
	{"ref_type=[tag] => ref~[refs/tags/**]", githubOIDC, identity.Always, "github/tag", nil, identity.Claims{"ref": "refs/heads/v1"}},
	{"ref~[refs/tags/**] => ref_type=[tag]", githubOIDC, identity.Always, "github/tag", nil, identity.Claims{"ref_type": "branch"}},
	{"ref~[refs/heads/**] => ref_type=[branch]", githubOIDC, identity.Usual, "github/push", nil, identity.Claims{"ref_type": "tag"}},
	{"event_name=[push] => head_ref empty", githubEvents, identity.Always, "github/push", nil, identity.Claims{"head_ref": "fix"}},
	{"event_name=[push] => base_ref empty", githubEvents, identity.Always, "github/push", nil, identity.Claims{"base_ref": "main"}},
	{"event_name=[pull_request] => ref~[refs/pull/*/merge]", githubEvents, identity.Usual, "github/pull_request", nil, identity.Claims{"ref": "refs/heads/main"}},
	{
		"event_name=[pull_request_review pull_request_review_comment] => ref~[refs/pull/*/merge]", githubEvents,
		identity.Usual, "github/pull_request",
		identity.Claims{"event_name": "pull_request_review"},
		identity.Claims{"ref": "refs/heads/main"},
	},
	{
		"ref~[refs/pull/**] => event_name=[pull_request pull_request_review pull_request_review_comment]", githubEvents, identity.Usual,
		"github/fork", nil,
		identity.Claims{"event_name": "issues"},
	},
	{
		"event_name=[pull_request pull_request_target pull_request_review pull_request_review_comment] => head_ref~[**]", githubOIDC, identity.Usual,
		"github/pull_request_target", nil,
		identity.Claims{"head_ref": ""},
	},
	{
		"event_name=[pull_request pull_request_target pull_request_review pull_request_review_comment] => base_ref~[**]", githubOIDC, identity.Usual,
		"github/pull_request_target", nil,
		identity.Claims{"base_ref": ""},
	},
	{"event_name=[pull_request_target] => ref~[refs/heads/**]", githubEvents, identity.Usual, "github/pull_request_target", nil, identity.Claims{"ref": "refs/pull/42/merge"}},
	{onDefault + " => ref~[refs/heads/**]", githubEvents, identity.Usual, "github/workflow_run", nil, identity.Claims{"ref": "refs/tags/v1"}},
	{onDefault + " => head_ref empty", githubOIDC, identity.Usual, "github/issues", nil, identity.Claims{"head_ref": "fix"}},
	{"event_name=[merge_group] => ref~[refs/heads/gh-readonly-queue/**]", githubEvents, identity.Usual, "github/merge_group", nil, identity.Claims{"ref": "refs/heads/main"}},
	{"event_name=[release] => ref~[refs/tags/**]", githubEvents, identity.Usual, "github/release", nil, identity.Claims{"ref": "refs/heads/main"}},
	{
		"event_name=[workflow_dispatch create] => ref~[refs/heads/** refs/tags/**]", githubEvents, identity.Usual,
		"github/workflow_dispatch", nil,
		identity.Claims{"ref": "refs/pull/1/merge"},
	},
	{"event_name=[workflow_dispatch release] => head_ref empty", githubOIDC, identity.Usual, "github/workflow_dispatch", nil, identity.Claims{"head_ref": "fix"}},
}

const onDefault = "event_name=[schedule repository_dispatch workflow_run issues issue_comment discussion discussion_comment " +
	"fork watch gollum label milestone public delete check_run check_suite branch_protection_rule]"

var gitlabRows = []implicationRow{
	{"ref_type=[tag] => ref_path~[refs/tags/**]", gitlabTokens, identity.Usual, "gitlab/tag", nil, identity.Claims{"ref_path": "refs/heads/v1"}},
	{"ref_type=[branch] => ref_path~[refs/heads/**]", gitlabTokens, identity.Usual, "gitlab/branch", nil, identity.Claims{"ref_path": "refs/tags/main"}},
	{"ref_path~[refs/tags/**] => ref_type=[tag]", gitlabTokens, identity.Usual, "gitlab/tag", nil, identity.Claims{"ref_type": "branch"}},
	{"ref_path~[refs/heads/**] => ref_type=[branch]", gitlabTokens, identity.Usual, "gitlab/branch", nil, identity.Claims{"ref_type": "tag"}},
	{"pipeline_source=[merge_request_event] => ref_type=[branch]", gitlabTokens, identity.Usual, "gitlab/mr", nil, identity.Claims{"ref_type": "tag"}},
	{"environment empty => environment_protected empty", gitlabTokens, identity.Usual, "gitlab/branch", nil, identity.Claims{"environment_protected": "true"}},
	{"environment empty => deployment_tier empty", gitlabTokens, identity.Usual, "gitlab/branch", nil, identity.Claims{"deployment_tier": "production"}},
}

// S5: each implication cites where it is written, has the level that a second
// look gave it, and is shown by a token that meets it and one that does not.
func TestS5EachImplication(t *testing.T) {
	for kind, rows := range map[string][]implicationRow{"github": githubRows, "github-ghecom": githubRows, "github-server": githubRows, "gitlab": gitlabRows} {
		implications := identity.LookupKind(kind).Implications
		if len(implications) != len(rows) {
			t.Errorf("%s: %d implications, %d rows", kind, len(implications), len(rows))
		}
		for i, imp := range implications {
			if i < len(rows) {
				rows[i].check(t, imp)
			}
		}
	}
}

func (r implicationRow) check(t *testing.T, imp identity.Implication) {
	t.Helper()
	if got := shownTerm(imp.If) + " => " + shownTerm(imp.Then); got != r.text || imp.Level != r.level || imp.Source != r.source {
		t.Errorf("%s, %s, %s\nwant %s, %s, %s", got, imp.Level, imp.Source, r.text, r.level, r.source)
	}
	fixture, ok := identity.LookupFixture(r.token)
	maps.Copy(fixture.Claims, r.change)
	if !ok || !meets(fixture.Claims, imp.If) || !meets(fixture.Claims, imp.Then) {
		t.Errorf("%s: %s does not show it", r.text, r.token)
	}
	maps.Copy(fixture.Claims, r.otherwise)
	if !meets(fixture.Claims, imp.If) || meets(fixture.Claims, imp.Then) {
		t.Errorf("%s: %v does not speak against it", r.text, r.otherwise)
	}
}

// meets reports whether a term is true of a token.
func meets(c identity.Claims, term identity.Term) bool {
	text, _ := c.Text(term.Claim)
	if term.Empty {
		return text == ""
	}
	return slices.Contains(term.Values, text) || slices.ContainsFunc(term.Globs, func(glob string) bool {
		if prefix, all := strings.CutSuffix(glob, "**"); all {
			return text != "" && strings.HasPrefix(text, prefix)
		}
		ok, err := path.Match(glob, text)
		return ok && err == nil
	})
}

func shownTerm(term identity.Term) string {
	switch {
	case term.Empty:
		return term.Claim + " empty"
	case len(term.Globs) > 0:
		return fmt.Sprintf("%s~%v", term.Claim, term.Globs)
	}
	return fmt.Sprintf("%s=%v", term.Claim, term.Values)
}

// S5: what is real although people think that it is not: no implication that is
// called always may speak against these tokens.
func TestS5RealTokens(t *testing.T) {
	for name, c := range map[string]struct {
		fixture string
		change  identity.Claims
	}{
		"a pull request that was merged: its ref is the base branch": {"github/pull_request_closed", nil},
		"a pull request in an environment":                           {"github/pull_request", identity.Claims{"environment": "preview"}},
		"a deployment of a commit, without a ref":                    {"github/deployment", nil},
		"a called workflow at a commit":                              {"github/reusable", identity.Claims{"job_workflow_ref": "acme/ci/.github/workflows/x.yml@7be01c5d3f6f2a9f2f0d0d5a2c1b4e8f9a0b1c2d"}},
		"an owner in another case":                                   {"github/push", identity.Claims{"repository_owner": "Acme"}},
		"an event on the default branch that outsiders cause":        {"github/issues", nil},
		"a review of a pull request, with its own ref":               {"github/pull_request", identity.Claims{"event_name": "pull_request_review"}},
		"PR target at its base branch, before GHES 3.20":             {"ghes/pull_request_target", identity.Claims{"ref": "refs/heads/release/1"}},
		"a merge queue's branch":                                     {"github/merge_group", nil},
		"an event that nobody has heard of":                          {"github/push", identity.Claims{"event_name": "image_version"}},
		"a tag of GitLab that is called main":                        {"gitlab/branch", identity.Claims{"ref_type": "tag", "ref_path": "refs/tags/main"}},
		"a merge request from a fork":                                {"gitlab/fork-mr", nil},
	} {
		fixture, ok := identity.LookupFixture(c.fixture)
		maps.Copy(fixture.Claims, c.change)
		for _, imp := range identity.LookupKind(fixture.Kind).Implications {
			if !ok || (imp.Level == identity.Always && meets(fixture.Claims, imp.If) && !meets(fixture.Claims, imp.Then)) {
				t.Errorf("%s: %s => %s", name, shownTerm(imp.If), shownTerm(imp.Then))
			}
		}
	}
}
