package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// grantFilter says which grants of a policy are listed; what is "" filters
// nothing.
type grantFilter struct {
	team, label, connection string
	repositories            []string // names and ids of one repository
}

func (a *App) listPolicyCommand() *cobra.Command {
	var filter grantFilter
	var dev bool
	cmd := addSettings(&cobra.Command{
		Use:   "list [flags] [PATH]",
		Short: "List the grants of a policy",
		Long: "List shows each grant of a policy in a line: what it gives, to which jobs, and\n" +
			"who answers for it; with -v all conditions. With --repo it lists the grants that\n" +
			"admit a repository, and says by what: name it, or give its id, or both.",
		Example: "  autoken policy list policy/\n  autoken policy list --repo acme/payments --repo 456789 policy/",
		RunE:    func(_ *cobra.Command, args []string) error { return a.listPolicy(filter, args, dev) },
	}, []string{"format"})
	cmd.Flags().StringVar(&filter.team, "team", "", "only grants of the team `NAME`")
	cmd.Flags().StringVar(&filter.label, "label", "", "only grants with the label `NAME`")
	cmd.Flags().StringVar(&filter.connection, "connection", "", "only grants that use the connection `NAME`")
	cmd.Flags().StringArrayVar(&filter.repositories, "repo", nil, "only grants that admit the repository `NAME-OR-ID`; repeatable")
	cmd.Flags().BoolVar(&dev, "dev", false, "as a broker started with --dev")
	return cmd
}

func (a *App) listPolicy(filter grantFilter, args []string, dev bool) error {
	v, err := a.policyOf(args, policy.Options{Dev: dev})
	if err != nil {
		return err
	}
	if err = filter.check(v.Policy); err != nil {
		return err
	}
	listed, unknown := filter.choose(v.Policy)
	if a.json() {
		return render.JSON(a.Stdout, listReport(v, listed, unknown))
	}
	a.showGrants(v.Policy, listed, unknown, a.settings.Verbose > 0 || len(filter.repositories) > 0)
	if len(listed) == 0 && len(filter.repositories) > 0 {
		if near := nearRepository(v.Policy, filter.repositories); near != "" {
			a.hint("did you mean " + near + "?")
		}
	}
	return nil
}

// check refuses names that the policy does not know: a filter that can fit
// nothing is a mistake.
func (f grantFilter) check(p *policy.Policy) error {
	var teams, connections, labels []string
	for _, t := range p.Teams {
		teams = append(teams, t.Name)
	}
	for name := range p.Connections {
		connections = append(connections, name)
	}
	for _, g := range p.Grants {
		labels = append(labels, g.Labels...)
	}
	for _, c := range []struct {
		what, asked string
		known       []string
	}{{"team", f.team, teams}, {"connection", f.connection, connections}, {"label", f.label, labels}} {
		if c.asked != "" && !slices.Contains(c.known, c.asked) {
			return noSuchName(c.what, c.asked, c.known)
		}
	}
	return nil
}

// noSuchName says that the policy does not know a name, with the nearest or all
// that it knows.
func noSuchName(what, asked string, known []string) error {
	err := fault.New(fault.Usage, "the policy has no %s %s", what, quote.Text(asked))
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	switch near := check.Nearest(asked, known); {
	case near != "":
		return err.WithHint("did you mean %s?", near)
	case len(known) > 0:
		return err.WithHint("it has: %s", strings.Join(known, ", "))
	}
	return err.WithHint("its policy names no %s at all", what)
}

// listed is one grant, and by what it admits the repository that was asked for.
type listed struct {
	*policy.Grant
	by string
}

// choose returns the grants that fit, and the ids of those of which nobody can
// tell whether they admit the repository.
func (f grantFilter) choose(p *policy.Policy) (fit []listed, unknown []string) {
	asked := repositoryOf(p, f.repositories)
	for _, g := range p.Grants {
		switch {
		case f.team != "" && g.Team != f.team,
			f.connection != "" && g.Credential.Connection != f.connection,
			f.label != "" && !slices.Contains(g.Labels, f.label):
			continue
		case len(f.repositories) == 0:
			fit = append(fit, listed{Grant: g})
			continue
		}
		switch by, answer := asked.admittedBy(g); answer {
		case admits:
			fit = append(fit, listed{g, by})
		case cannotTell:
			unknown = append(unknown, g.ID)
		case refuses:
		}
	}
	return fit, unknown
}

func (a *App) showGrants(p *policy.Policy, fit []listed, unknown []string, full bool) {
	s := a.style(a.Stdout)
	count := fmt.Sprintf("%s of %d", render.Count(len(fit), "grant"), len(p.Grants))
	switch {
	case len(fit) == 0:
	case full:
		fmt.Fprint(a.Stdout, fullList(s, fit)+"\n")
	default:
		text, cut := shortList(s, fit)
		fmt.Fprint(a.Stdout, text+"\n")
		if cut {
			count += "; -v shows all of each"
		}
	}
	fmt.Fprintln(a.Stdout, count)
	if len(unknown) > 0 {
		text := "not decided, for want of the repository's id or name: " + strings.Join(unknown, ", ")
		fmt.Fprintln(a.Stdout, render.Wrap(text, s.Width, "  "))
	}
}

// fullList shows all that there is to say of grants. A terminal that is so narrow
// that texts stand below the names has no columns to put titles on.
func fullList(s render.Style, fit []listed) string {
	var rows [][]string
	if s.Width >= render.DefaultWidth {
		rows = append(rows, []string{s.Bold("GRANT"), s.Bold("GIVES"), s.Bold("TO")})
	}
	for _, g := range fit {
		gives := quote.Text(g.Credential.Connection) + " " + shortDuration(g.Credential.TTL)
		rows = append(rows, []string{s.Good(g.ID), gives, quote.Lines(strings.Join(notesOn(g), "\n"))})
	}
	return render.Hanging(rows, s.Width)
}

// notesOn says to whom a grant gives its credential, and what else there is to
// say of it.
func notesOn(g listed) []string {
	notes := whoGets(g.Grant)
	if g.by != "" {
		notes = append(notes, "admits it by "+g.by)
	}
	var more []string
	if g.Owner != "" {
		more = append(more, "owner "+g.Owner)
	}
	more = append(more, g.Labels...)
	if !g.Expires.IsZero() {
		more = append(more, "until "+lastDay(g.Grant))
	}
	if g.Mode == policy.Observe {
		more = append(more, "only observes: gives nothing")
	}
	if g.Lambda {
		more = append(more, "open to the lambda protocol")
	}
	if len(more) > 0 {
		notes = append(notes, strings.Join(more, ", "))
	}
	return notes
}
