package lint

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var testRules = []rule{
	{check.Meta{ID: "broken-test", Summary: "a test names a fixture, a grant or a condition that there is not, so it shows nothing", Severity: check.Medium}, brokenTests},
}

func brokenTests(l *look) {
	for _, t := range l.Policy.Tests {
		l.subject = "test " + t.Name
		g := l.Policy.Grant(t.Grant.Text)
		switch {
		case g == nil && len(l.Findings) > 0:
			l.unsure(l.subject, "whether there is a grant "+t.Grant.Text+" is known when the errors are gone")
		case g == nil:
			l.say(t.Grant.Pos, "there is no grant "+t.Grant.Text, l.meantGrant(t.Grant.Text))
		case g.Issuer != nil && l.rightFixture(t, g) && g.Sound:
			l.rightReason(t, g)
		}
	}
}

// meantGrant knows what people leave out: the team's name.
func (l *look) meantGrant(id string) string {
	names := l.grantNames()
	if i := slices.IndexFunc(names, func(name string) bool { return strings.HasSuffix(name, "/"+id) }); i >= 0 {
		return "write " + names[i]
	}
	return meant(id, names)
}

// rightFixture reports whether a test begins with a token of the grant's issuer,
// and says so where it does not.
func (l *look) rightFixture(t *policy.Test, g *policy.Grant) bool {
	fixture, known := identity.LookupFixture(t.From)
	switch {
	case !known:
		l.say(t.FromPos, "there is no fixture "+t.From, cmp.Or(meant(t.From, identity.FixtureNames()), "autoken policy claims --fixtures lists them"))
	case fixture.Kind != g.Issuer.Kind:
		l.say(t.FromPos,
			t.From+" is a token of "+identity.LookupKind(fixture.Kind).Title+", the grant's issuer is "+g.Issuer.Vocabulary.Title,
			"begin with a fixture of that kind: autoken policy claims --fixtures "+g.Issuer.Kind)
	default:
		return true
	}
	return false
}

func (l *look) rightReason(t *policy.Test, g *policy.Grant) {
	var names []string
	for _, c := range l.Policy.Evaluate(g.Issuer.URL, identity.Claims{}, g.ID, time.Time{}).Conditions {
		names = append(names, c.Name)
	}
	switch {
	case t.Why == "":
	case t.Allow:
		l.say(t.WhyPos, "why names what denies, and this test expects the grant to allow", "remove it, or write expect: deny")
	case !slices.Contains(names, t.Why):
		l.say(t.WhyPos, "the grant has no condition "+t.Why, cmp.Or(meant(t.Why, names), "one of: "+strings.Join(names, ", ")))
	}
}
