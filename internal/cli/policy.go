package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/broker"
	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

func (a *App) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy COMMAND",
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

// commandOn is a line that a shell runs, a policy command on the policy at path.
func commandOn(path string, words ...string) string {
	words = append([]string{"autoken", "policy"}, words...)
	if line, ok := quote.Shell(append(words, path)); ok {
		return line
	}
	return strings.Join(words, " ") + " PATH"
}

// shellWord is a word for a shell, FILE where nobody could see what it is.
func shellWord(word string) string {
	if line, ok := quote.Shell([]string{word}); ok {
		return line
	}
	return "FILE"
}

// version is a policy as it is somewhere, on disk or at a git revision.
type version struct {
	*policy.Draft
	name  string                   // as a person would call it
	place func(file string) string // where one of its files lies
}

// at is a place as it can be opened from the working directory.
func (v version) at(pos check.Pos) check.Pos {
	if pos.File != "" {
		pos.File = v.place(pos.File)
	}
	return pos
}

// policyOf loads the policy that a command is about.
func (a *App) policyOf(args []string, opts policy.Options) (version, error) {
	path, err := policyPath(args)
	if err != nil {
		return version{}, err
	}
	return a.versionAt(path, opts)
}

// newVersion names the files of its findings as they can be opened.
func newVersion(draft *policy.Draft, name string, place func(file string) string) version {
	for i := range draft.Findings {
		draft.Findings[i].Pos.File = place(draft.Findings[i].Pos.File)
	}
	return version{draft, name, place}
}

// versionAt is the policy at a path, which must load.
func (a *App) versionAt(name string, opts policy.Options) (version, error) {
	v, err := draftAt(name, opts)
	if err != nil {
		return v, err
	}
	return a.sound(v)
}

// draftAt is the policy at a path, sound or not.
func draftAt(name string, opts policy.Options) (version, error) {
	folder, err := policy.OpenFolder(name)
	if err != nil {
		return version{}, err
	}
	defer folder.Close()
	draft, err := policy.Parse(folder.FS, folder.Name, opts)
	if err != nil {
		return version{}, err
	}
	return newVersion(draft, name, folder.Path), nil
}

// sound refuses a policy that does not load, or tests that cannot be read, and
// shows why.
func (a *App) sound(v version) (version, error) {
	if len(v.Findings) == 0 {
		return v, nil
	}
	a.showFindings(a.Stderr, v.Findings)
	if !check.AtLeast(v.Findings, check.Error) {
		return v, fault.New(fault.Usage, "the tests at %s cannot be read", quote.Text(v.name))
	}
	return v, fault.New(fault.Usage, "the policy at %s cannot be loaded", quote.Text(v.name))
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
