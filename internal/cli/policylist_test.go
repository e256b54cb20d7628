package cli

import (
	"path/filepath"
	"testing"

	"github.com/autoken/autoken/internal/policy"
)

const shapes = `version: 1
issuers:
  gh: {kind: github, url: https://token.actions.githubusercontent.com, audience: https://autoken.example, require: {repository_owner_id: "65"}}
  gl: {kind: gitlab, url: https://gitlab.acme.example, audience: https://autoken.example}
connections: {sonar: sonarqube}
grants:
  - {id: both, issuer: gh, match: {repository_id: "1", repository: acme/a, ref: refs/heads/main}, credential: {connection: sonar, project: a}}
  - {id: ids, issuer: gh, match: {repository_id: ["1", "2"], ref: refs/heads/main}, credential: {connection: sonar, project: a}}
  - {id: glob, issuer: gh, match: {repository: {glob: "acme/*"}, ref: refs/heads/main}, unless: [{repository: acme/b}], credential: {connection: sonar, project: a}}
  - {id: unless-id, issuer: gh, match: {repository: {glob: "acme/*"}, ref: refs/heads/main}, unless: [{repository_id: "2", repository: acme/a}], credential: {connection: sonar, project: a}}
  - {id: unless-event, issuer: gh, match: {repository: acme/a, ref: refs/heads/main}, unless: [{repository: acme/a, event_name: push}], credential: {connection: sonar, project: a}}
  - {id: callee, issuer: gh, match: {job_workflow_ref: acme/ci/.github/workflows/x.yml@refs/tags/v1}, credential: {connection: sonar, project: a}}
  - {id: gitlab, issuer: gl, match: {project_id: "1", project_path: acme/a, ref_path: refs/heads/main}, credential: {connection: sonar, project: a}}
`

// What list says about a repository is what the analyser finds: a grant that is
// left out admits no job of it, and one that is listed does.
func TestListAgreesWithTheAnalyser(t *testing.T) {
	file := filepath.Join(t.TempDir(), policy.FileName)
	writeFile(t, file, shapes)
	draft, err := parsePolicy(file, false)
	if err != nil || len(draft.Findings) > 0 {
		t.Fatal(err, draft.Findings)
	}
	counts := map[admission]int{}
	for _, g := range draft.Policy.Grants {
		for _, id := range []string{"1", "2", "3"} {
			for _, name := range []string{"acme/a", "acme/b", "acme/c", "evil/a"} {
				_, answer := repositoryOf(draft.Policy, []string{id, name}).admittedBy(g)
				counts[answer]++
				jobs := g.Jobs().Where(exactMatch(g, g.Issuer.Vocabulary.Identity[0], id)).Where(exactMatch(g, g.Issuer.Vocabulary.Repository, name))
				if found := jobs.FindAny(); (answer == refuses) != found.None() || found.Unsure {
					t.Errorf("%s, %s %s: list says %d, the analyser %+v", g.ID, id, name, answer, found)
				}
			}
		}
	}
	if counts[admits] < 10 || counts[refuses] < 10 || counts[cannotTell] > 0 {
		t.Errorf("%v", counts)
	}
}

func exactMatch(g *policy.Grant, claim, text string) policy.Match {
	c, _ := g.Issuer.Vocabulary.Claim(claim)
	return policy.Match{Claim: c, Values: policy.Values{Exact: []policy.Word{{Text: text}}}}
}
