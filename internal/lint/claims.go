package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
)

// claimRules are about claims that no condition should be on.
var claimRules = []rule{
	{check.Meta{ID: "matches-sub", Summary: "a condition is on sub, whose form differs and can be customized", Severity: check.High}, perCondition(anywhere, badClaims)},
	{check.Meta{ID: "workflow-name-as-guard", Summary: "a condition is on a workflow's name, which is free text", Severity: check.High}, perCondition(anywhere, badClaims)},
	{check.Meta{ID: "audience-as-identity", Summary: "a grant tells jobs apart by something that every job can ask for", Severity: check.Medium}, perCondition(anywhere, badClaims)},
	{check.Meta{ID: "custom-property-guard", Summary: "a condition is on a custom property, which a repository's own administrators may be able to edit", Severity: check.Medium}, perCondition(anywhere, badClaims)},
}

const propertyPrefix = "repo_property_"

// badClaim says why a condition is on the wrong claim. A name that ends in _
// stands for all that begin so.
type badClaim struct{ rule, claim, message, fix string }

var badClaimList = []badClaim{
	{"matches-sub", "sub", "the form of sub differs between repositories, and administrators can change it", "match the claims that it is made of: autoken policy claims KIND"},
	{"workflow-name-as-guard", "workflow", "any branch can have a workflow of this name", "match the file: workflow_ref: OWNER/NAME/.github/workflows/FILE@REF"},
	{"audience-as-identity", "aud", "a job may ask for any audience, so it says nothing about who asks", "remove aud: the issuer's audience is compared already"},
	{"audience-as-identity", "iss", "every job of the issuer has this iss", "remove iss: the issuer's url is compared already"},
	{
		"custom-property-guard", propertyPrefix, "who may edit this property lets repositories in, and that can be their own administrators",
		"let only the organization edit the property, and ignore this with that reason",
	},
}

// is reports whether the condition is one of that kind. An issuer of which
// nothing else is known has sub alone.
func (b *badClaim) is(c *condition) bool {
	open := strings.HasSuffix(b.claim, "_") && strings.HasPrefix(c.Claim.Name, b.claim)
	return open || c.Claim.Name == b.claim && (b.claim != "sub" || !c.kind.ExactSubject)
}

func badClaims(l *look, c *condition) {
	for i := range badClaimList {
		if b := &badClaimList[i]; b.rule == l.rule.ID && b.is(c) {
			l.say(start(c.Match), b.message, strings.Replace(b.fix, "KIND", c.kind.Name, 1))
		}
	}
}
