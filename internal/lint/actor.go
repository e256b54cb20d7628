package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var actorRules = []rule{
	{check.Meta{ID: "matches-sub", Summary: "a condition is on sub, whose form differs and can be customized", Severity: check.High}, subjects},
	{check.Meta{ID: "actor-as-guard", Summary: "a grant admits jobs by who started them, which others can bring about", Severity: check.High}, actors},
	{check.Meta{ID: "actor-name-no-id", Summary: "a person is named by a login, which can change hands", Severity: check.Medium}, actorNames},
	{check.Meta{ID: "workflow-name-as-guard", Summary: "a condition is on a workflow's name, which is free text", Severity: check.High}, workflowNames},
}

func subjects(l *look) {
	for c := range l.conditions(inMatch, inUnless, inRequire, inMay) {
		if c.Claim.Name == "sub" && !c.kind.ExactSubject {
			l.report(start(c.Match), check.Finding{
				Subject: c.subject, Fix: "match the claims that it is made of: autoken policy claims " + c.kind.Name,
				Message: "the form of sub differs between repositories, and administrators can change it",
			})
		}
	}
}

// actorIDs says by which claim a person is known for good.
var actorIDs = map[string]string{"actor": "actor_id", "user_login": "user_id", "user_email": "user_id"}

func isActor(claim string) bool {
	return actorIDs[claim] != "" || claim == "actor_id" || claim == "user_id"
}

// actors reports one condition a block: whoever names the id as well has one
// problem, not two.
func actors(l *look) {
	for c := range l.conditions(inMatch, inRequire) {
		first := slices.IndexFunc(c.others, func(m policy.Match) bool { return isActor(m.Claim.Name) })
		if first >= 0 && c.Match == &c.others[first] && !c.kind.ExactSubject {
			l.report(start(c.Match), check.Finding{
				Subject: c.subject, Fix: "remove it; say by event and workflow which jobs are meant",
				Message: "who started a job does not say whose code it runs, and re-runs keep the first one's name",
			})
		}
	}
}

// actorNames looks at what excludes people as well. The name of a bot is its
// own: nobody else's has brackets.
func actorNames(l *look) {
	for c := range l.conditions(inMatch, inRequire, inUnless) {
		id := actorIDs[c.Claim.Name]
		if id == "" || c.beside(id) || c.kind.ExactSubject {
			continue
		}
		for _, w := range words(c.Match) {
			if !strings.HasSuffix(w.Text, "[bot]") {
				l.report(w.Pos, check.Finding{
					Subject: c.subject, Fix: "use " + id + " in its place",
					Message: c.Claim.Name + " is a name that its owner can change, and that somebody else can take then",
				})
			}
		}
	}
}

func workflowNames(l *look) {
	for c := range l.conditions(inMatch, inRequire, inUnless) {
		if c.Claim.Name == "workflow" {
			l.report(start(c.Match), check.Finding{
				Subject: c.subject, Fix: "match the file: workflow_ref: OWNER/NAME/.github/workflows/FILE@REF",
				Message: "any branch can have a workflow of this name",
			})
		}
	}
}
