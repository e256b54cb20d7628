package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
	"github.com/autoken/autoken/internal/source"
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

const (
	maxSecret   = 64 << 10
	commandTime = 10 * time.Second
)

// Read returns the secret, without one line end behind it. Errors name the
// place, never what was found there.
func (s Secret) Read(ctx context.Context, env func(string) string) (secret.Value, error) {
	var text []byte
	var err error
	switch {
	case s.File != "":
		text, err = readSecretFile(s.File)
	case s.Env != "":
		text = []byte(env(s.Env))
	default:
		text, err = s.run(ctx)
	}
	if err != nil {
		return secret.Value{}, fault.New(fault.Usage, "reading the secret from %s: %w", s, err)
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	if len(text) == 0 {
		return secret.Value{}, fault.New(fault.Usage, "reading the secret from %s: it is empty", s)
	}
	return secret.New(string(text)), nil
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

func readSecretFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	if err := onlyOwners(f); err != nil {
		return nil, err
	}
	return readLimited(f)
}

func readLimited(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err == nil && len(text) > maxSecret {
		err = fmt.Errorf("it is larger than %d KiB", maxSecret>>10)
	}
	return text, err
}

// run runs the command with an empty environment but PATH and HOME; what it says
// on stderr is not repeated, it may hold the secret.
func (s Secret) run(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.Command[0], s.Command[1:]...) //nolint:gosec // the operator named it, with an absolute path
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + os.TempDir()}
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	text, err := readLimited(out)
	if err != nil {
		_ = cmd.Process.Kill() // it may have ended by itself
	}
	return text, errors.Join(err, cmd.Wait())
}

func (r *reader) secret(into *Secret, envAllowed bool) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Map, "a secret") {
			return
		}
		r.fields(n, "a secret", map[string]func(*source.Node){
			"file": r.path(&into.File), "env": r.text(&into.Env), "command": r.command(&into.Command),
		})
		switch {
		case len(n.Fields) != 1:
			r.add(n, "bad-value", "a secret is {file: …}, {env: …} or {command: […]}, one of them")
		case into.Env != "" && !envAllowed:
			r.add(n, "bad-value", "a lease key comes from a file or a command: every process of the user can read an environment")
		}
	}
}

func (r *reader) command(into *[]string) func(*source.Node) {
	return func(n *source.Node) {
		r.each(n, "command", func(item *source.Node) { *into = append(*into, item.Text) })
		if len(*into) > 0 && !filepath.IsAbs((*into)[0]) {
			r.add(n, "bad-value", "a command begins with an absolute path")
		}
	}
}
