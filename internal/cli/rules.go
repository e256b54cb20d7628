package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
)

func (a *App) rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "rules [ID]",
		Short:     "List the rules of the checks, or show one",
		Example:   "  autoken rules\n  autoken rules unknown-key",
		ValidArgs: ruleIDs(),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				fmt.Fprint(a.Stdout, a.ruleTable(policy.Rules))
				return nil
			case 1:
				return a.showRule(args[0])
			default:
				return noArgs(cmd, args[1:])
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

// ruleTable has the summaries in a last column of their own, as wide as the
// terminal allows.
func (a *App) ruleTable(rules []check.Meta) string {
	const idWidth, severityWidth = 30, 10
	var b strings.Builder
	for _, r := range rules {
		head := fmt.Sprintf("%-*s%-*s", idWidth, r.ID, severityWidth, r.Severity)
		b.WriteString(head + hang(r.Summary, a.style(a.Stdout).Width-len(head), strings.Repeat(" ", len(head))) + "\n")
	}
	return b.String()
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
