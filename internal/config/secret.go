package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

// Secret says where a secret of the broker's is kept. It is read when it is
// needed, so that a changed file counts at once, a link that was swapped too.
type Secret struct {
	File    string
	Env     string
	Command []string // absolute path and arguments; no shell
}

// IsZero reports whether s names no place.
func (s Secret) IsZero() bool { return s.File == "" && s.Env == "" && len(s.Command) == 0 }

const maxSecret = 64 << 10

// Read returns the secret, without one line end behind it. Errors name the
// place, never what was found there.
func (s Secret) Read(ctx context.Context, env func(string) string) (secret.Value, error) {
	text, err := s.read(ctx, env)
	if err != nil {
		return secret.Value{}, fault.New(fault.Usage, "reading the secret from %s: %w", s, err)
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if text == "" {
		return secret.Value{}, fault.New(fault.Usage, "reading the secret from %s: it is empty", s)
	}
	return secret.New(text), nil
}

func (s Secret) read(ctx context.Context, env func(string) string) (string, error) {
	switch {
	case s.File != "":
		return readGuarded(s.File, onlyOwners)
	case s.Env != "":
		return env(s.Env), nil
	case len(s.Command) > 0:
		return runCommand(ctx, s.Command, env)
	default:
		return "", errors.New("no place was named")
	}
}

func (s Secret) String() string {
	switch {
	case s.File != "":
		return "file " + s.File
	case s.Env != "":
		return "variable " + s.Env
	case len(s.Command) > 0:
		return "command " + s.Command[0]
	default:
		return "nowhere"
	}
}

var errNotRegular = errors.New("it is no regular file")

// readGuarded reads a file that guard admits. It is looked at before it is
// opened, because to open a pipe can take for ever, and again once it is open.
func readGuarded(name string, guard func(os.FileInfo) error) (string, error) {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return "", orNotRegular(err)
	}
	f, err := os.Open(name) //nolint:gosec // the operator named it
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", orNotRegular(err)
	}
	if err = guard(info); err != nil {
		return "", err
	}
	return readLimited(f)
}

func orNotRegular(err error) error {
	if err != nil {
		return err
	}
	return errNotRegular
}

var errTooLarge = fmt.Errorf("it is larger than %d KiB", maxSecret>>10)

func readLimited(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err == nil && len(text) > maxSecret {
		err = errTooLarge
	}
	return string(text), err
}
