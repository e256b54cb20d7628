package policy

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/identity"
)

const kinds = `version: 1
issuers:
  gl: {kind: gitlab, url: "https://gitlab.com", audience: a, require: {namespace_id: 12}}
  own: {kind: gitlab, url: "https://gitlab.acme.example", audience: a}
  circle: {kind: circleci, url: "https://oidc.circleci.com/org/o", audience: a}
  bk: {kind: buildkite, url: "https://agent.buildkite.com", audience: a}
  any: {kind: oidc, url: "https://accounts.example", audience: a}
  ghe: {kind: github-ghecom, url: "https://token.actions.acme.ghe.com", audience: a}
  ghes: {kind: github-server, url: "https://ghes.acme.example/_services/token", audience: a}
connections: {box: sandbox}
grants:
  - {id: short, issuer: gl, match: {project_id: 7, ref: main, ref_type: branch}, credential: {connection: box}}
  - {id: path, issuer: own, match: {project_id: 7, ref_path: refs/heads/main, runner_id: 12}, credential: {connection: box}}
  - id: circle
    issuer: circle
    match:
      oidc.circleci.com/org-id: o
      oidc.circleci.com/project-id: p
      oidc.circleci.com/context-ids: [c1, c2]
      oidc.circleci.com/ssh-rerun: false
    credential: {connection: box}
  - {id: bk, issuer: bk, match: {organization_id: o, pipeline_id: p, build_branch: main}, credential: {connection: box}}
  - {id: any, issuer: any, match: {sub: "1234", email_verified: true}, credential: {connection: box}}
  - {id: ghe, issuer: ghe, match: {repository_owner_id: 1, repository_id: 2, environment: release}, credential: {connection: box}}
  - {id: ghes, issuer: ghes, match: {repository_id: 2, job_workflow_sha: 8f4b7c1e0d92a6b35c4f7e81d0a9b26c3e5f7a14}, credential: {connection: box}}
`

func TestKinds(t *testing.T) {
	p := mustLoad(t, kinds)
	gitlab := identity.Claims{"project_id": "7", "namespace_id": "12", "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "pipeline_source": "push", "runner_id": json.Number("12")}
	circle := identity.Claims{"oidc.circleci.com/org-id": "o", "oidc.circleci.com/project-id": "p", "oidc.circleci.com/context-ids": []any{"x", "c2"}, "oidc.circleci.com/ssh-rerun": false}
	for name, c := range map[string]struct {
		grant  string
		claims identity.Claims
		change identity.Claims
		failed string
	}{
		"gitlab":                           {"short", gitlab, nil, ""},
		"S22: a tag called main":           {"short", gitlab, identity.Claims{"ref_type": "tag"}, "match.ref_type"},
		"S4: GitLab's events":              {"short", gitlab, identity.Claims{"pipeline_source": "merge_request_event"}, "event"},
		"S4: GitLab's other harmless one":  {"short", gitlab, identity.Claims{"pipeline_source": "web"}, ""},
		"S22: by path":                     {"path", gitlab, nil, ""},
		"S22: the tag's path":              {"path", gitlab, identity.Claims{"ref_path": "refs/tags/main"}, "match.ref_path"},
		"P19: a number that is a text":     {"path", gitlab, identity.Claims{"runner_id": "12"}, "match.runner_id"},
		"P19: a number in another form":    {"path", gitlab, identity.Claims{"runner_id": json.Number("12.0")}, "match.runner_id"},
		"circleci":                         {"circle", circle, nil, ""},
		"a shell in the job":               {"circle", circle, identity.Claims{"oidc.circleci.com/ssh-rerun": true}, "match.oidc.circleci.com/ssh-rerun"},
		"P19: false as a text":             {"circle", circle, identity.Claims{"oidc.circleci.com/ssh-rerun": "false"}, "match.oidc.circleci.com/ssh-rerun"},
		"no context of ours":               {"circle", circle, identity.Claims{"oidc.circleci.com/context-ids": []any{"x", json.Number("1"), ""}}, "match.oidc.circleci.com/context-ids"},
		"P19: a list that is a text":       {"circle", circle, identity.Claims{"oidc.circleci.com/context-ids": "c1"}, "match.oidc.circleci.com/context-ids"},
		"buildkite":                        {"bk", identity.Claims{"organization_id": "o", "pipeline_id": "p", "build_branch": "main"}, nil, ""},
		"buildkite without ids":            {"bk", identity.Claims{"build_branch": "main"}, nil, "match.organization_id match.pipeline_id"},
		"any issuer":                       {"any", identity.Claims{"sub": "1234", "email_verified": true}, nil, ""},
		"any issuer, the subject's prefix": {"any", identity.Claims{"sub": "12345", "email_verified": true}, nil, "match.sub"},
		"ghe.com":                          {"ghe", identity.Claims{"repository_owner_id": "1", "repository_id": "2", "environment": "release", "event_name": "release"}, nil, ""},
		"server":                           {"ghes", identity.Claims{"repository_id": "2", "job_workflow_sha": "8f4b7c1e0d92a6b35c4f7e81d0a9b26c3e5f7a14", "event_name": "push"}, nil, ""},
	} {
		claims := identity.Claims{}
		for _, from := range []identity.Claims{c.claims, c.change} {
			maps.Copy(claims, from)
		}
		e := p.Evaluate(p.Grant(c.grant).Issuer.URL, claims, c.grant, today)
		if got := strings.Join(e.Failed(), " "); got != c.failed || e.Allowed != (got == "") {
			t.Errorf("%s: failed %q, want %q", name, got, c.failed)
		}
	}
}

// P11: the claims of one issuer's token are of no use with any other's grants.
func TestP11IssuersApart(t *testing.T) {
	p := mustLoad(t, kinds)
	everything := identity.Claims{
		"project_id": "7", "namespace_id": "12", "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "pipeline_source": "push", "runner_id": json.Number("12"),
		"organization_id": "o", "pipeline_id": "p", "build_branch": "main", "sub": "1234", "email_verified": true,
		"repository_owner_id": "1", "repository_id": "2", "environment": "release", "event_name": "release", "job_workflow_sha": "8f4b7c1e0d92a6b35c4f7e81d0a9b26c3e5f7a14",
	}
	for _, g := range p.Grants {
		for _, issuer := range p.Issuers() {
			d := p.decide(input{issuer.URL, everything, today}, g.ID)
			if own := issuer.Name == g.Issuer.Name; !own && (d.Allowed || d.Pinned) {
				t.Errorf("a token of %s: grant %s of %s: %+v", issuer.Name, g.ID, g.Issuer.Name, d)
			}
		}
	}
}
