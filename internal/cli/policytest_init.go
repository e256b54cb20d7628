package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
	"github.com/autoken/autoken/internal/quote"
)

// testsFile is where the tests of a team's grants go, or of the main file's.
func (v version) testsFile(team string) string {
	file := v.Files[0].Name
	for _, t := range v.Policy.Teams {
		if t.Name == team && t.File() != "" {
			file = t.File()
		}
	}
	return v.place(policy.TestsBeside(file))
}

// suggestTests prints the tests that full coverage lacks, as a file of their own.
func (a *App) suggestTests(v version, team string) error {
	c := proof.Cover(v.Policy, proof.Run(v.Policy, v.Policy.Tests, a.Now()))
	switch {
	case c.Needed == 0:
		return fault.New(fault.Usage, "no grant here issues anything, so there is nothing to test")
	case len(c.Gaps) == 0:
		a.say("nothing is lacking: the tests that there are show everything")
		return nil
	}
	text, missing := gapTests(v, c.Gaps)
	if _, err := fmt.Fprint(a.Stdout, whereTestsGo(v, team, c.Gaps)+text); err != nil {
		return err
	}
	if missing > 0 {
		a.warn("%d of the tests that full coverage needs were not found: see the comments", missing)
	}
	return nil
}

// whereTestsGo begins a file of tests, or says which one to add them to.
func whereTestsGo(v version, team string, gaps []proof.Gap) string {
	file := v.testsFile(team)
	if slices.ContainsFunc(v.Policy.Tests, func(t *policy.Test) bool { return v.place(t.Pos.File) == file }) {
		return "# add to " + quote.Text(file) + ", below tests:\n"
	}
	head := "# save as " + quote.Text(file) + "\n"
	if team == "" && slices.ContainsFunc(gaps, func(g proof.Gap) bool { return g.Grant.Team != "" }) {
		head += "# --team NAME prints those of one team alone, for its own file\n"
	}
	return head + "version: 1\ntests:\n"
}

// gapTests writes the tests that were found, and says how many were not.
func gapTests(v version, gaps []proof.Gap) (text string, missing int) {
	var b strings.Builder
	grant := ""
	for _, gap := range gaps {
		if gap.Grant.ID != grant {
			grant = gap.Grant.ID
			fmt.Fprintf(&b, "  # %s, %s\n", grant, quote.Text(v.place(gap.Grant.Pos.File)))
		}
		if gap.Test == nil {
			fmt.Fprintf(&b, "  # no test found for %s\n", firstNonEmpty(gap.Condition, "a job that is allowed"))
			missing++
			continue
		}
		b.WriteString(gap.Test.YAML())
	}
	return b.String(), missing
}
