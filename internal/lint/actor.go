package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var actorRules = []rule{
	{check.Meta{ID: "actor-as-guard", Summary: "a grant admits jobs by who started them, which others can bring about", Severity: check.High}, perCondition(inMatch|inRequire, actors)},
	{check.Meta{ID: "actor-name-no-id", Summary: "a person is named by a login, which can change hands", Severity: check.Medium}, perCondition(inMatch|inRequire|inUnless, actorNames)},
}

// actorID returns the claim by which the person that a claim names is known for
// good, "" for one that names nobody.
func actorID(claim string) string {
	switch claim {
	case "actor":
		return "actor_id"
	case "user_login", "user_email":
		return "user_id"
	}
	return ""
}

func isActor(claim string) bool {
	return actorID(claim) != "" || claim == "actor_id" || claim == "user_id"
}

func firstActor(matches []policy.Match) *policy.Match {
	for i := range matches {
		if isActor(matches[i].Claim.Name) {
			return &matches[i]
		}
	}
	return nil
}

// actors reports one condition a block: whoever names the id as well has one
// problem, not two.
func actors(l *look, c *condition) {
	if isActor(c.Claim.Name) && c.Match == firstActor(c.others) {
		l.say(start(c.Match),
			"who started a job does not say whose code it runs, and re-runs keep the first one's name",
			"remove it; say by event and workflow which jobs are meant")
	}
}

// actorNames looks at what excludes people as well. The name of a bot is its
// own: nobody else's has brackets.
func actorNames(l *look, c *condition) {
	id := actorID(c.Claim.Name)
	if id == "" || c.beside(id) {
		return
	}
	for _, w := range words(c.Match) {
		if !strings.HasSuffix(w.Text, "[bot]") {
			l.say(w.Pos, c.Claim.Name+" is a name that its owner can change, and that somebody else can take then", "use "+id+" in its place")
		}
	}
}
