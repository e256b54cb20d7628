package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/suggest"
)

// suggestion is what "policy suggest" was asked for.
type suggestion struct {
	log, shape string
	least      int
	dev        bool
}

func (a *App) suggestCommand() *cobra.Command {
	var q suggestion
	cmd := addSettings(&cobra.Command{
		Use:   "suggest --log FILE [flags] [PATH]",
		Short: "Suggest narrower grants, from what was used",
		Long: "Suggest reads the broker's decision log and shows which grants admit more than\n" +
			"their jobs needed: alternatives that were never used, and what was always so\n" +
			"and is not asked for. It never suggests to admit more. A job that runs once a\n" +
			"year is in the log of a year alone.\n\n" +
			"With --shape lambda-event the log holds events exported from a broker of the\n" +
			"lambda protocol, one JSON object a line, and what is printed is a first policy.",
		Example: "  autoken policy suggest --log decisions.jsonl policy/\n  autoken policy suggest --shape lambda-event --log events.jsonl",
		RunE:    func(_ *cobra.Command, args []string) error { return a.suggest(q, args) },
	}, []string{"format"})
	cmd.Flags().StringVar(&q.log, "log", "", "`FILE` with the decision log")
	cmd.Flags().StringVar(&q.shape, "shape", "record", "what the log holds, as `NAME`: record or lambda-event")
	cmd.Flags().IntVar(&q.least, "least", 10, "`N` uses without which nothing is said about a grant")
	cmd.Flags().BoolVar(&q.dev, "dev", false, "as a broker started with --dev")
	return cmd
}

func (a *App) suggest(q suggestion, args []string) error {
	if q.log == "" {
		return fault.New(fault.Usage, "suggest needs a log").WithHint("--log FILE, with the lines that the broker wrote")
	}
	if q.shape == "lambda-event" {
		return a.migrate(q.log, args)
	}
	if q.shape != "record" {
		return fault.New(fault.Usage, "--shape is %q", q.shape).WithHint("write one of: record, lambda-event")
	}
	v, err := a.policyOf(args, policy.Options{Dev: q.dev})
	if err != nil {
		return err
	}
	f, err := openLog(q.log)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	log, err := suggest.Read(v.Policy, f)
	if err != nil {
		return fault.New(fault.Usage, "reading the log: %w", err)
	}
	a.tellUnread(q.log, log.Unread)
	if log.Records == 0 {
		return fault.New(fault.Usage, "%s has no record of the broker's", quote.Text(q.log)).WithHint("the broker writes them to stdout, one JSON object a line")
	}
	if a.json() {
		return render.JSON(a.Stdout, suggestReport(v.Policy, log, q.least))
	}
	return a.showAdvice(v, log, q)
}

// openLog opens a log, which may be larger than memory, if it is a regular file.
func openLog(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", name)
	}
	if err != nil {
		return nil, fault.New(fault.Usage, "reading the log: %w", err)
	}
	f, err := os.Open(name) //nolint:gosec // the caller says which file
	if err != nil {
		return nil, fault.New(fault.Usage, "reading the log: %w", err)
	}
	return f, nil
}

// tellUnread names lines that were not looked at: nobody knows what they say.
func (a *App) tellUnread(name string, unread record.Unread) {
	switch {
	case len(unread.Lines) == 0:
	case unread.All == 1:
		a.warn("%s:%d: not read: %s", name, unread.Lines[0].Line, unread.Lines[0].Reason)
	default:
		a.warn("%s: %d lines were not read, the first is line %d: %s", name, unread.All, unread.Lines[0].Line, unread.Lines[0].Reason)
	}
}

func (a *App) showAdvice(v version, log *suggest.Log, q suggestion) error {
	s := a.style(a.Stdout)
	var b strings.Builder
	var fine, few []string
	narrower := 0
	for _, advice := range suggest.Grants(v.Policy, log, q.least) {
		name := fmt.Sprintf("%s (%d)", advice.Grant.ID, advice.Decisions)
		switch {
		case advice.Decisions < q.least:
			few = append(few, name)
		case len(advice.Changes) == 0:
			fine = append(fine, name)
		default:
			narrower++
			b.WriteString(adviceText(advice, s, v))
		}
	}
	for _, line := range []struct {
		title string
		ids   []string
	}{
		{"nothing to narrow", fine},
		{fmt.Sprintf("used less than %d times, too few to tell", q.least), few},
		{"never used in this log", suggest.Unused(v.Policy, log)},
	} {
		if len(line.ids) > 0 {
			b.WriteString(render.Wrap(line.title+": "+fewIDs(line.ids), s.Width, "  ") + "\n")
		}
	}
	if line, ok := quote.Shell([]string{"autoken", "policy", "test", "--replay", q.log, v.name}); ok && narrower > 0 {
		b.WriteString("\nnext: put it where it stands; then\n  " + line + "\n")
	}
	b.WriteString("\n" + render.Wrap(logSummary(log, narrower), s.Width, "  ") + "\n")
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

// fewIDs lists ids that are few, and counts those that nobody would read.
func fewIDs(ids []string) string {
	const few = 8
	if len(ids) <= few {
		return strings.Join(ids, ", ")
	}
	return render.Count(len(ids), "grant") + " (--format json lists them)"
}

// adviceText shows what could be narrower, and the grant's conditions then.
func adviceText(advice suggest.Advice, s render.Style, v version) string {
	var b strings.Builder
	title := fmt.Sprintf("%s could be narrower, by %s", advice.Grant.ID, render.Count(advice.Decisions, "decision"))
	fmt.Fprintf(&b, "%s, %s\n", s.Bold(title), quote.Text(v.at(advice.Grant.Pos).String()))
	var rows [][]string
	for _, c := range advice.Changes {
		rows = append(rows, []string{c.Claim.Name, quote.Text(c.Why)})
	}
	b.WriteString(render.Indent(render.Hanging(rows, s.Width-2), "  "))
	b.WriteString("    match:\n")
	for _, m := range advice.Match() {
		line := quote.YAML(m.Claim.Name) + ": " + m.Values.YAML(m.Claim.Type)
		if i := changeOf(advice, m); i >= 0 {
			line = s.Good(line)
		}
		b.WriteString("      " + line + "\n")
	}
	return b.String() + "\n"
}

func changeOf(advice suggest.Advice, m policy.Match) int {
	for i, c := range advice.Changes {
		if c.Claim.Name == m.Claim.Name {
			return i
		}
	}
	return -1
}

func logSummary(log *suggest.Log, narrower int) string {
	if log.Decisions == 0 {
		return "the log has no decision that allowed anything"
	}
	text := fmt.Sprintf("%s could be narrower, by %s from %s to %s UTC", render.Count(narrower, "grant"), render.Count(log.Decisions, "decision"),
		log.From.UTC().Format(time.DateOnly), log.To.UTC().Format(time.DateOnly))
	if log.Stale > 0 {
		text += fmt.Sprintf("; %d more are not counted, because the policy no longer allows them", log.Stale)
	}
	if log.Unread.All > 0 {
		text += "; " + render.Count(log.Unread.All, "line") + " could not be read"
	}
	return text
}

// suggestJSON is the JSON form of what a log says about a policy.
type suggestJSON struct {
	Version   int              `json:"version"`
	From      *time.Time       `json:"from,omitempty"`
	To        *time.Time       `json:"to,omitempty"`
	Decisions int              `json:"decisions"`
	Stale     int              `json:"stale"`
	BadLines  int              `json:"bad_lines"`
	Bad       []record.BadLine `json:"bad"`
	Grants    []adviceJSON     `json:"grants"`
	Unused    []string         `json:"unused"`
}

type adviceJSON struct {
	Grant     string         `json:"grant"`
	Decisions int            `json:"decisions"`
	Enough    bool           `json:"enough"`
	Changes   []narrowerJSON `json:"changes"`
}

type narrowerJSON struct {
	Claim string `json:"claim"`
	Was   string `json:"was,omitempty"`
	Now   string `json:"now"`
	Why   string `json:"why"`
}

func suggestReport(p *policy.Policy, log *suggest.Log, least int) suggestJSON {
	report := suggestJSON{
		Version: 1, Decisions: log.Decisions, Stale: log.Stale, BadLines: log.Unread.All, Bad: append([]record.BadLine{}, log.Unread.Lines...),
		Grants: []adviceJSON{}, Unused: append([]string{}, suggest.Unused(p, log)...),
	}
	if log.Decisions > 0 {
		report.From, report.To = &log.From, &log.To
	}
	for _, advice := range suggest.Grants(p, log, least) {
		changes := []narrowerJSON{}
		for _, c := range advice.Changes {
			change := narrowerJSON{Claim: c.Claim.Name, Now: c.Now.YAML(c.Claim.Type), Why: c.Why}
			if !c.Added {
				change.Was = c.Was.YAML(c.Claim.Type)
			}
			changes = append(changes, change)
		}
		report.Grants = append(report.Grants, adviceJSON{advice.Grant.ID, advice.Decisions, advice.Decisions >= least, changes})
	}
	return report
}
