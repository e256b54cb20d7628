package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/doctor"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

func (a *App) doctorCommand() *cobra.Command {
	return addSettings(&cobra.Command{
		Use:   "doctor [flags]",
		Short: "Find out whether this job can log in, and why not",
		Long: "Doctor looks at everything that a login needs, one line each with its fix: the\n" +
			"CI system, the permission to ask for an ID token, both endpoints and the way to\n" +
			"them, clocks, audience, and with --grant the policy's decision. Nothing is\n" +
			"issued.",
		Example: "  autoken doctor\n  autoken doctor --grant payments/sonar",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runDoctor(cmd.Context()) },
	}, reaching, presenting, []string{"grant", "format"})
}

func (a *App) runDoctor(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.settings.Timeout)
	defer cancel()
	client, err := a.httpClient(0)
	if err != nil {
		return err
	}
	job := a.job(a.Stderr, client)
	system, detected := ci.Detect(job, a.choice())
	checks := doctor.Examine(ctx, doctor.Patient{
		Job: job, System: system, Detected: detected, Client: client,
		Broker: a.settings.Broker, Audience: a.audience(), Grants: a.settings.Grants, Target: ci.ToEnv, Now: a.Now,
		Token: a.ownToken,
	})
	a.tellNotes()
	return a.showChecks(checks)
}

type doctorJSON struct {
	Version int            `json:"version"`
	Checks  []doctor.Check `json:"checks"`
}

func (a *App) showChecks(checks []doctor.Check) error {
	bad := 0
	for _, c := range checks {
		if c.State != doctor.Fine {
			bad++
		}
	}
	if a.json() {
		if err := render.JSON(a.Stdout, doctorJSON{1, checks}); err != nil {
			return err
		}
	} else {
		fmt.Fprint(a.Stdout, a.checkTable(checks))
	}
	if bad > 0 {
		return exitCode(ExitFindings)
	}
	return nil
}

// checkTable has a line a check, with the fix below where there is one to make.
func (a *App) checkTable(checks []doctor.Check) string {
	s := a.style(a.Stdout)
	marks := map[doctor.State]string{doctor.Fine: s.Good("✓"), doctor.Trouble: s.Bad("✗"), doctor.Unchecked: s.Warn("?")}
	wide := 0
	for _, c := range checks {
		wide = max(wide, len(c.Name))
	}
	indent := strings.Repeat(" ", wide+4)
	var b strings.Builder
	for _, c := range checks {
		name := quote.Text(c.Name) + strings.Repeat(" ", wide-len(c.Name))
		fmt.Fprintf(&b, "%s %s  %s\n", marks[c.State], name, hang(quote.Lines(c.Detail), s.Width-wide-4, indent))
		if c.State == doctor.Trouble && c.Fix != "" {
			fmt.Fprintf(&b, "%s%s\n", indent, hang("fix: "+quote.Lines(c.Fix), s.Width-wide-4, indent))
		}
	}
	return b.String()
}

// hang wraps each line of text and indents what follows the first.
func hang(text string, width int, indent string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, " ") {
			lines = append(lines, line) // an example, laid out as it is meant
			continue
		}
		lines = append(lines, strings.Split(render.Wrap(line, width, ""), "\n")...)
	}
	return strings.Join(lines, "\n"+indent)
}
