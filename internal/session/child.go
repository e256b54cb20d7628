package session

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

// Child is the command that exec runs.
type Child struct {
	Argv           []string
	Env            []string // NAME=VALUE, before credentials are added and secrets of the runner removed
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	NoMask         bool
	Watch          *ci.StopWatch    // of the runner's commands; nil where there is no runner
	Signals        <-chan os.Signal // passed on to the child
}

// runtimeSecrets are what a job's own identity hangs on: with the request token
// the child could get ID tokens of its own. The child runs as the same user, so
// this is hygiene, not a boundary.
var runtimeSecrets = []string{
	"ACTIONS_ID_TOKEN_REQUEST_", "ACTIONS_RUNTIME_", "ACTIONS_RESULTS_URL", "ACTIONS_CACHE_URL",
	"AUTOKEN_ID_TOKEN", "BITBUCKET_STEP_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN", "STATE_AUTOKEN_",
}

// environment is what the child gets: its own, the credentials, and none of what
// could get more of them. The CI system's own ID token variable goes too.
func (c Child) environment(vars []credential.Var, alsoDrop string) []string {
	var env []string
	for _, entry := range c.Env {
		name, _, _ := strings.Cut(entry, "=")
		if !dropped(name, alsoDrop, vars) {
			env = append(env, entry)
		}
	}
	for _, v := range vars {
		env = append(env, v.Name+"="+v.Value.Reveal())
	}
	return env
}

func dropped(name, alsoDrop string, vars []credential.Var) bool {
	upper := strings.ToUpper(name)
	for _, prefix := range runtimeSecrets {
		if strings.HasPrefix(upper, prefix) {
			return true
		}
	}
	for _, v := range vars {
		if strings.EqualFold(name, v.Name) {
			return true
		}
	}
	return alsoDrop != "" && name == alsoDrop
}

// outputGrace is how long output is still read after the child has ended, from
// processes that it left behind.
const outputGrace = 2 * time.Second

// running is a started child.
type running struct {
	cmd     *exec.Cmd
	maskers []*secret.Masker
	done    chan struct{}
	err     error // of Wait; set before done is closed
}

// start starts the child with vars in its environment and everything in hide
// masked in its output.
func (c Child) start(vars []credential.Var, hide []secret.Value, dropVar string) (*running, error) {
	path, err := findCommand(c.Argv[0])
	if err != nil {
		return nil, err
	}
	r := &running{done: make(chan struct{})}
	// The child is not bound to a context: it gets the signals that autoken gets,
	// and decides itself when it ends.
	r.cmd = exec.CommandContext(context.WithoutCancel(context.Background()), path) //nolint:gosec // running the user's command is the point
	r.cmd.Args = c.Argv
	r.cmd.Env = c.environment(vars, dropVar)
	r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	r.cmd.WaitDelay = outputGrace
	if c.Watch != nil {
		r.cmd.Stdout, r.cmd.Stderr = c.Watch.Stream(c.Stdout), c.Watch.Stream(c.Stderr)
	}
	if !c.NoMask {
		out, errs := secret.NewMasker(r.cmd.Stdout, hide...), secret.NewMasker(r.cmd.Stderr, hide...)
		r.cmd.Stdout, r.cmd.Stderr = out, errs
		r.maskers = []*secret.Masker{out, errs}
	}
	if err := startTree(r.cmd, c.Argv); err != nil {
		return nil, startError(c.Argv[0], err)
	}
	go r.wait()
	return r, nil
}

func (r *running) wait() {
	r.err = r.cmd.Wait()
	for _, m := range r.maskers {
		_ = m.Close() // a reader of our output that went away is the child's affair
	}
	close(r.done)
}

// exitCode is the child's code as a shell would report it.
func (r *running) exitCode() int {
	return stateCode(r.cmd.ProcessState)
}

// CommandError is a command that could not be started, with the exit code that
// shells use for it.
type CommandError struct {
	Code int
	Err  error
}

func (e *CommandError) Error() string { return e.Err.Error() }
func (e *CommandError) Unwrap() error { return e.Err }

const (
	codeNotExecutable = 126
	codeNotFound      = 127
)

func findCommand(name string) (string, error) {
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrDot) {
		return "", &CommandError{codeNotFound, fault.New(fault.Usage, "running %s: it lies in the working directory, not on PATH", name).
			WithHint("write ./%s", name)}
	}
	if err != nil {
		return "", startError(name, err)
	}
	return path, nil
}

func startError(name string, err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return &CommandError{codeNotFound, fault.New(fault.Usage, "running %s: command not found", name)}
	case errors.Is(err, fs.ErrPermission):
		return &CommandError{codeNotExecutable, fault.New(fault.Usage, "running %s: permission denied", name)}
	default:
		return &CommandError{codeNotExecutable, fault.New(fault.Usage, "running %s: %w", name, errors.Unwrap(err))}
	}
}
