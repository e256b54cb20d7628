package cli

import (
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/session"
)

func (a *App) execCommand() *cobra.Command {
	cmd := addSettings(&cobra.Command{
		Use:   "exec --grant ID [flags] -- COMMAND [ARG…]",
		Short: "Run one command with credentials, and revoke them when it ends",
		Long: "Exec runs a command with the credentials in its environment alone. What the\n" +
			"command prints is masked; files that it writes are not. The credentials are\n" +
			"revoked when it ends, or five seconds after a signal.\n\n" +
			"As with login, nothing that others wrote may be printed before it in one run:\n" +
			"step. What the command itself prints does no harm to a later exec.\n\n" +
			"Its exit code is the command's; 125 is a failure of exec itself.",
		Example: "  autoken exec --grant payments/sonar -- mvn sonar:sonar\n" +
			"  autoken exec --grant payments/publish --rename GH_TOKEN=TOKEN -- make publish",
		RunE: a.runExec,
	}, reaching, presenting, requesting, []string{"no-mask"})
	cmd.Flags().SetInterspersed(false) // what follows the command's name is the command's
	return cmd
}

func (a *App) runExec(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fault.New(fault.Usage, "exec needs a command").WithHint("autoken exec --grant ID -- COMMAND")
	}
	a.Protect()
	s, err := a.newSession(a.Stderr)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 16)
	a.Notify(signals, a.forwarded()...)
	exit, err := s.Exec(cmd.Context(), session.Child{
		Argv: args, Env: a.Environ, Stdin: a.Stdin, Stdout: a.Stdout, Stderr: a.Stderr,
		NoMask: a.settings.NoMask, Signals: signals,
	})
	if err != nil {
		return a.refused(s, err)
	}
	a.tellNotes()
	if exit.Failed != nil {
		a.warn("%s", exit.Failed)
	} else {
		a.detail("revoked what %s had: %d of %[2]d", args[0], len(exit.Held.Bound))
	}
	if exit.Code != 0 {
		return exitCode(exit.Code)
	}
	return nil
}

// forwarded are the signals to pass on. A terminal sends Ctrl-C to the command
// as well, and two of them mean more than one to many programs.
func (a *App) forwarded() []os.Signal {
	if _, terminal := a.Terminal(a.Stdin); !terminal {
		return session.Forwarded
	}
	return slices.DeleteFunc(slices.Clone(session.Forwarded), func(s os.Signal) bool { return s == os.Interrupt })
}
