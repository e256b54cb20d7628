package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
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
			"With --as-grant it prints a grant, and two tests, for exactly this job.",
		Example: "  autoken whoami\n  autoken whoami --as-grant",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			claims, err := a.whoami(cmd.Context())
			if err != nil {
				return err
			}
			return a.showClaims(claims)
		},
	}, []string{"timeout", "ca-file", "format", "as-grant"}, presenting)
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

// grantClaims are those that a grant for one GitHub job names, and those that
// its tests set beside.
var grantClaims = []string{"repository_id", "repository", "ref", "event_name", "environment"}

// showGrant prints a grant that admits exactly jobs like this one, with a test
// that it does and one that it does not admit a namesake.
func (a *App) showGrant(claims identity.Claims) error {
	repository, ok := claims.Text("repository")
	id, known := claims.Text("repository_id")
	owner, named := claims.Text("repository_owner_id")
	if !ok || !known || !named {
		return fault.New(fault.Usage, "--as-grant knows the claims of GitHub's ID tokens, and this one has no %s", missing(claims)).
			WithHint("autoken whoami shows the claims to write a grant from")
	}
	name := slug(repository)
	var b strings.Builder
	fmt.Fprintf(&b, "grants:\n  - id: %s\n    issuer: gh                  # the policy's name for %s\n    match:\n", name, yamlText(session.Show(claims["iss"])))
	for _, claim := range grantClaims {
		if value, has := claims.Text(claim); has && value != "" {
			fmt.Fprintf(&b, "      %s: %s\n", claim, yamlText(value))
		}
	}
	b.WriteString("    credential: {connection: CONNECTION}   # and what its platform wants to know\ntests:\n")
	set := fmt.Sprintf("repository: %s, repository_owner_id: %s%s", yamlText(repository), yamlText(owner), setClaims(claims))
	fmt.Fprintf(&b, "  - {name: this job, from: github/push, set: {repository_id: %s, %s}, request: {grant: %s}, expect: allow}\n", yamlText(id), set, name)
	fmt.Fprintf(&b, "  - {name: a namesake, from: github/push, set: {repository_id: \"1\", %s}, request: {grant: %s}, expect: deny, why: match.repository_id}\n", set, name)
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

func setClaims(claims identity.Claims) string {
	var b strings.Builder
	for _, claim := range []string{"ref", "event_name", "environment"} {
		if value, ok := claims.Text(claim); ok && value != "" {
			fmt.Fprintf(&b, ", %s: %s", claim, yamlText(value))
		}
	}
	return b.String()
}

func missing(claims identity.Claims) string {
	for _, name := range []string{"repository", "repository_id", "repository_owner_id"} {
		if _, ok := claims.Text(name); !ok {
			return name
		}
	}
	return "repository"
}

// slug makes a grant's id from a repository's name.
func slug(repository string) string {
	_, name, _ := strings.Cut(strings.ToLower(repository), "/")
	clean := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, name)
	if clean = strings.Trim(clean, "-"); clean == "" {
		return "grant"
	}
	return clean
}

// isPlainYAML knows texts that need no quotes: words, refs and repositories.
func isPlainYAML(text string) bool {
	const first, more = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-"
	return text != "" && strings.Trim(text, first+more) == "" && strings.Contains(first, text[:1])
}

// yamlText writes any text as a YAML string of one line: JSON's strings are
// YAML's.
func yamlText(text string) string {
	if isPlainYAML(text) && !slices.Contains([]string{"yes", "no", "on", "off", "true", "false", "null", "y", "n"}, text) {
		return text
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return "\"\""
	}
	return string(quoted)
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
