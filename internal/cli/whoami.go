package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/draft"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/secret"
	"github.com/autoken/autoken/internal/session"
)

func (a *App) whoamiCommand() *cobra.Command {
	return addSettings(&cobra.Command{
		Use:   "whoami [flags]",
		Short: "Show the identity that this job presents",
		Long: "Whoami asks for an ID token of this job and shows its claims, never the token.\n" +
			"The token is made for nobody (audience autoken:whoami).\n\n" +
			"With --as-grant it prints a grant, and two tests, for exactly this job. With\n" +
			"--policy it shows which grants of a policy admit this job, or else the nearest.",
		Example: "  autoken whoami --as-grant\n  autoken whoami --policy policy/",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runWhoami(cmd.Context()) },
	}, []string{"timeout", "ca-file", "format", "as-grant", "policy"}, presenting)
}

func (a *App) runWhoami(ctx context.Context) error {
	if a.settings.AsGrant && a.settings.Policy != "" {
		return fault.New(fault.Usage, "--as-grant prints a grant and --policy explains one; ask for one of them")
	}
	if a.settings.Policy != "" {
		return a.whoamiByPolicy(ctx)
	}
	claims, err := a.whoami(ctx)
	if err != nil {
		return err
	}
	return a.showClaims(claims)
}

// whoamiByPolicy explains how this job fares with a policy. It looks at policies
// for development as well: nobody gets anything by them here.
func (a *App) whoamiByPolicy(ctx context.Context) error {
	v, err := a.versionAt(a.settings.Policy, policy.Options{Dev: true})
	if err != nil {
		return err
	}
	claims, err := a.whoami(ctx)
	if err != nil {
		return err
	}
	return a.explainJob(v, claims, question{})
}

func (a *App) whoami(ctx context.Context) (identity.Claims, error) {
	ctx, cancel := context.WithTimeout(ctx, a.settings.Timeout)
	defer cancel()
	token, err := a.ownToken(ctx, cmp.Or(a.settings.Audience, session.LookOnly))
	a.tellNotes()
	if err != nil {
		return nil, err
	}
	return session.Claims(token)
}

// ownToken gets an ID token and hides it. Its masks go to stderr: stdout may end
// in a file, where no runner reads them and the token would lie in clear.
func (a *App) ownToken(ctx context.Context, audience string) (secret.Value, error) {
	client, err := a.httpClient(0)
	if err != nil {
		return secret.Value{}, err
	}
	job := a.job(a.Stderr, client)
	system, err := ci.Detect(job, a.choice())
	if err != nil {
		return secret.Value{}, err
	}
	token, err := a.patience().IDToken(ctx, system, job, audience)
	if err != nil || system.Mask == nil {
		return token, err
	}
	return token, system.Mask(job, secret.Whole(token))
}

type whoamiJSON struct {
	Version int             `json:"version"`
	Claims  identity.Claims `json:"claims"`
}

func (a *App) showClaims(claims identity.Claims) error {
	if a.settings.AsGrant {
		return a.showGrant(claims)
	}
	if a.json() {
		return render.JSON(a.Stdout, whoamiJSON{1, claims})
	}
	var rows [][]string
	for _, name := range session.Names(claims) {
		rows = append(rows, []string{name, session.Show(claims[name]) + instant(name, claims[name])})
	}
	_, err := fmt.Fprint(a.Stdout, render.Columns(quoted(rows)))
	return err
}

// instant says when a time claim is, for people.
func instant(name string, value any) string {
	number, ok := value.(json.Number)
	seconds, err := number.Int64()
	if !ok || err != nil || !slices.Contains([]string{"exp", "iat", "nbf"}, name) {
		return ""
	}
	return " (" + time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04:05 UTC") + ")"
}

// showGrant prints a grant that admits exactly jobs like this one, with a test
// that it does and one that it does not admit a namesake.
func (a *App) showGrant(claims identity.Claims) error {
	g, err := draft.ForJob(claims)
	if err != nil {
		return err
	}
	g.IssuerNote = "the policy's name for " + quote.YAML(session.Show(claims["iss"]))
	g.Credential = "{connection: CONNECTION}   # and what its platform wants to know"
	_, err = fmt.Fprint(a.Stdout, g.YAML([]*policy.Test{g.Allowed(), g.Namesake()}))
	return err
}

// quoted makes each cell safe to print.
func quoted(rows [][]string) [][]string {
	for _, row := range rows {
		for i := range row {
			row[i] = quote.Text(row[i])
		}
	}
	return rows
}
