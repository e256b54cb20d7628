package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/lint"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/render"
)

func (a *App) lintCommand() *cobra.Command {
	var flags findingsFlags
	var dev bool
	var base string
	cmd := &cobra.Command{
		Use:   "lint [flags] [PATH]",
		Short: "Find what is wrong or risky in a policy",
		Long: "Lint reads a policy as the broker does. It shows what keeps the policy from\n" +
			"being loaded and what its authors will not have meant: each with its place, and\n" +
			"where it can with a job as an example and what to write instead. autoken rules\n" +
			"ID explains a rule.\n\n" +
			"The exit code is 1 where a finding is at least as severe as --fail-on, whatever\n" +
			"the other flags leave out. Files that -o writes have all findings.\n\n" +
			"On a pull request an ignore counts only where the branch that it goes to has it\n" +
			"too, which needs that branch: git fetch, or fetch-depth: 0 of actions/checkout.\n" +
			"GitHub, GitLab and Buildkite say which it is. Elsewhere name it: --base\n" +
			"refs/remotes/origin/main.",
		Example: "  autoken policy lint\n  autoken policy lint --format github -o lint.sarif policy/",
		RunE: func(cmd *cobra.Command, args []string) error {
			view, err := flags.view(lint.Rules())
			if err != nil {
				return err
			}
			path, err := policyPath(args)
			if err != nil {
				return err
			}
			return a.lint(cmd.Context(), view, lintQuestion{path, base, policy.Options{Dev: dev, Tests: true}})
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&dev, "dev", false, "as a broker started with --dev: sandboxes and issuers on this machine are fine")
	cmd.Flags().StringVar(&base, "base", "", "an ignore counts only where the git revision `REF` has it too")
	return cmd
}

// lintQuestion is what lint was asked.
type lintQuestion struct {
	path, base string
	options    policy.Options
}

func (a *App) lint(ctx context.Context, v findingsView, q lintQuestion) error {
	folder, err := policy.OpenFolder(q.path)
	if err != nil {
		return err
	}
	defer folder.Close()
	draft, err := policy.Parse(folder.FS, folder.Name, q.options)
	if err != nil {
		return err
	}
	base, err := a.lintBase(ctx, q, draft)
	if err != nil {
		return err
	}
	f := render.Findings{
		Report: lint.Run(draft, lint.Options{Now: a.Now(), Base: base}),
		Rules:  lintRules(), Command: "autoken policy lint", Verdict: "the broker would load this policy",
	}
	switch {
	case check.AtLeast(f.Findings, check.Error):
		f.Verdict = "the broker would refuse this policy"
	case len(draft.Policy.Grants) == 0:
		f.Verdict = "nobody gets anything"
	case a.settings.Verbose > 0:
		a.noteNotIssued(draft.Policy)
	}
	f.Report = asOpened(f.Report, folder)
	return a.report(v, f)
}

// asOpened names files as they can be opened from the working directory.
func asOpened(r check.Report, folder *policy.Folder) check.Report {
	for i := range r.Findings {
		r.Findings[i].Pos.File = folder.Path(r.Findings[i].Pos.File)
	}
	for i := range r.Ignored {
		r.Ignored[i].Pos.File = folder.Path(r.Ignored[i].Pos.File)
	}
	return r
}

// lintRules returns the rules on policies with their pages.
func lintRules() []render.Rule {
	var rules []render.Rule
	for _, meta := range lint.Rules() {
		r := render.Rule{Meta: meta}
		if page, ok := lint.PageOf(meta.ID); ok {
			r.Help, r.Markdown = oneLine(page.Why)+"\n\nFix: "+oneLine(page.Fix), page.Markdown()
		}
		rules = append(rules, r)
	}
	return rules
}

// noteNotIssued names the platforms of a policy that a broker of this version
// knows and cannot issue for.
func (a *App) noteNotIssued(p *policy.Policy) {
	var names []string
	for _, name := range slices.Sorted(maps.Values(p.Connections)) {
		if _, ok := platform.Lookup(name); !ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		a.note("the broker of this version cannot issue for %s yet", strings.Join(names, ", "))
	}
}
