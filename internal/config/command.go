package config

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"time"
)

// commandTime bounds a command that prints a secret.
const commandTime = 10 * time.Second

var errTooLong = errors.New("it took longer than 10 s")

// passedOn are the variables that a command gets beside a fixed PATH: enough for
// it to find its own settings, and no other secret of the broker's.
var passedOn = []string{"HOME", "SYSTEMROOT"}

// runCommand returns what a command prints on stdout. It has no stdin, and what
// it says on stderr is not repeated: that may hold the secret.
func runCommand(ctx context.Context, command []string, env func(string) string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, commandTime, errTooLong)
	defer cancel()
	out := &limited{stop: cancel}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the operator named it, with an absolute path
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin"}
	for _, name := range passedOn {
		if value := env(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Stdout = out
	cmd.WaitDelay = time.Second // for a child of its own that keeps stdout open
	err := cmd.Run()
	switch {
	case out.overflow:
		return "", errTooLarge
	case errors.Is(context.Cause(ctx), errTooLong):
		return "", errTooLong
	default:
		return out.text.String(), err
	}
}

// limited keeps what a secret can have, and stops whoever writes more. The text
// is no embedded Buffer: io.Copy would find its ReadFrom, which has no limit.
type limited struct {
	text     bytes.Buffer
	stop     func()
	overflow bool
}

func (l *limited) Write(p []byte) (int, error) {
	if l.text.Len()+len(p) > maxSecret {
		l.overflow = true
		l.stop()
		return 0, errTooLarge
	}
	return l.text.Write(p)
}
