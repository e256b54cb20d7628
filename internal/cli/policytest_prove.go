package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
)

// proofReport is what policy test found.
type proofReport struct {
	items                []proofItem // tests first, then what they leave unproven
	tests                int
	coverage, nearMisses *countsJSON // nil where they were not asked for
	observe              int         // how many grants were not counted
	policy               version
	verbose              bool // show what is as it was meant, too
}

func (a *App) prove(v version, tests []*policy.Test, q testQuestion) *proofReport {
	p := v.Policy
	results := proof.Run(p, tests, a.Now())
	r := &proofReport{tests: len(tests), policy: v, verbose: a.settings.Verbose > 0}
	for i := range results {
		r.items = append(r.items, r.testItem(&results[i]))
	}
	if q.coverage {
		r.cover(proof.Cover(p, results))
	}
	if q.nearMiss {
		r.mutate(proof.Mutate(p, results, a.Now()))
	}
	return r
}

func (r *proofReport) testItem(result *proof.Result) proofItem {
	i := proofItem{
		Kind: aTest, Name: result.Test.Name, Grant: result.Test.Grant.Text, Outcome: string(result.Outcome),
		Pos: r.policy.at(result.Pos), Reason: result.Reason, Fix: result.Fix,
	}
	for _, c := range result.Evaluation.Conditions {
		if !c.Passed && result.Outcome == proof.Failed {
			c.Pos = r.policy.at(c.Pos)
			i.Failed = append(i.Failed, c)
		}
	}
	return i
}

// cover adds what no test shows, one item a grant.
func (r *proofReport) cover(c proof.Coverage) {
	r.coverage, r.observe = &countsJSON{All: c.Needed, Good: c.Needed - len(c.Gaps)}, c.Observe
	for rest := c.Gaps; len(rest) > 0; {
		g := rest[0].Grant
		n := slices.IndexFunc(rest, func(gap proof.Gap) bool { return gap.Grant != g })
		if n < 0 {
			n = len(rest)
		}
		i := proofItem{Kind: aGap, Name: g.ID, Grant: g.ID, Outcome: "missing", Pos: r.policy.at(g.Pos)}
		i.Reason = gapReason(rest[:n])
		for _, gap := range rest[:n] {
			if gap.Test != nil {
				i.Tests += gap.Test.YAML()
			}
		}
		r.items = append(r.items, i)
		rest = rest[n:]
	}
}

// gapReason says what no test shows of one grant.
func gapReason(gaps []proof.Gap) string {
	var reasons, missing, idle []string
	for _, gap := range gaps {
		switch {
		case gap.Condition == "" && gap.Test == nil:
			reasons = append(reasons, "no test shows a job that is allowed, and none was found: does it admit any?")
		case gap.Condition == "":
			reasons = append(reasons, "no test shows a job that is allowed")
		case gap.Test == nil:
			idle = append(idle, gap.Condition)
		default:
			missing = append(missing, gap.Condition)
		}
	}
	if len(missing) > 0 {
		reasons = append(reasons, "no test shows that one of these alone keeps a job out: "+strings.Join(missing, ", "))
	}
	if len(idle) > 0 {
		reasons = append(reasons, "of these no such test was found, so they may say nothing that the others do not: "+strings.Join(idle, ", "))
	}
	return strings.Join(reasons, "; ")
}

// mutate adds the jobs that are still allowed, one item for each grant and reason.
func (r *proofReport) mutate(n proof.NearMisses) {
	r.nearMisses, r.observe = &countsJSON{All: len(n.All)}, n.Observe
	for _, g := range n.Unproven {
		r.items = append(r.items, proofItem{
			Kind: aNearMiss, Name: g.ID, Grant: g.ID, Outcome: "unproven", Pos: r.policy.at(g.Pos),
			Reason: "no job was found that it allows, so there is nothing to change",
		})
	}
	before := len(r.items)
	for _, m := range n.All {
		if m.Fate != proof.Survived {
			r.nearMisses.Good++
		}
		if m.Fate != proof.Denied {
			r.admitted(before, m)
		}
	}
}

// admitted adds a mutant to the item for its grant and its reason.
func (r *proofReport) admitted(from int, m proof.NearMiss) {
	for i := range r.items[from:] {
		if item := &r.items[from+i]; item.Grant == m.Grant.ID && item.Reason == m.Reason {
			item.Name += ", " + m.Mutant
			return
		}
	}
	r.items = append(r.items, proofItem{
		Kind: aNearMiss, Name: m.Grant.ID + " also admits " + m.Mutant, Grant: m.Grant.ID, Outcome: string(m.Fate),
		Pos: r.policy.at(m.Grant.Pos), Reason: m.Reason, Fix: m.Fix, Example: exampleText(m),
	})
	if m.Test != nil {
		r.items[len(r.items)-1].Tests = m.Test.YAML()
	}
}

// exampleText is what makes a job different from one that is allowed.
func exampleText(m proof.NearMiss) string {
	var parts []string
	for _, name := range m.Telling {
		if value := m.Example[name]; value != nil {
			parts = append(parts, name+"="+firstNonEmpty(fmt.Sprint(value), `""`))
		} else {
			parts = append(parts, "no "+name)
		}
	}
	return strings.Join(parts, " ")
}
