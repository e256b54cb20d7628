package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/broker"
	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
)

func (a *App) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy",
		Short:   "Check and explain policies",
		Example: "  autoken policy lint policy/\n  autoken policy explain --grant payments/sonar --claims claims.json policy/",
		Args:    a.noSuchCommand,
		Run:     func(cmd *cobra.Command, _ []string) { a.help(cmd, nil) },
	}
	cmd.AddCommand(
		a.lintCommand(), a.policyTestCommand(), a.explainPolicyCommand(), a.diffPolicyCommand(), a.listPolicyCommand(), a.newPolicyCommand(),
		a.claimsCommand(), a.suggestCommand(), a.bundleCommand(), a.codeownersCommand(),
	)
	return cmd
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
		fmt.Fprintln(w, s.Finding(f))
	}
}
