package proof

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// maker makes tests of one grant.
type maker struct {
	p     *policy.Policy
	grant *policy.Grant
	now   time.Time    // at which the grant has not expired
	base  *policy.Test // that the grant allows, nil where none was found
}

// newMaker begins with a test that the grant allows: one of results, else a new
// one.
func newMaker(p *policy.Policy, g *policy.Grant, results []Result) *maker {
	m := &maker{p: p, grant: g, now: beforeExpiry(g)}
	for i := range results {
		if results[i].shows("") {
			m.base = results[i].Test
			return m
		}
	}
	m.base = m.allowed()
	return m
}

// beforeExpiry is a time at which the grant's expiry is no reason to deny.
func beforeExpiry(g *policy.Grant) time.Time {
	if g.Expires.IsZero() {
		return time.Unix(0, 0)
	}
	return g.Expires.Add(-time.Second)
}

// try runs a test that was made, as if the grant had not expired.
func (m *maker) try(t *policy.Test) *Result {
	var r Result
	r.run(m.p, t, m.now)
	return &r
}

func (m *maker) shows(t *policy.Test, condition string) bool { return m.try(t).shows(condition) }

// allowed makes the test of a job that the grant allows: from the fixture of
// which least has to change, or else from an example of the analyser's.
func (m *maker) allowed() *policy.Test {
	var best *policy.Test
	for _, name := range fixturesOf(m.grant.Issuer.Kind) {
		t := m.adapt(name)
		if (best == nil || size(t) < size(best)) && m.shows(t, "") {
			best = t
		}
	}
	if best == nil {
		best = m.fromExample()
	}
	return best
}

func size(t *policy.Test) int { return len(t.Set) + len(t.Unset) }

func (m *maker) newTest(from string, allow bool) *policy.Test {
	return &policy.Test{From: from, Set: map[string]any{}, Grant: policy.Word{Text: m.grant.ID}, Allow: allow}
}

// conditions are what the grant and its issuer want of single claims.
func (m *maker) conditions() []policy.Match {
	return slices.Concat(m.grant.Match, m.grant.Issuer.Require)
}

// adapt changes a fixture until it fits the grant.
func (m *maker) adapt(from string) *policy.Test {
	t := m.newTest(from, true)
	fixture, _ := identity.LookupFixture(from)
	claims := fixture.Claims
	for _, c := range m.conditions() {
		if c.Holds(claims) {
			continue
		}
		change(t, c.Claim.Name, exampleOf(c))
		for _, name := range follow(m.grant.Issuer.Vocabulary, claims, c, t) {
			change(t, name, claims[name])
		}
	}
	kind := m.grant.Issuer.Vocabulary
	if event, _ := claims.Text(kind.Event); kind.Event != "" && !slices.Contains(m.grant.Events(), event) && t.Set[kind.Event] == nil {
		change(t, kind.Event, m.grant.Events()[0])
	}
	return t
}

// change makes a test set a claim, or unset it where value is nil.
func change(t *policy.Test, claim string, value any) {
	t.Unset = slices.DeleteFunc(slices.Clone(t.Unset), func(name string) bool { return name == claim })
	delete(t.Set, claim)
	if value == nil {
		t.Unset = append(t.Unset, claim)
		return
	}
	t.Set[claim] = value
}

// follow changes claims as a condition wants it, and returns the names of other
// claims that always change with that one: whether a ref is a tag.
func follow(kind *identity.Kind, claims identity.Claims, c policy.Match, t *policy.Test) []string {
	ref, _ := t.Set[c.Claim.Name].(string)
	before := maps.Clone(claims)
	claims[c.Claim.Name] = exampleOf(c)
	if c.Claim.Ref != identity.FullRef || ref == "" {
		return nil
	}
	kind.Move(claims, ref)
	kind.Settle(claims)
	var names []string
	for _, name := range []string{"ref", "ref_type", "ref_path"} {
		if _, known := kind.Claim(name); known && name != c.Claim.Name && claims[name] != before[name] {
			names = append(names, name)
		}
	}
	return names
}

// fromExample makes a test of a job that the analyser found.
func (m *maker) fromExample() *policy.Test {
	example := m.grant.Jobs().Find().Example
	if example == nil {
		return nil
	}
	for _, from := range fixturesOf(m.grant.Issuer.Kind) {
		t := m.newTest(from, true)
		fixture, _ := identity.LookupFixture(from)
		for _, name := range slices.Sorted(maps.Keys(example.Claims)) {
			if !sameValue(example.Claims[name], fixture.Claims[name]) && !slices.Contains(beforePolicy, name) && name != "iss" {
				change(t, name, example.Claims[name])
			}
		}
		if m.shows(t, "") {
			return t
		}
	}
	return nil
}

// denied makes the test of a job that one condition alone keeps out.
func (m *maker) denied(condition string) *policy.Test {
	if m.base == nil {
		return nil
	}
	for _, changes := range m.changes(condition) {
		t := m.newTest(m.base.From, false)
		t.Set, t.Unset, t.Why = maps.Clone(m.base.Set), slices.Clone(m.base.Unset), condition
		if t.Set == nil {
			t.Set = map[string]any{}
		}
		for _, name := range slices.Sorted(maps.Keys(changes)) {
			change(t, name, changes[name])
		}
		if m.shows(t, condition) {
			return t
		}
	}
	return nil
}

// changes lists what may be done to a job to make a condition fail, the most
// telling first.
func (m *maker) changes(condition string) []map[string]any {
	kind := m.grant.Issuer.Vocabulary
	if claim := policy.ClaimOf(condition); claim != "" {
		c, _ := kind.Claim(claim)
		return m.otherValues(c)
	}
	if condition == "event" {
		c, _ := kind.Claim(kind.Event)
		return m.otherValues(c)
	}
	for i, block := range m.grant.Unless {
		if condition == fmt.Sprintf("unless[%d]", i) {
			return m.blockChanges(block)
		}
	}
	return nil
}

// blockChanges make an unless block apply: everything in it fits, where need be
// with other blocks kept from applying, or one of its claims is missing.
func (m *maker) blockChanges(b policy.Block) []map[string]any {
	all := map[string]any{}
	for _, c := range b.Matches {
		all[c.Claim.Name] = exampleOf(c)
	}
	alone := maps.Clone(all)
	for _, other := range m.grant.Unless {
		for _, c := range other.Matches {
			if _, fits := all[c.Claim.Name]; !fits {
				alone[c.Claim.Name] = others(m.grant.Issuer.Vocabulary, c.Claim, exampleOf(c))[0]
			}
		}
	}
	changes := []map[string]any{all, alone}
	for _, c := range b.Matches {
		changes = append(changes, map[string]any{c.Claim.Name: nil})
	}
	return changes
}

// otherValues lists changes to one claim, with those that go along with it.
func (m *maker) otherValues(c identity.Claim) []map[string]any {
	kind := m.grant.Issuer.Vocabulary
	before := m.try(m.base).Claims
	var all []map[string]any
	for _, value := range others(kind, c, before[c.Name]) {
		if text, ok := value.(string); ok && c.Ref == identity.FullRef {
			moved := maps.Clone(before)
			kind.Move(moved, text)
			kind.Settle(moved)
			all = append(all, map[string]any{c.Name: value, "ref_type": moved["ref_type"]})
		}
		all = append(all, map[string]any{c.Name: value})
	}
	for i := range all {
		if _, known := kind.Claim("ref_type"); !known {
			delete(all[i], "ref_type")
		}
	}
	return all
}
