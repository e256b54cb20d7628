package cli

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/autoken/autoken/internal/lint"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
)

// thousandGrants is a policy of a thousand grants in five hundred repositories,
// with three tests each.
func thousandGrants() fstest.MapFS {
	var grants, tests strings.Builder
	for i := range 1000 {
		repository, id := fmt.Sprintf("acme/r%d", i/2), 456000+i/2
		ref := []string{"refs/heads/main", "refs/tags/v*"}[i%2]
		fmt.Fprintf(&grants, `  - id: g%d
    owner: "@acme/platform"
    issuer: gh
    match: {repository_id: "%d", repository: %s, ref: {glob: "%s"}, event_name: push, environment: release, runner_environment: github-hosted}
    credential: {connection: jf, groups: [team-%d], ttl: 10m}
`, i, id, repository, ref, i)
		tag := strings.Replace(ref, "*", "1", 1)
		for _, test := range [][2]string{{tag, "allow"}, {"refs/heads/x", "deny, why: match.ref"}, {tag + "/x", "deny, why: match.ref"}} {
			kind := "branch"
			if strings.HasPrefix(test[0], "refs/tags/") {
				kind = "tag"
			}
			fmt.Fprintf(&tests, `  - {name: "g%d %s", from: github/environment, set: {repository_id: "%d", repository: %s, repository_owner_id: "1342004", ref: %s, ref_type: %s, environment: release}, request: {grant: g%d}, expect: %s}
`, i, test[0], id, repository, test[0], kind, i, test[1])
		}
	}
	return fstest.MapFS{policy.FileName: {Data: []byte(`version: 1
issuers:
  gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: https://autoken.acme.example, max_token_age: 10m, require: {repository_owner_id: "1342004"}}
connections: {jf: artifactory}
grants:
` + grants.String() + "tests:\n" + tests.String())}}
}

// A thousand grants with three thousand tests are loaded, linted and tested in
// well under a second. Beside it stands how long reading them takes alone.
func BenchmarkThousandGrants(b *testing.B) {
	files, now := thousandGrants(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var loading time.Duration
	b.ReportAllocs()
	for b.Loop() {
		begun := time.Now()
		draft, err := policy.Parse(files, ".", policy.Options{Tests: true})
		loading += time.Since(begun)
		if err != nil || len(draft.Findings) > 0 {
			b.Fatal(err, draft.Findings)
		}
		if report := lint.Run(draft, lint.Options{Now: now}); len(report.Findings)+len(report.NotChecked) > 0 {
			b.Fatal(report.Findings, report.NotChecked)
		}
		for _, r := range proof.Run(draft.Policy, draft.Policy.Tests, now) {
			if r.Outcome != proof.Passed {
				b.Fatal(r)
			}
		}
	}
	b.ReportMetric(float64(loading.Milliseconds())/float64(b.N), "ms-loading")
}
