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
	{"matches-sub", "sub", "the form of sub differs between repositories, and administrators can change it", ""},
	{"workflow-name-as-guard", "workflow", "any branch can have a workflow of this name", "match the file: workflow_ref: OWNER/NAME/.github/workflows/FILE@REF"},
	{"audience-as-identity", "aud", "a job may ask for any audience, so it says nothing about who asks", "remove aud: the issuer's audience is compared already"},
	{"audience-as-identity", "iss", "every job of the issuer has this iss", "remove iss: the issuer's url is compared already"},
	{
		"custom-property-guard", propertyPrefix, "who may edit this property lets repositories in, and that can be their own administrators",
		"let only the organization edit the property, and ignore this with that reason",
	},
}

// is reports whether a claim is one of that kind.
func (b *badClaim) is(claim string) bool {
	return claim == b.claim || strings.HasSuffix(b.claim, "_") && strings.HasPrefix(claim, b.claim)
}

// badClaimOn returns what is wrong with conditions on a claim, nil where that is
// nothing.
func badClaimOn(claim string) *badClaim {
	for i := range badClaimList {
		if badClaimList[i].is(claim) {
			return &badClaimList[i]
		}
	}
	return nil
}

// badClaims leaves alone the subject of an issuer of which nothing else is known,
// and what denies everybody, which never-matches says.
func badClaims(l *look, c *condition) {
	b := badClaimOn(c.Claim.Name)
	switch {
	case b == nil || b.rule != l.rule.ID:
	case b.claim == "sub" && c.kind.ExactSubject:
	case b.claim == "sub":
		l.say(start(c.Match), b.message, claimsOf(c))
	case c.in == inMatch && b.rule == "audience-as-identity" && !c.ofIssuer():
	default:
		l.say(start(c.Match), b.message, b.fix)
	}
}

// ofIssuer reports whether a condition on iss or aud admits the tokens of its
// issuer at all.
func (c *condition) ofIssuer() bool {
	if c.Claim.Name == "iss" {
		return c.Values.Admits(c.issuer.URL)
	}
	return c.Values.Admits(c.issuer.Audience)
}

// claimsOf writes the conditions that a condition on the subject stands for.
func claimsOf(c *condition) string {
	for _, w := range c.Values.Exact {
		if lines := subjectLines(w.Text); len(lines) > 0 {
			return "write " + strings.Join(lines, " and ") + "; autoken help trust-policies"
		}
	}
	return "match the claims that it is made of: autoken policy claims " + c.kind.Name
}

// subjectLines takes a subject of GitHub's or GitLab's apart, as it comes; none
// where it is another.
func subjectLines(subject string) []string {
	key, rest, _ := strings.Cut(subject, ":")
	name, context, ok := strings.Cut(rest, ":")
	switch {
	case !ok || strings.Contains(name, "?"):
		return nil
	case key == "project_path":
		return gitlabContext(line("project_path", name), context)
	case key == "repo":
		return githubContext(repositoryLines(name), context)
	}
	return nil
}

// repositoryLines writes the repository of a subject, by its ids where it has
// them: owner@1/name@2.
func repositoryLines(name string) []string {
	owner, short, _ := strings.Cut(name, "/")
	login, ownerID, _ := strings.Cut(owner, "@")
	short, id, immutable := strings.Cut(short, "@")
	if !immutable {
		return []string{line("repository", name)}
	}
	return []string{line("repository_owner_id", ownerID), line("repository_id", id), line("repository", login+"/"+short)}
}

func githubContext(lines []string, context string) []string {
	key, value, _ := strings.Cut(context, ":")
	switch {
	case context == "pull_request":
		return append(lines, line("event_name", context))
	case value != "" && (key == "ref" || key == "environment" || key == "job_workflow_ref"):
		return append(lines, line(key, strings.ReplaceAll(value, "%3A", ":")))
	}
	return nil
}

func gitlabContext(project string, context string) []string {
	rest, _ := strings.CutPrefix(context, "ref_type:")
	sort, ref, ok := strings.Cut(rest, ":ref:")
	if !ok {
		return nil
	}
	folder := "refs/heads/"
	if sort == "tag" {
		folder = "refs/tags/"
	}
	return []string{project, line("ref_path", folder+ref)}
}
