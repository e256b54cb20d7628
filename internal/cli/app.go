// Package cli is the command line: it reads flags, calls one package that does
// the work, shows the result and chooses the exit code.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/plainfile"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/session"
)

// App is the process as the commands see it. Tests replace any part of it.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string // NAME=VALUE, as the process was started
	Now            func() time.Time
	Started        time.Time // when the process was

	// Notify passes the process's signals on, like signal.Notify.
	Notify func(chan<- os.Signal, ...os.Signal)
	// Terminal reports whether a stream is a terminal and how wide it is.
	Terminal func(stream any) (columns int, ok bool)
	// Protect keeps other processes of the same user from reading this one's
	// memory, where the operating system can.
	Protect func()
	Version string       // of a release; "dev" for what was built from source
	Build   func() Build // reads what the linker recorded, which takes a while

	settings config.Client
	notes    []string
	conceal  func(string) string // hides what the command holds; nil where it holds nothing
}

// Build says what this binary is.
type Build struct {
	Version string
	Time    time.Time // of the commit; zero where nobody knows
}

// Interrupted is the cause of a context that a signal ended.
type Interrupted struct{ Signal os.Signal }

func (i Interrupted) Error() string { return "interrupted by " + i.Signal.String() }

// ending are the signals that end a command; it revokes what it holds first.
var ending = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// Run executes the command line and returns the exit code.
func (a *App) Run(ctx context.Context, args []string) int {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	a.Notify(signals, ending...)
	// A reader of our output that went away must not end us while there is
	// something to revoke: with a receiver for the signal, writing fails instead.
	a.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		select {
		case s := <-signals:
			cancel(Interrupted{s})
		case <-ctx.Done():
		}
	}()

	root := a.root(args)
	root.SetArgs(args)
	cmd, err := execute(ctx, root, args)
	a.tellNotes()
	if err == nil {
		return ExitDone
	}
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	a.complain(err)
	return a.codeOf(ctx, cmd, err)
}

// execute runs the command. One about policies holds nothing to revoke, so it ends
// at once when ctx does, also while it computes.
func execute(ctx context.Context, root *cobra.Command, args []string) (*cobra.Command, error) {
	cmd, _, err := root.Find(args)
	if err != nil || !strings.HasPrefix(cmd.CommandPath(), "autoken policy ") {
		return root.ExecuteContextC(ctx)
	}
	done := make(chan error, 1)
	go func() { done <- root.ExecuteContext(ctx) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	return cmd, err
}

// codeOf chooses the exit code of a command that failed. Those of exec are like
// those of a shell's env and nice, so that they are not taken for its command's.
func (a *App) codeOf(ctx context.Context, cmd *cobra.Command, err error) int {
	if cause, ok := errors.AsType[Interrupted](context.Cause(ctx)); ok {
		return signalCode(cause.Signal)
	}
	if failed, ok := errors.AsType[*session.CommandError](err); ok {
		return failed.Code
	}
	if cmd.Name() == "exec" {
		return ExitExec
	}
	return exitCodes[fault.KindOf(err)]
}

// Env returns the value of an environment variable, "" where it is not set.
func (a *App) Env(name string) string {
	for _, entry := range slices.Backward(a.Environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// style returns the styles for one of the app's streams.
func (a *App) style(stream io.Writer) render.Style {
	columns, terminal := a.Terminal(stream)
	return render.NewStyle(stream, render.UseColor(a.settings.Color, a.Env, terminal), render.Width(a.Env, columns))
}

func (a *App) root(args []string) *cobra.Command {
	cmd := &cobra.Command{
		Use:           "autoken",
		Short:         "Short-lived credentials for CI jobs",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          a.noSuchCommand,
		Run: func(cmd *cobra.Command, _ []string) {
			if version, _ := cmd.Flags().GetBool("version"); version {
				a.printVersion()
				return
			}
			a.usage()
		},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	cmd.SetIn(a.Stdin)
	cmd.SetOut(a.Stdout)
	cmd.SetErr(a.Stderr)
	cmd.SetHelpFunc(a.help)
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fault.New(fault.Usage, "%w", err).WithHint("%s", config.FlagHint(c.CommandPath(), c.Flags(), err))
	})
	config.AddFlags(cmd.PersistentFlags(), config.Find(config.Global...))
	cmd.Flags().Bool("version", false, "print the version")
	cmd.PersistentPreRunE = a.configure
	cmd.AddCommand(a.commandsFor(args)...)
	cmd.SetHelpCommand(a.helpCommand(cmd))
	return cmd
}

// commandsFor makes the command that the arguments begin with, and all commands
// where they begin with something else. Making all takes a job's login longer
// than reading its settings.
func (a *App) commandsFor(args []string) []*cobra.Command {
	var all []*cobra.Command
	for _, g := range a.groups() {
		for _, c := range g.commands {
			if len(args) > 0 && args[0] == c.name {
				return []*cobra.Command{c.make()}
			}
			all = append(all, c.make())
		}
	}
	return all
}

// noSuchCommand refuses words that are no command, with the nearest that is.
func (a *App) noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fault.New(fault.Usage, "there is no command %q", args[0])
	if meant := a.meantCommand(cmd, args[0]); meant != "" {
		return err.WithHint("did you mean %s?", meant)
	}
	return err.WithHint("%s -h lists what there is", cmd.CommandPath())
}

// meantCommand returns the command that someone meant who wrote name behind cmd:
// one of its own, one of another's, or one that is nearly called so.
func (a *App) meantCommand(cmd *cobra.Command, name string) string {
	var below, elsewhere []string
	for _, c := range cmd.Commands() {
		below = append(below, c.Name())
		for _, sub := range c.Commands() {
			if sub.Name() == name {
				elsewhere = append(elsewhere, sub.CommandPath())
			}
		}
	}
	for _, g := range a.groups() {
		for _, c := range g.commands {
			if cmd != cmd.Root() && c.name == name {
				elsewhere = append(elsewhere, cmd.Root().Name()+" "+name)
				if name == "schema" && slices.Contains(schemas(), cmd.Name()) {
					elsewhere[len(elsewhere)-1] += " " + cmd.Name()
				}
			}
		}
	}
	if len(elsewhere) > 0 {
		return elsewhere[0]
	}
	if near := check.Nearest(name, below); near != "" {
		return cmd.CommandPath() + " " + near
	}
	return ""
}

// configure reads the settings of the command about to run.
func (a *App) configure(cmd *cobra.Command, _ []string) error {
	var known []config.Setting
	for _, s := range config.Settings {
		// broker serve has a --config of its own: the broker's, not one of settings.
		ownConfig := s.Name == "config" && cmd.LocalNonPersistentFlags().Lookup("config") != nil
		if cmd.Flags().Lookup(s.Name) != nil && !ownConfig {
			known = append(known, s)
		}
	}
	var err error
	a.settings, a.notes, err = config.Load(config.Source{
		Flags: cmd.Flags(), Settings: known, Environ: a.Environ, ReadFile: plainfile.Read,
		Formats: strings.Fields(cmd.Annotations[formatsOf]),
	})
	if a.Env("RUNNER_DEBUG") == "1" {
		a.settings.Verbose = max(a.settings.Verbose, 1)
	}
	return err
}
