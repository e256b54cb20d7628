package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/identity"
)

// compile turns what the grant says into conditions, in the order in which
// people look at them.
func (g *Grant) compile() {
	g.conditions = []condition{g.issuerCondition()}
	g.pin = []condition{g.issuerCondition()}
	for _, m := range g.Issuer.Require {
		g.add("require.", m)
	}
	for _, m := range g.Match {
		g.add("match.", m)
	}
	if event := g.eventCondition(); event != nil {
		g.conditions = append(g.conditions, *event)
	}
	for i, block := range g.Unless {
		g.conditions = append(g.conditions, block.condition(i))
	}
	if !g.Expires.IsZero() {
		g.conditions = append(g.conditions, g.expiryCondition())
	}
	g.jobs = g.describe()
}

func (g *Grant) add(prefix string, m Match) {
	c := m.condition(prefix)
	g.conditions = append(g.conditions, c)
	if slices.Contains(g.pinClaims(), m.Claim.Name) {
		g.pin = append(g.pin, c)
	}
}

func (g *Grant) issuerCondition() condition {
	url := g.Issuer.URL
	return condition{
		name: "issuer", pos: g.Issuer.Pos, want: url,
		holds: func(in input) bool { return in.issuer == url && url != "" },
		show:  func(in input) string { return in.issuer },
	}
}

func (m Match) condition(prefix string) condition {
	name, want, values := m.Claim.Name, m.Claim.Type, m.Values
	return condition{
		name: prefix + name, pos: m.Pos, want: values.String(),
		holds: func(in input) bool { return values.admit(in.claims[name], want) },
		show:  func(in input) string { return shownValue(in.claims[name]) },
	}
}

// eventCondition admits the kind's harmless events where the grant lists none.
func (g *Grant) eventCondition() *condition {
	kind := g.Issuer.Vocabulary
	if kind.Event == "" || g.Find(kind.Event) != nil {
		return nil
	}
	return &condition{
		name: "event", pos: g.Pos, want: strings.Join(kind.Events, " or "),
		holds: func(in input) bool {
			event, ok := in.claims.Text(kind.Event)
			return ok && slices.Contains(kind.Events, event)
		},
		show: func(in input) string { return shownValue(in.claims[kind.Event]) },
	}
}

func (b Block) condition(i int) condition {
	return condition{
		name: fmt.Sprintf("unless[%d]", i), pos: b.Pos, want: "not " + b.String(),
		holds: func(in input) bool { return !b.applies(in.claims) },
		show:  b.show,
	}
}

// applies reports whether the block denies a job: all of it fits, or a claim
// that it speaks of is missing or not what it should be.
func (b Block) applies(claims identity.Claims) bool {
	fits := true
	for i := range b.Matches {
		m := &b.Matches[i]
		value := claims[m.Claim.Name]
		if absent(value) || !hasType(value, m.Claim.Type) {
			return true
		}
		fits = fits && m.Values.admit(value, m.Claim.Type)
	}
	return fits
}

func hasType(value any, want identity.Type) bool {
	if items, ok := value.([]any); ok {
		return want == identity.List && !slices.ContainsFunc(items, func(item any) bool { return !hasType(item, identity.Text) })
	}
	_, ok := claimText(value, want)
	return ok
}

// String returns the block's conditions as a person would say them.
func (b Block) String() string {
	parts := make([]string, 0, len(b.Matches))
	for _, m := range b.Matches {
		parts = append(parts, m.Claim.Name+" "+m.Values.String())
	}
	return strings.Join(parts, " and ")
}

func (b Block) show(in input) string {
	parts := make([]string, 0, len(b.Matches))
	for _, m := range b.Matches {
		parts = append(parts, m.Claim.Name+"="+shownValue(in.claims[m.Claim.Name]))
	}
	return strings.Join(parts, " ")
}

// expiryCondition never holds for a caller without a clock.
func (g *Grant) expiryCondition() condition {
	end := g.Expires
	return condition{
		name: "expires", pos: g.expiresPos, want: "before " + end.Format(time.RFC3339),
		holds: func(in input) bool { return !in.now.IsZero() && in.now.Before(end) },
		show:  func(in input) string { return in.now.UTC().Format(time.RFC3339) },
	}
}

// Find returns the grant's own condition on a claim, nil where there is none.
func (g *Grant) Find(claim string) *Match { return findMatch(g.Match, claim) }

// Find returns what every grant of the issuer wants of a claim, nil where that is
// nothing.
func (i *Issuer) Find(claim string) *Match { return findMatch(i.Require, claim) }

func findMatch(matches []Match, claim string) *Match {
	for i := range matches {
		if matches[i].Claim.Name == claim {
			return &matches[i]
		}
	}
	return nil
}
