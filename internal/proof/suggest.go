package proof

import (
	"fmt"
	"strings"

	"github.com/autoken/autoken/internal/policy"
)

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
