package cli

import (
	"context"
	"path"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/gitfs"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/render"
)

func (a *App) diffPolicyCommand() *cobra.Command {
	var base string
	var dev bool
	cmd := withFormats(&cobra.Command{
		Use:   "diff [flags] OLD NEW | diff --base REF [flags] [PATH]",
		Short: "Show who gets what by a new policy and did not by the old one",
		Long: "Diff compares two policies by what they decide: which jobs get a credential that\n" +
			"they did not get, or a stronger one, and which no longer do, each with a job as\n" +
			"an example. It fails (1) where somebody gets more, may write grants for more, or\n" +
			"the linter is told to ignore more; what cannot be told for certain counts. A\n" +
			"policy that the broker would refuse is not compared: its errors are written in\n" +
			"the same format, and the exit code is 2.\n\n" +
			"With --base it compares the policy here with the one at a git revision.",
		Example: "  autoken policy diff --base origin/main policy/\n" +
			"  autoken policy diff --base origin/main --format markdown policy/ >comment.md",
		RunE: func(cmd *cobra.Command, args []string) error {
			before, after, err := a.versions(cmd.Context(), base, args, policy.Options{Dev: dev})
			switch {
			case err != nil:
				return err
			case len(before.Findings) > 0 || len(after.Findings) > 0:
				return a.showNotCompared(before, after)
			}
			return a.showDiff(before, after)
		},
	}, "table", "json", "markdown", "github")
	cmd.Flags().StringVar(&base, "base", "", "compare with the git revision `REF`: a branch, a tag or a commit")
	cmd.Flags().BoolVar(&dev, "dev", false, "as a broker started with --dev")
	return cmd
}

// versions reads both policies, sound or not.
func (a *App) versions(ctx context.Context, base string, args []string, opts policy.Options) (before, after version, err error) {
	switch {
	case base == "" && len(args) != 2:
		err = fault.New(fault.Usage, "diff compares two policies").
			WithHint("autoken policy diff OLD NEW, or autoken policy diff --base origin/main PATH")
	case base == "":
		before, err = draftAt(args[0], opts)
	default:
		var name string
		if name, err = policyPath(args); err == nil {
			before, err = a.versionIn(ctx, base, name, opts)
			args = []string{name}
		}
	}
	if err != nil {
		return before, after, err
	}
	after, err = draftAt(args[len(args)-1], opts)
	return before, after, err
}

// versionIn is the policy at a path as it was at a git revision.
func (a *App) versionIn(ctx context.Context, ref, name string, opts policy.Options) (version, error) {
	fsys, base, err := gitfs.Open(ctx, gitfs.Git(a.Environ), "", ref, name)
	if err != nil {
		return version{}, err
	}
	draft, err := policy.Parse(fsys, base, opts)
	if err != nil {
		return version{}, err
	}
	dir := filepath.ToSlash(name)
	if base != "." {
		dir = path.Dir(dir)
	}
	return newVersion(draft, ref, func(file string) string { return ref + ":" + path.Join(dir, file) }), nil
}

func (a *App) showDiff(before, after version) error {
	now := a.Now()
	d := newPolicyDiff(compare.Policies(before.Draft, after.Draft, now), before.name, after.name, now)
	for i := range d.Changes {
		from := after
		if d.Changes[i].Gone {
			from = before
		}
		d.Changes[i].Pos.File = from.place(d.Changes[i].Pos.File)
	}
	var err error
	switch a.settings.Format {
	case "json":
		err = render.JSON(a.Stdout, d.report())
	case "markdown":
		err = d.markdown(a.Stdout)
	case "github":
		err = d.annotations(a.Stdout)
	default:
		err = d.table(a.Stdout, a.style(a.Stdout))
	}
	if err == nil && d.Widens() {
		return exitCode(ExitFindings)
	}
	return err
}

// policyDiff is a comparison on its way to its readers.
type policyDiff struct {
	compare.Result
	before, after string // what was compared
	now           time.Time
	lost          map[string]*compare.Change // by grant: jobs that lose it by the change that gives it to others
}

// newPolicyDiff joins what one change of a grant gives to some and takes from
// others.
func newPolicyDiff(r compare.Result, before, after string, now time.Time) policyDiff {
	d := policyDiff{r, before, after, now, map[string]*compare.Change{}}
	gained := map[string]bool{}
	for _, c := range r.Changes { // what somebody gains comes first
		switch {
		case c.Class == compare.NewlyAllowed:
			gained[c.Grant] = true
		case c.Class == compare.NewlyDenied && gained[c.Grant] && c.Example != nil && c.Note == "":
			d.lost[c.Grant] = c
		}
	}
	return d
}

// shown returns the changes that have a place of their own.
func (d policyDiff) shown() []*compare.Change {
	var all []*compare.Change
	for _, c := range d.Changes {
		if d.lost[c.Grant] != c {
			all = append(all, c)
		}
	}
	return all
}

// The JSON form of a comparison.
type diffJSON struct {
	Version int          `json:"version"`
	Old     string       `json:"old"`
	New     string       `json:"new"`
	Widens  bool         `json:"widens"`
	Grants  int          `json:"grants"`
	Changes []changeJSON `json:"changes"`

	NotLoaded []notLoadedJSON `json:"not_loaded"`
}

type changeJSON struct {
	Class   compare.Class `json:"class"`
	Subject string        `json:"subject"`
	Widens  bool          `json:"widens"`
	Grant   string        `json:"grant,omitempty"`
	Owner   string        `json:"owner,omitempty"`
	What    []string      `json:"what"`
	Note    string        `json:"note,omitempty"`
	Pos     check.Pos     `json:"pos"`
	Gone    bool          `json:"gone,omitempty"`
	Example *exampleJSON  `json:"example,omitempty"`
}

type exampleJSON struct {
	Issuer string          `json:"issuer"`
	Claims identity.Claims `json:"claims"`
	At     time.Time       `json:"at"`
}

func (d policyDiff) report() diffJSON {
	r := diffJSON{Version: 1, Old: d.before, New: d.after, Widens: d.Widens(), Grants: d.Grants, Changes: []changeJSON{}, NotLoaded: []notLoadedJSON{}}
	for _, c := range d.Changes {
		change := changeJSON{
			Class: c.Class, Subject: c.Subject, Widens: c.Class.Widens(), Grant: c.Grant, Owner: c.Owner,
			What: append([]string{}, c.What...), Note: c.Note, Pos: c.Pos, Gone: c.Gone,
		}
		if c.Example != nil {
			change.Example = &exampleJSON{c.Example.Issuer.URL, c.Example.Claims, c.At}
		}
		r.Changes = append(r.Changes, change)
	}
	return r
}
