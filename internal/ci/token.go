package ci

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

const maxToken = 16 << 10

// parseToken returns text as an ID token, without the line end and the byte
// order mark that files have. Its errors never quote the text.
func parseToken(text string) (secret.Value, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.TrimSuffix(text, "\n")
	text = strings.TrimSuffix(text, "\r")
	parts := strings.Split(text, ".")
	switch {
	case text == "":
		return secret.Value{}, errors.New("it is empty")
	case len(text) > maxToken:
		return secret.Value{}, fmt.Errorf("it is larger than %d KiB", maxToken>>10)
	case strings.ContainsAny(text, " \t\r\n"):
		return secret.Value{}, errors.New("it has white space inside")
	case strings.ContainsFunc(text, notInToken):
		return secret.Value{}, errors.New("it has characters that no ID token has")
	case len(parts) != 3:
		return secret.Value{}, fmt.Errorf("it has %d parts between dots; an ID token has 3", len(parts))
	case parts[0] == "" || parts[1] == "" || parts[2] == "":
		return secret.Value{}, errors.New("one of its three parts is empty")
	}
	return secret.New(text), nil
}

// notInToken reports whether r is outside the alphabet of RFC 7515's compact
// form.
func notInToken(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !letter && r != '-' && r != '_' && r != '.'
}

// variableToken returns the ID token in the first of names that is set.
func variableToken(job Job, hint string, names ...string) (secret.Value, error) {
	for _, name := range names {
		text := job.Env(name)
		if text == "" {
			continue
		}
		token, err := parseToken(text)
		if err != nil {
			return token, fault.New(fault.NoIdentity, "%s holds no ID token: %w", name, err)
		}
		return token, nil
	}
	return secret.Value{}, fault.New(fault.NoIdentity, "%s is not set or empty", names[0]).WithHint("%s", hint)
}

// fileToken reads an ID token from a file, which may be a link: Kubernetes
// projects tokens that way.
func fileToken(path string) (secret.Value, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err != nil {
		return secret.Value{}, fault.New(fault.Usage, "reading the ID token: %w", err)
	}
	text, err := readAtMost(path, maxToken+8) // room for a byte order mark and a line end
	if err != nil {
		return secret.Value{}, fault.New(fault.Usage, "reading the ID token: %w", err)
	}
	token, err := parseToken(string(text))
	if err != nil {
		return token, fault.New(fault.NoIdentity, "%s holds no ID token: %w", path, err)
	}
	return token, nil
}

// readAtMost returns the first limit bytes of a file.
func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // G304: named on the command line, or by the runner
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

func (s System) withFile(path string) System {
	s.Fixed = true
	s.IDToken = func(context.Context, Job, string) (secret.Value, error) { return fileToken(path) }
	return s
}

func (s System) withVariable(name string) System {
	s.Fixed, s.TokenVar = true, name
	s.IDToken = func(_ context.Context, job Job, _ string) (secret.Value, error) {
		return variableToken(job, "it was named as the source of the ID token", name)
	}
	return s
}
