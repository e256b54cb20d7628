package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

// failure is a condition that does not hold, and all that is known around it.
type failure struct {
	policy *policy.Policy
	job    Job
	eval   policy.Evaluation
	name   string // of the condition
	match  *policy.Match
	actual string // the claim, where it is text
}

// hints says of each condition that does not hold what may be behind it: the
// first that fits.
func hints(p *policy.Policy, job Job, e policy.Evaluation) []Hint {
	var all []Hint
	var lacking []string
	first := 0
	for _, c := range e.Conditions {
		if c.Passed {
			continue
		}
		f := failure{policy: p, job: job, eval: e, name: c.Name, match: matchOf(e.Grant, c.Name)}
		f.actual, _ = job.Claims.Text(policy.ClaimOf(c.Name))
		if lacks := f.lacks(); lacks != "" && !slices.Contains(lacking, lacks) {
			if lacking = append(lacking, lacks); len(lacking) > 1 {
				continue
			}
			first = len(all)
		}
		if text := f.hint(); text != "" {
			all = append(all, Hint{c.Name, text})
		}
	}
	if len(lacking) > 1 {
		all[first].Text = "these claims lack " + strings.Join(lacking, ", ") + ", which every token of " + e.Grant.Issuer.Vocabulary.Title + " has; are they all of the job's?"
	}
	return all
}

// lacks names the claim that the condition is about and that every token has but
// this one; "" where that is not so.
func (f failure) lacks() string {
	if f.name == "event" && absent(f.claims()[f.eval.Grant.Issuer.Vocabulary.Event]) {
		return f.eval.Grant.Issuer.Vocabulary.Event
	}
	if f.match == nil || f.match.Claim.Presence.Sometimes || !absent(f.claims()[f.match.Claim.Name]) || strings.HasPrefix(f.name, "unless[") {
		return ""
	}
	return f.match.Claim.Name
}

func absent(value any) bool { return value == nil || value == "" }

func matchOf(g *policy.Grant, condition string) *policy.Match {
	claim := policy.ClaimOf(condition)
	if strings.HasPrefix(condition, "require.") {
		return g.Issuer.Find(claim)
	}
	return g.Find(claim)
}

func (f failure) hint() string {
	switch {
	case f.name == "issuer":
		return f.issuer()
	case f.name == "event":
		return f.event()
	case f.name == "expires":
		return "the grant has ended; what it gave is given no more"
	case strings.HasPrefix(f.name, "unless["):
		return f.unless()
	case f.match == nil:
		return ""
	}
	for _, look := range []func() string{f.absent, f.otherType, f.fixture, f.renamed, f.caller, f.otherCase, f.pullRequest, f.refForm, f.star} {
		if text := look(); text != "" {
			return text
		}
	}
	return ""
}

func (f failure) claims() identity.Claims { return f.job.Claims }

// issuer looks for what is nearly the token's issuer.
func (f failure) issuer() string {
	got, want := f.job.Issuer, f.eval.Grant.Issuer
	for _, i := range f.policy.Trusted() {
		if i.URL == got {
			return "this token is of issuer " + i.Name + ", the grant is for jobs of issuer " + want.Name
		}
	}
	switch {
	case got == "":
		return "the claims have no iss; whoami --format json writes it"
	case strings.TrimRight(got, "/") == strings.TrimRight(want.URL, "/"):
		return "the URLs differ by a slash at the end; the policy must have it as the token does"
	case strings.EqualFold(strings.TrimRight(got, "/"), strings.TrimRight(want.URL, "/")):
		return "the URLs differ by case; the policy must have it as the token does"
	case strings.HasSuffix(got, "/_services/token"):
		return "this token is of a GitHub Enterprise Server, which is an issuer of its own, of kind github-server"
	}
	return "no issuer of the policy has that URL"
}

func (f failure) event() string {
	kind := f.eval.Grant.Issuer.Vocabulary
	if absent(f.claims()[kind.Event]) {
		return "these claims have no " + kind.Event + ", which every token of " + kind.Title + " has"
	}
	return fmt.Sprintf("a grant without %s admits %s alone; others must be listed under match", kind.Event, strings.Join(kind.Events, ", "))
}

func (f failure) unless() string {
	for i, block := range f.eval.Grant.Unless {
		if fmt.Sprintf("unless[%d]", i) != f.name {
			continue
		}
		for _, m := range block.Matches {
			if value := f.claims()[m.Claim.Name]; value == nil || value == "" {
				return "the job has no " + m.Claim.Name + ", and what unless names must be there"
			}
		}
	}
	return ""
}

// absent says when tokens have a claim that this one lacks.
func (f failure) absent() string {
	claim := f.match.Claim
	value := f.claims()[claim.Name]
	if value != nil && value != "" {
		if f.match.Values.Empty {
			return "the grant is for jobs without " + claim.Name
		}
		return ""
	}
	kind := f.eval.Grant.Issuer.Vocabulary
	event, _ := f.claims().Text(kind.Event)
	switch {
	case !claim.Presence.Sometimes:
		return "every token of " + kind.Title + " has " + claim.Name + "; are these all of the job's claims?"
	case event != "" && len(claim.Presence.Events) > 0:
		return fmt.Sprintf("tokens have no %s on the event %s: it is %s", claim.Name, event, claim.Presence.Note)
	}
	return claim.Name + " is there " + claim.Presence.Note
}

// otherType sees values that are no text where the policy wants one.
func (f failure) otherType() string {
	claim := f.match.Claim
	if _, isText := f.claims()[claim.Name].(string); isText == (claim.Type == identity.Text) {
		return ""
	}
	if claim.Type == identity.Text {
		return "in a token " + claim.Name + " is a text, in quotes; nothing is converted"
	}
	return "in a token " + claim.Name + " is a " + string(claim.Type) + ", without quotes; nothing is converted"
}

// fixture sees that a typical job is one of another repository than the grant's.
func (f failure) fixture() string {
	kind := f.eval.Grant.Issuer.Vocabulary
	claim := f.match.Claim.Name
	if f.job.Fixture == "" || claim != kind.Repository && !slices.Contains(slices.Concat(kind.Identity, kind.Tenant), claim) {
		return ""
	}
	text := f.job.Fixture + " is a job with " + claim + " " + f.actual + "; "
	if len(f.match.Values.Exact) > 0 {
		if set, ok := quote.Shell([]string{"--set", claim + "=" + f.match.Values.Exact[0].Text}); ok {
			return text + "add " + set
		}
	}
	return text + "say another with --set"
}

// renamed compares the names of a repository with its ids: which of them fit
// tells what happened to it.
func (f failure) renamed() string {
	kind := f.eval.Grant.Issuer.Vocabulary
	claim := f.match.Claim.Name
	id := f.outcome(kind.Identity)
	name := f.outcome([]string{kind.Repository})
	owner := f.outcome(kind.Tenant)
	switch {
	case claim == kind.Repository && id == fits && owner == misfits:
		return "same id, other name and owner: the repository was transferred"
	case claim == kind.Repository && id == fits:
		return "same id, other name: the repository was renamed; the grant's " + claim + " can follow"
	case slices.Contains(kind.Identity, claim) && name == fits:
		return "same name, other id: this is another repository that has the name now"
	case slices.Contains(kind.Tenant, claim) && id == fits:
		return "same id, other owner: the repository was transferred"
	case slices.Contains(kind.Tenant, claim) && name == fits:
		return "same name, other owner's id: the name belongs to somebody else here"
	}
	return ""
}

// outcome is what became of the conditions on some claims.
type outcome int

const (
	notAsked outcome = iota
	fits
	misfits
)

func (f failure) outcome(claims []string) outcome {
	result := notAsked
	for _, c := range f.eval.Conditions {
		if !slices.Contains(claims, policy.ClaimOf(c.Name)) || policy.ClaimOf(c.Name) == "" {
			continue
		}
		if !c.Passed {
			return misfits
		}
		result = fits
	}
	return result
}

// caller sees that the calling workflow was taken for the called one.
func (f failure) caller() string {
	pairs := map[string]string{"workflow_ref": "job_workflow_ref", "job_workflow_ref": "workflow_ref", "workflow_sha": "job_workflow_sha", "job_workflow_sha": "workflow_sha"}
	claim := f.match.Claim.Name
	other := pairs[claim]
	text, ok := f.claims().Text(other)
	if other == "" || !ok || text == f.actual || !f.match.Values.Admits(text) {
		return ""
	}
	return claim + " is the " + role(claim) + " workflow's; what the grant wants is in this job's " + other + ", the " + role(other) + " workflow's"
}

func role(claim string) string {
	if strings.HasPrefix(claim, "job_") {
		return "called"
	}
	return "calling"
}

// otherCase sees values that differ by case alone.
func (f failure) otherCase() string {
	folded := policy.Values{Exact: lower(f.match.Values.Exact), Globs: lower(f.match.Values.Globs)}
	if !folded.Admits(strings.ToLower(f.actual)) {
		return ""
	}
	if f.match.Claim.Folded {
		return "it differs by case alone; the platform takes both for the same, a policy does not"
	}
	return "it differs by case alone"
}

func lower(words []policy.Word) []policy.Word {
	folded := slices.Clone(words)
	for i := range folded {
		folded[i].Text = strings.ToLower(folded[i].Text)
	}
	return folded
}

// pullRequest explains refs that are no branch of anybody's.
func (f failure) pullRequest() string {
	if f.match.Claim.Ref != identity.FullRef {
		return ""
	}
	base, hasBase := f.claims().Text("base_ref")
	switch {
	case strings.HasPrefix(f.actual, "refs/pull/") && hasBase && base != "":
		return "a pull request's job runs for the pull request, not for a branch; base_ref says that it goes to " + base
	case strings.HasPrefix(f.actual, "refs/pull/"):
		return "a pull request's job runs for the pull request, not for a branch"
	case strings.HasPrefix(f.actual, "refs/heads/gh-readonly-queue/"):
		return "a merge queue runs on branches of its own"
	}
	return ""
}

// refForm sees refs in another form than the one that is wanted, and tags and
// branches of one name.
func (f failure) refForm() string {
	claim := f.match.Claim
	admits := f.match.Values.Admits
	short := f.actual
	for _, prefix := range []string{"refs/heads/", "refs/tags/"} {
		short = strings.TrimPrefix(short, prefix)
	}
	switch {
	case claim.Ref == identity.NoRef || claim.Ref == identity.FileRef:
		return ""
	case claim.Ref == identity.ShortRef && short != f.actual && admits(short):
		return "tokens have " + claim.Name + " in its short form: " + short
	case claim.Ref == identity.FullRef && short == f.actual && (admits("refs/heads/"+short) || admits("refs/tags/"+short)):
		return "tokens have " + claim.Name + " in full: refs/heads/" + short + " or refs/tags/" + short
	case strings.HasPrefix(f.actual, "refs/tags/") && admits("refs/heads/"+short):
		return "this is a tag that is called like the branch"
	case strings.HasPrefix(f.actual, "refs/heads/") && admits("refs/tags/"+short):
		return "this is a branch that is called like the tag"
	}
	return ""
}

// star sees globs whose star stops too early.
func (f failure) star() string {
	wider := policy.Values{}
	for _, g := range f.match.Values.Globs {
		g.Text = strings.ReplaceAll(strings.ReplaceAll(g.Text, "**", "*"), "*", "**")
		wider.Globs = append(wider.Globs, g)
	}
	if !wider.Admits(f.actual) {
		return ""
	}
	return "a * in a glob stops at a slash; ** does not"
}
