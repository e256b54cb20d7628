package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

// Suggest returns, for each grant that is enforced, the tests that full coverage
// needs: one that is allowed, and one for each condition.
func Suggest(p *policy.Policy) []Gap {
	names := newNames(p)
	var all []Gap
	for _, g := range p.Grants {
		if g.Mode != policy.Observe {
			all = append(all, fill(p, g, append([]string{""}, counted(p, g)...), nil, names)...)
		}
	}
	return all
}

// fill makes the tests that show what is missing.
func fill(p *policy.Policy, g *policy.Grant, missing []string, results []Result, names *names) []Gap {
	if len(missing) == 0 {
		return nil
	}
	m := newMaker(p, g, results)
	gaps := make([]Gap, 0, len(missing))
	for _, condition := range missing {
		gap := Gap{Grant: g, Condition: condition, Test: m.base}
		if condition != "" {
			gap.Test = m.denied(condition)
		}
		if gap.Test != nil {
			named := *gap.Test
			named.Name = names.take(titleOf(g, condition))
			gap.Test = &named
		}
		gaps = append(gaps, gap)
	}
	return gaps
}

func titleOf(g *policy.Grant, condition string) string {
	switch {
	case condition == "":
		return g.ID + ": the job it is for"
	case policy.ClaimOf(condition) != "":
		return g.ID + ": another " + strings.TrimPrefix(policy.ClaimOf(condition), "oidc.circleci.com/")
	case condition == "event":
		return g.ID + ": another event"
	}
	return g.ID + ": " + condition
}

// names keeps two tests from having one name.
type names struct{ taken map[string]bool }

func newNames(p *policy.Policy) *names {
	n := &names{map[string]bool{}}
	for _, t := range p.Tests {
		n.taken[t.Name] = true
	}
	return n
}

func (n *names) take(name string) string {
	free := name
	for i := 2; n.taken[free]; i++ {
		free = fmt.Sprintf("%s (%d)", name, i)
	}
	n.taken[free] = true
	return free
}

// YAML returns a test as an item of a list of tests, ready to paste.
func YAML(t *policy.Test) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - name: %s\n    from: %s\n", quote.YAML(t.Name), quote.YAML(t.From))
	if len(t.Set) > 0 {
		b.WriteString(setYAML(t.Set))
	}
	if len(t.Unset) > 0 {
		fmt.Fprintf(&b, "    unset: %s\n", quote.YAMLValue(t.Unset))
	}
	fmt.Fprintf(&b, "    request: {grant: %s}\n    expect: %s\n", quote.YAML(t.Grant.Text), expectation(t))
	if t.Why != "" {
		fmt.Fprintf(&b, "    why: %s\n", quote.YAML(t.Why))
	}
	return b.String()
}

// setYAML writes claims in one line where they fit.
func setYAML(set map[string]any) string {
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		entries = append(entries, quote.YAML(name)+": "+quote.YAMLValue(set[name]))
	}
	if line := "    set: {" + strings.Join(entries, ", ") + "}\n"; len(line) <= 80 {
		return line
	}
	return "    set:\n      " + strings.Join(entries, "\n      ") + "\n"
}

func expectation(t *policy.Test) string {
	if t.Allow {
		return "allow"
	}
	return "deny"
}
