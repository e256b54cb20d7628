package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/lint"
	"github.com/autoken/autoken/internal/render"
)

func (a *App) rulesCommand() *cobra.Command {
	return addSettings(&cobra.Command{
		Use:       "rules [flags] [ID]",
		Short:     "List the rules of the checks, or explain one",
		Long:      "Rules lists what policy lint looks for. With an id it says what can go wrong,\nwhere it did, what to write instead, and shows a bad and a good example.",
		Example:   "  autoken rules\n  autoken rules no-context-guard",
		ValidArgs: ruleIDs(),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return a.showRules(lint.Rules())
			case 1:
				return a.showRule(args[0])
			default:
				return noArgs(cmd, args[1:])
			}
		},
	}, []string{"format"})
}

func ruleIDs() []string {
	var ids []string
	for _, r := range lint.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

// rulesJSON is the JSON form of rules and their pages.
type rulesJSON struct {
	Version int        `json:"version"`
	Rules   []ruleJSON `json:"rules"`
}

type ruleJSON struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Why      string `json:"why"`
	Incident string `json:"incident,omitempty"`
	Fix      string `json:"fix"`
	Bad      string `json:"bad"`
	Good     string `json:"good"`
}

func rulesReport(rules []check.Meta) rulesJSON {
	report := rulesJSON{1, []ruleJSON{}}
	for _, r := range rules {
		page, _ := lint.PageOf(r.ID)
		report.Rules = append(report.Rules, ruleJSON{
			r.ID, r.Severity.String(), r.Summary, oneLine(page.Why), oneLine(page.Incident), oneLine(page.Fix), page.Bad, page.Good,
		})
	}
	return report
}

// oneLine takes out the line breaks that a page's source has for its editors, and
// the marks that it has for GitHub.
func oneLine(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "`", "")
}

// showRules lists rules: those that decide whether a policy loads, then the
// others, worst first.
func (a *App) showRules(rules []check.Meta) error {
	if a.json() {
		return a.printJSON(rulesReport(rules))
	}
	var errors, others []check.Meta
	for _, r := range rules {
		if r.Severity == check.Error {
			errors = append(errors, r)
		} else {
			others = append(others, r)
		}
	}
	slices.SortStableFunc(others, func(a, b check.Meta) int { return int(b.Severity - a.Severity) })
	_, err := fmt.Fprintf(a.Stdout, "Errors: the broker does not load a policy with one of these.\n\n%s", a.ruleTable(errors))
	if err == nil && len(others) > 0 {
		_, err = fmt.Fprintf(a.Stdout, "\nFindings: it loads, and does more or less than is meant.\n\n%s", a.ruleTable(others))
	}
	return err
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
	all := lint.Rules()
	i := slices.IndexFunc(all, func(r check.Meta) bool { return r.ID == id })
	if i < 0 {
		return noSuchRule(id)
	}
	if a.json() {
		return a.printJSON(rulesReport(all[i : i+1]))
	}
	_, err := fmt.Fprint(a.Stdout, a.rulePage(all[i]))
	return err
}

func noSuchRule(id string) error {
	err := fault.New(fault.Usage, "there is no rule %q", id)
	if near := check.Nearest(id, ruleIDs()); near != "" {
		return err.WithHint("autoken rules %s", near)
	}
	return err.WithHint("autoken rules lists them")
}

func (a *App) rulePage(r check.Meta) string {
	s := a.style(a.Stdout)
	page, _ := lint.PageOf(r.ID)
	var b strings.Builder
	b.WriteString(render.Wrap(s.Bold(r.ID)+" ("+r.Severity.String()+"): "+r.Summary, s.Width, "  ") + "\n")
	for _, part := range [][2]string{{"Why", page.Why}, {"Incident", page.Incident}, {"Fix", page.Fix}} {
		if part[1] != "" {
			fmt.Fprintf(&b, "\n%s\n  %s\n", s.Bold(part[0]), render.Wrap(oneLine(part[1]), s.Width-2, "  "))
		}
	}
	for _, part := range [][2]string{{"Bad", page.Bad}, {"Good", page.Good}} {
		fmt.Fprintf(&b, "\n%s\n%s", s.Bold(part[0]), render.Indent(part[1], "  "))
	}
	return b.String()
}
