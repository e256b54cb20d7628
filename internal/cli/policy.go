package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/broker"
	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/session"
)

func (a *App) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy",
		Short:   "Check and explain policies",
		Example: "  autoken policy lint policy/\n  autoken policy explain --grant payments/sonar --claims claims.json policy/",
		Args:    a.noSuchCommand,
		Run:     func(cmd *cobra.Command, _ []string) { a.help(cmd, nil) },
	}
	cmd.AddCommand(a.lintCommand(), a.explainPolicyCommand())
	cmd.AddCommand(a.listPolicyCommand(), a.claimsCommand(), a.newPolicyCommand(), a.codeownersCommand(), a.bundleCommand())
	return cmd
}

func (a *App) lintCommand() *cobra.Command {
	var dev bool
	cmd := addSettings(&cobra.Command{
		Use:   "lint [PATH]",
		Short: "Check whether the broker would load a policy",
		Long: "Lint reads a policy as the broker does and shows what keeps it from being\n" +
			"loaded, each with its place.",
		Example: "  autoken policy lint\n  autoken policy lint --format json policy/",
		RunE:    func(_ *cobra.Command, args []string) error { return a.lint(args, dev) },
	}, []string{"format"})
	cmd.Flags().BoolVar(&dev, "dev", false, "as a broker started with --dev: sandboxes and issuers on this machine are fine")
	return cmd
}

// findingsJSON is the JSON form of findings.
type findingsJSON struct {
	Version  int             `json:"version"`
	Findings []check.Finding `json:"findings"`
}

func (a *App) lint(args []string, dev bool) error {
	path, err := policyPath(args)
	if err != nil {
		return err
	}
	loaded, findings, err := a.policyFiles(path, dev).Load()
	if err != nil {
		return err
	}
	if a.json() {
		err = render.JSON(a.Stdout, findingsJSON{1, append([]check.Finding{}, findings...)})
	} else {
		a.showFindings(a.Stdout, findings)
		err = a.lintVerdict(loaded, findings)
	}
	if err == nil && len(findings) > 0 {
		return exitCode(ExitFindings)
	}
	return err
}

func (a *App) lintVerdict(loaded *policy.Policy, findings []check.Finding) error {
	var err error
	if loaded != nil {
		_, err = fmt.Fprintf(a.Stdout, "%s: the broker would load this policy\n%s", session.Count(len(loaded.Grants), "grant"), notIssued(loaded))
	} else {
		_, err = fmt.Fprintf(a.Stdout, "%s: the broker would refuse this policy\n", session.Count(len(findings), "error"))
	}
	return err
}

// notIssued names the platforms of a policy that a broker of this version knows
// and cannot issue for.
func notIssued(p *policy.Policy) string {
	var names []string
	for _, name := range slices.Sorted(maps.Values(p.Connections)) {
		if _, ok := platform.Lookup(name); !ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "note: the broker of this version cannot issue for " + strings.Join(names, ", ") + " yet\n"
}

// policyPath is the policy that a command is about: the argument, or what lies
// here under one of its usual names.
func policyPath(args []string) (string, error) {
	if len(args) > 1 {
		return "", fault.New(fault.Usage, "one policy at a time: %q", args[1])
	}
	if len(args) == 1 {
		return args[0], nil
	}
	for _, usual := range []string{policy.FileName, "policy"} {
		if _, err := os.Stat(usual); err == nil {
			return usual, nil
		}
	}
	return "", fault.New(fault.Usage, "there is no %s and no policy/ here", policy.FileName).WithHint("autoken policy lint PATH")
}

func (a *App) policyFiles(path string, dev bool) *broker.PolicyFiles {
	return &broker.PolicyFiles{Path: path, Options: policy.Options{Dev: dev}, Now: a.Now}
}

// soundPolicy loads a policy that a broker is to start with.
func (a *App) soundPolicy(files *broker.PolicyFiles) (*policy.Policy, error) {
	loaded, findings, err := files.Load()
	if err != nil {
		return nil, err
	}
	if len(findings) > 0 {
		return nil, a.policyFailure(&broker.PolicyError{Findings: findings})
	}
	return loaded, nil
}

// policyFailure shows the findings of a policy that does not load.
func (a *App) policyFailure(err error) error {
	if bad, ok := errors.AsType[*broker.PolicyError](err); ok {
		a.showFindings(a.Stderr, bad.Findings)
		return fault.New(fault.Usage, "the policy cannot be loaded")
	}
	return err
}

// showFindings prints findings as compilers do, so that editors can read them.
func (a *App) showFindings(w io.Writer, findings []check.Finding) {
	s := a.style(w)
	for _, f := range findings {
		fmt.Fprintf(w, "%s: %s: %s [%s]\n", quote.Text(f.Pos.String()), s.Bad(f.Severity.String()), quote.Text(f.Message), f.Rule)
		if f.Excerpt != "" {
			fmt.Fprintln(w, f.Excerpt)
		}
		if f.Fix != "" {
			fmt.Fprintf(w, "  fix: %s\n", quote.Lines(f.Fix))
		}
		fmt.Fprintln(w)
	}
}
