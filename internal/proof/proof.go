// Package proof runs a policy's tests, and finds what they leave unproven: the
// conditions that no test needs, and the jobs that nobody meant to admit. It
// looks at claims that nobody verified, and decides as the broker does.
package proof

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// Outcome is how a test ended.
type Outcome string

// The outcomes. A Broken test says nothing that could hold or not.
const (
	Passed Outcome = "passed"
	Failed Outcome = "failed"
	Broken Outcome = "broken"
)

// Result is one test and how it ended.
type Result struct {
	Test       *policy.Test
	Outcome    Outcome
	Pos        check.Pos         // what the reason is about
	Reason     string            // why it did not pass, or what to know about one that did
	Fix        string            // what to write instead
	Claims     identity.Claims   // of the job; nil where the test is Broken
	Evaluation policy.Evaluation // empty where the test is Broken
}

// Select returns the tests whose names have text in them, or fit it as a pattern
// of path.Match.
func Select(tests []*policy.Test, text string) []*policy.Test {
	var selected []*policy.Test
	for _, t := range tests {
		if fits, err := path.Match(text, t.Name); strings.Contains(t.Name, text) || (fits && err == nil) {
			selected = append(selected, t)
		}
	}
	return selected
}

// Run runs tests of a policy at a time.
func Run(p *policy.Policy, tests []*policy.Test, now time.Time) []Result {
	results := make([]Result, len(tests))
	for i, t := range tests {
		results[i].run(p, t, now)
	}
	return results
}

func (r *Result) run(p *policy.Policy, t *policy.Test, now time.Time) {
	r.Test, r.Pos, r.Outcome = t, t.Pos, Passed
	g := p.Grant(t.Grant.Text)
	if g == nil {
		r.unknown(t.Grant.Pos, "there is no grant", t.Grant.Text, grantIDs(p))
		return
	}
	fixture, ok := identity.LookupFixture(t.From)
	switch {
	case !ok:
		r.unknown(t.FromPos, "there is no fixture", t.From, fixturesOf(g.Issuer.Kind))
		return
	case fixture.Kind != g.Issuer.Kind:
		r.broken(t.FromPos, namesakeFixture(t.From, g.Issuer.Kind), t.From+" is a token of "+fixture.Kind+", and the issuer "+g.Issuer.Name+" of the grant is of kind "+g.Issuer.Kind)
		return
	}
	if r.checkClaims(g.Issuer.Vocabulary); r.Outcome == Broken {
		return
	}
	r.Claims = claimsOf(t, fixture, g.Issuer)
	issuer, _ := r.Claims.Text("iss")
	r.Evaluation = p.Evaluate(issuer, r.Claims, g.ID, now)
	if r.checkWhy(); r.Outcome != Broken {
		r.judge()
	}
}

// claimsOf is the token that a test is about: set replaces what it names and
// derives nothing.
func claimsOf(t *policy.Test, fixture identity.Fixture, issuer *policy.Issuer) identity.Claims {
	claims := fixture.Claims
	claims["iss"], claims["aud"] = issuer.URL, issuer.Audience
	for name, value := range t.Set {
		claims[name] = asNumber(issuer.Vocabulary, name, value)
	}
	for _, name := range t.Unset {
		delete(claims, name)
	}
	return claims
}

// asNumber returns a claim's value as the vocabulary has it: a test reads what is
// called an id as a text.
func asNumber(kind *identity.Kind, name string, value any) any {
	text, isText := value.(string)
	if c, known := kind.Claim(name); isText && known && c.Type == identity.Number && text != "" && strings.Trim(text, "0123456789") == "" {
		return json.Number(text)
	}
	return value
}

func grantIDs(p *policy.Policy) []string {
	ids := make([]string, 0, len(p.Grants))
	for _, g := range p.Grants {
		ids = append(ids, g.ID)
	}
	return ids
}

func fixturesOf(kind string) []string {
	var names []string
	for _, f := range identity.Fixtures() {
		if f.Kind == kind {
			names = append(names, f.Name)
		}
	}
	return names
}

// namesakeFixture returns the fixture of a kind that is called like another
// kind's, "" where there is none.
func namesakeFixture(name, kind string) string {
	_, job, _ := strings.Cut(name, "/")
	all := fixturesOf(kind)
	if i := slices.IndexFunc(all, func(other string) bool { return strings.HasSuffix(other, "/"+job) }); i >= 0 {
		return all[i]
	}
	return ""
}

func (r *Result) broken(pos check.Pos, near, reason string) {
	r.Outcome, r.Pos, r.Reason = Broken, pos, reason
	if near != "" {
		r.Fix = "did you mean " + near + "?"
	}
}

func (r *Result) unknown(pos check.Pos, what, word string, known []string) {
	near := check.Nearest(word, known)
	what += " " + strconv.Quote(word)
	if near == "" && len(known) > 0 && len(known) <= 24 {
		what += ", known: " + strings.Join(known, ", ")
	}
	r.broken(pos, near, what)
}

// beforePolicy are claims that decide before any grant is looked at.
var beforePolicy = []string{"aud", "exp", "iat", "nbf", "jti"}

// checkClaims refuses a test that changes what a grant cannot ask for.
func (r *Result) checkClaims(kind *identity.Kind) {
	names := slices.Sorted(maps.Keys(r.Test.Set))
	known := kind.ClaimNames()
	for _, name := range append(names, r.Test.Unset...) {
		if slices.Contains(beforePolicy, name) {
			r.broken(r.Test.Pos, "", name+" is checked before any grant is looked at: a test cannot change it")
			return
		}
		if _, ok := kind.Claim(name); ok {
			continue
		}
		// An unknown claim may be what the test is about, a misspelt one is not.
		if near := check.Nearest(name, known); near != "" {
			r.broken(r.Test.Pos, near, kind.Name+" tokens have no claim "+strconv.Quote(name))
			return
		}
	}
}

// checkWhy refuses a reason that the grant cannot have.
func (r *Result) checkWhy() {
	t := r.Test
	names := conditionNames(r.Evaluation)
	switch {
	case t.Why == "":
	case t.Allow:
		r.broken(t.WhyPos, "", "why names the condition that denies, and this test expects the grant to allow")
	case !slices.Contains(names, t.Why):
		r.unknown(t.WhyPos, "grant "+t.Grant.Text+" has no condition", t.Why, names)
	}
}

func conditionNames(e policy.Evaluation) []string {
	names := make([]string, 0, len(e.Conditions))
	for _, c := range e.Conditions {
		names = append(names, c.Name)
	}
	return names
}

const expires = "expires"

// judge compares what was expected with what was decided.
func (r *Result) judge() {
	e, t := &r.Evaluation, r.Test
	failed := e.Failed()
	end := e.Grant.Expires.UTC().Format("2006-01-02")
	onlyExpired := len(failed) == 1 && failed[0] == expires
	r.Outcome = Failed
	switch {
	case t.Allow && e.WouldAllow:
		r.Reason = "every condition fits, and the grant only observes: it allows nothing"
	case t.Allow && onlyExpired:
		r.Reason = "denied since " + end + ": the grant has expired, and nothing else is in the way"
	case t.Allow && !e.Allowed:
		r.Reason = "denied, and the test expects allow"
	case !t.Allow && e.Allowed:
		r.Reason = "allowed, and the test expects deny"
	case t.Why == expires && !slices.Contains(failed, expires):
		r.Reason = "the grant has not expired: it does on " + end
	case t.Why != "" && !slices.Contains(failed, t.Why):
		r.Reason = "denied, but " + t.Why + " is not why: it fits"
	default:
		r.Outcome = Passed
	}
	switch {
	case r.Outcome == Failed || t.Allow:
	case e.WouldAllow:
		r.Reason = "denied only because the grant observes"
	case onlyExpired && t.Why != expires:
		r.Reason = "denied only because the grant has expired"
	}
}
