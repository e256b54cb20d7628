package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/session"
)

func (a *App) loginCommand() *cobra.Command {
	return addSettings(&cobra.Command{
		Use:   "login --grant ID [flags]",
		Short: "Get credentials for the rest of this job",
		Long: "Login gets credentials for the later steps of this job. They are masked in the\n" +
			"log, exported as variables, and revoked by autoken logout.\n\n" +
			"Nothing that others wrote may be printed before it in one run: step, because\n" +
			"such text can switch the runner's masking off; a step of its own is safe.",
		Example: "  autoken login --broker https://autoken.acme.example --grant payments/sonar\n" +
			"  autoken login --grant payments/sonar --dry-run",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := a.Stdout
			if a.json() {
				out = a.Stderr // stdout may be captured; masks must reach the runner
			}
			s, err := a.newSession(out)
			if err != nil {
				return err
			}
			held, err := s.Login(cmd.Context(), ci.ExportTarget(a.settings.Export))
			a.tellNotes()
			a.detail("%s, asked %s for audience %s", s.System.Name, a.settings.Broker, s.Audience)
			if err != nil {
				return a.refused(s, err)
			}
			return a.showLogin(s, held)
		},
	}, reaching, presenting, requesting, []string{"export", "dry-run", "format"})
}

func (a *App) json() bool { return a.settings.Format == "json" }

func (a *App) showLogin(s *session.Session, held *session.Held) error {
	if a.json() {
		return a.printJSON(loginReport(held))
	}
	if s.DryRun {
		a.showDecisions(held)
		return nil
	}
	for _, b := range held.Bound {
		a.say("%s: %s, %s%s", label(b), b.Names(), ends(b, a.Now()), decided(b.DecisionID))
		if b.Warning != "" {
			a.warn("%s", b.Warning)
		}
	}
	if a.settings.Protocol == config.Lambda {
		a.say("the stored lease is the token itself, until logout; autoken exec stores nothing")
	}
	if held.Tries > 1 {
		a.say("it took %d tries", held.Tries)
	}
	a.summarize(s, s.Summary(held, a.Now()))
	return nil
}

func (a *App) showDecisions(held *session.Held) {
	rows := [][]string{}
	for _, d := range held.Decisions {
		rows = append(rows, []string{"allowed", d.Grant, d.Platform, d.Owner, d.ID})
	}
	fmt.Fprint(a.Stdout, render.Columns(quoted(rows)))
	a.say("a dry run: nothing was issued")
}

func decided(id string) string {
	if id == "" {
		return ""
	}
	return " (decision " + id + ")"
}

func label(b session.Bound) string {
	if b.Grant != "" {
		return b.Grant
	}
	return b.Platform
}

// ends says when a credential ends; where the platform would let it live longer
// than promised, both times.
func ends(b session.Bound, now time.Time) string {
	if b.Expires.IsZero() {
		return "until logout"
	}
	text := "until " + session.Clock(b.Expires, now)
	if b.PlatformExpires.Sub(b.Expires) > time.Minute {
		text += " (by itself " + session.Clock(b.PlatformExpires, now) + ")"
	}
	return text
}

// summarize adds to the job's summary; that it cannot is worth a detail only.
func (a *App) summarize(s *session.Session, markdown string) {
	if s.System.Summarize == nil || markdown == "" {
		return
	}
	if err := s.System.Summarize(s.Job, markdown); err != nil {
		a.detail("the job summary was not written: %s", err)
	}
}

// The JSON form of a login.
type loginJSON struct {
	Version     int              `json:"version"`
	Credentials []credentialJSON `json:"credentials"`
	Decisions   []decisionJSON   `json:"decisions"`
	Tries       int              `json:"tries"`
}

type credentialJSON struct {
	Grant           string     `json:"grant,omitempty"`
	Platform        string     `json:"platform"`
	Variables       []string   `json:"variables"`
	Expires         *time.Time `json:"expires,omitempty"`
	PlatformExpires *time.Time `json:"platform_expires,omitempty"`
	DecisionID      string     `json:"decision_id,omitempty"`
	Warning         string     `json:"warning,omitempty"`
}

type decisionJSON struct {
	Grant      string `json:"grant"`
	Platform   string `json:"platform"`
	Owner      string `json:"owner,omitempty"`
	Allowed    bool   `json:"allowed"`
	DecisionID string `json:"decision_id,omitempty"`
}

func loginReport(held *session.Held) loginJSON {
	report := loginJSON{Version: 1, Tries: held.Tries, Credentials: []credentialJSON{}, Decisions: []decisionJSON{}}
	for _, b := range held.Bound {
		report.Credentials = append(report.Credentials, credentialJSON{
			b.Grant, b.Platform, strings.Split(b.Names(), ", "), utc(b.Expires), utc(b.PlatformExpires), b.DecisionID, b.Warning,
		})
	}
	for _, d := range held.Decisions {
		report.Decisions = append(report.Decisions, decisionJSON{d.Grant, d.Platform, d.Owner, d.Allowed, d.ID})
	}
	return report
}

func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
