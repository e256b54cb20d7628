package gitfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Run runs git with these arguments in a folder, the working directory where it
// is "", and returns what it wrote to stdout. Its error is an *exec.ExitError,
// with what git said, where git ran and failed.
type Run func(ctx context.Context, dir string, args ...string) ([]byte, error)

const (
	timeLimit = 30 * time.Second // of one call
	maxOutput = 64 << 20         // a listing of half a million files
	maxSaid   = 4 << 10          // of stderr
	grace     = time.Second      // until a git that was stopped is left alone
)

// inherited are the variables that git needs. It gets no other: none of a job's
// secrets is its business.
var inherited = []string{
	"PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "SUDO_UID", // SUDO_UID: git asks who owns a repository
	"SYSTEMROOT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "TEMP", "TMP", "PATHEXT", "PROGRAMDATA", "APPDATA",
}

// Git returns the Run of the git on PATH. Environ is the process's environment.
func Git(environ []string) Run {
	env := environment(environ)
	return func(ctx context.Context, dir string, args ...string) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, timeLimit)
		defer cancel()
		// A checkout may have a folder inside that looks like a bare repository,
		// with a configuration that runs commands.
		args = append([]string{"-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false"}, args...)
		cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // argv alone, and revisions were looked at
		cmd.Dir, cmd.Env, cmd.WaitDelay = dir, env, grace
		return output(ctx, cmd)
	}
}

func environment(environ []string) []string {
	env := []string{"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_LITERAL_PATHSPECS=1"}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if slices.Contains(inherited, strings.ToUpper(name)) || name == "GIT_DIR" || name == "GIT_WORK_TREE" || strings.HasPrefix(name, "GIT_CONFIG") {
			env = append(env, entry)
		}
	}
	return env
}

func output(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	out, said := limited{max: maxOutput}, limited{max: maxSaid, drop: true}
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil && !out.over {
		failed.Stderr = said.text.Bytes()
		return nil, failed
	}
	switch {
	case out.over:
		return nil, fmt.Errorf("git wrote more than %d MiB", maxOutput>>20)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("git did not answer: %w", context.Cause(ctx))
	case err != nil:
		return nil, err
	}
	return out.text.Bytes(), nil
}

// limited keeps the first max bytes, and refuses or drops the others.
type limited struct {
	text       bytes.Buffer
	max        int
	drop, over bool
}

// Write keeps what fits (io.Writer).
func (l *limited) Write(p []byte) (int, error) {
	fits := min(len(p), l.max-l.text.Len())
	l.text.Write(p[:fits])
	l.over = l.over || fits < len(p)
	if l.over && !l.drop {
		return fits, io.ErrShortWrite
	}
	return len(p), nil
}
