package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/render"
)

func (a *App) rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "rules [ID]",
		Short:     "List the rules of the checks, or show one",
		Example:   "  autoken rules\n  autoken rules unknown-key",
		ValidArgs: ruleIDs(),
		RunE: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				fmt.Fprint(a.Stdout, render.Columns(ruleRows(policy.Rules)))
				return nil
			case 1:
				return a.showRule(args[0])
			default:
				return noArgs(a.root(), args[1:])
			}
		},
	}
}

func ruleIDs() []string {
	var ids []string
	for _, r := range policy.Rules {
		ids = append(ids, r.ID)
	}
	return ids
}

func ruleRows(rules []check.Meta) [][]string {
	var rows [][]string
	for _, r := range rules {
		rows = append(rows, []string{r.ID, r.Severity.String(), r.Summary})
	}
	return rows
}

func (a *App) showRule(id string) error {
	i := slices.IndexFunc(policy.Rules, func(r check.Meta) bool { return r.ID == id })
	if i < 0 {
		return fault.New(fault.Usage, "there is no rule %q", id).WithHint("autoken rules lists them")
	}
	r := policy.Rules[i]
	fmt.Fprintf(a.Stdout, "%s (%s)\n\n%s.\n\nA policy with this cannot be loaded: the broker refuses it, and so does\nautoken policy lint.\n", r.ID, r.Severity, r.Summary)
	return nil
}
