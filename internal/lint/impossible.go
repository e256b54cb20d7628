package lint

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var impossibleRules = []rule{
	{check.Meta{ID: "impossible-fixture", Summary: "a test is about a token that no job has, so it shows nothing", Severity: check.Medium}, (*look).impossibleFixture},
}

// impossibleFixture looks at the claims that tests are made with. It relies on
// what is always so alone.
func (l *look) impossibleFixture() {
	for _, test := range l.Policy.Tests {
		fixture, known := identity.LookupFixture(test.From)
		grant := l.Policy.Grant(test.Grant.Text)
		if !known || grant == nil || !grant.Sound || fixture.Kind != grant.Issuer.Kind {
			continue // broken-test says so
		}
		kind := grant.Issuer.Vocabulary
		if l.impossibleClaim(test, kind) {
			continue
		}
		claims := fixture.Claims
		maps.Copy(claims, test.Set)
		for _, name := range test.Unset {
			delete(claims, name)
		}
		l.impossibleTogether(test, kind, claims)
	}
}

// impossibleClaim reports the claims of a test that no token of the kind has, or
// not with such a value.
func (l *look) impossibleClaim(test *policy.Test, kind *identity.Kind) bool {
	found := false
	for _, name := range slices.Sorted(maps.Keys(test.Set)) {
		claim, known := kind.Claim(name)
		switch {
		case isProtocol(name):
		case !known:
			l.reportTest(test, name, "tokens of "+kind.Title+" have no claim "+name, meant(name, kind.ClaimNames()))
			found = true
		case test.Set[name] != "" && typeOf(test.Set[name]) != claim.Type:
			l.reportTest(test, name, name+" is "+typeName(claim.Type)+" in a token, here it is "+typeName(typeOf(test.Set[name])), "")
			found = true
		default:
			text, _ := test.Set[name].(string)
			if message, fix := oddText(claim, text, anyHome); message != "" {
				l.reportTest(test, name, message, fix)
				found = true
			}
		}
	}
	return found
}

// isProtocol reports whether a claim is one that every ID token has and no policy
// speaks of.
func isProtocol(claim string) bool {
	return slices.Contains([]string{"iat", "nbf", "exp", "jti"}, claim)
}

func typeName(t identity.Type) string {
	switch t {
	case identity.Bool:
		return "true or false"
	case identity.Number:
		return "a number"
	case identity.List:
		return "a list"
	case identity.Text:
	}
	return "a text"
}

func typeOf(value any) identity.Type {
	switch value.(type) {
	case bool:
		return identity.Bool
	case json.Number:
		return identity.Number
	case []any:
		return identity.List
	}
	return identity.Text
}

// impossibleTogether reports the first implication that a test's claims break.
func (l *look) impossibleTogether(test *policy.Test, kind *identity.Kind, claims identity.Claims) {
	for _, i := range kind.Implications {
		if i.Level != identity.Always || !holds(i.If, claims) || holds(i.Then, claims) {
			continue
		}
		culprit := i.Then.Claim
		if _, set := test.Set[culprit]; !set {
			culprit = i.If.Claim
		}
		l.reportTest(test, culprit, "no token has "+shown(i.If.Claim, claims)+" and "+shown(i.Then.Claim, claims),
			"begin with the fixture that is nearest, or set what goes with it as well")
		return
	}
}

// holds reports whether claims are as a term says.
func holds(t identity.Term, claims identity.Claims) bool {
	text, isText := claims.Text(t.Claim)
	if text == "" {
		return t.Empty && (isText || claims[t.Claim] == nil)
	}
	fits := policy.Values{}
	for _, glob := range t.Globs {
		fits.Globs = append(fits.Globs, policy.Word{Text: glob})
	}
	return slices.Contains(t.Values, text) || fits.Admits(text)
}

func shown(claim string, claims identity.Claims) string {
	text, _ := claims.Text(claim)
	if text == "" {
		return "no " + claim
	}
	return claim + " " + text
}

// reportTest reports something about what a test sets a claim to, or about what
// it sets where that has no such claim.
func (l *look) reportTest(test *policy.Test, claim, message, fix string) {
	set := below(l.item("tests", test.Pos), "set")
	at := below(set, claim)
	if at == nil {
		at = set
	}
	l.report(placeOf(at, test.Pos), check.Finding{Subject: "test " + strings.TrimSpace(test.Name), Message: message, Fix: fix})
}
