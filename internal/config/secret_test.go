//go:build unix

package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/fault"
)

// environment is what a broker runs in: it has secrets that no command may see.
func environment(name string) string {
	return map[string]string{"HOME": "/home/broker", "JF_TOKEN": "env-s3cr3t", "PATH": "/evil"}[name]
}

// script makes a command that runs a shell, which it names itself.
func script(t *testing.T, text string) config.Secret {
	t.Helper()
	name := filepath.Join(t.TempDir(), "vault-read")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return config.Secret{Command: []string{name, "a b", "$HOME", "`id`"}}
}

func secretFile(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestSecretIsRead(t *testing.T) {
	for name, test := range map[string]struct {
		from config.Secret
		want string
	}{
		"a file":             {config.Secret{File: secretFile(t, "s3cr3t\n", 0o600)}, "s3cr3t"},
		"of a group":         {config.Secret{File: secretFile(t, "s3cr3t\r\n", 0o440)}, "s3cr3t"},
		"two lines":          {config.Secret{File: secretFile(t, "a\nb\n\n", 0o400)}, "a\nb\n"},
		"the largest":        {config.Secret{File: secretFile(t, strings.Repeat("x", 64<<10), 0o600)}, strings.Repeat("x", 64<<10)},
		"a variable":         {config.Secret{Env: "JF_TOKEN"}, "env-s3cr3t"},
		"arguments as given": {script(t, `printf '%s|' "$@"`), "a b|$HOME|`id`|"},
		"scrubbed":           {script(t, "/usr/bin/env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= | sort | tr '\\n' ' '"), "HOME=/home/broker PATH=/usr/local/bin:/usr/bin:/bin "},
		"no stdin":           {script(t, "cat; echo done"), "done"},
		"64 KiB of a command": {
			script(t, "head -c 65536 /dev/zero | tr '\\0' x"), strings.Repeat("x", 64<<10),
		},
	} {
		got, err := test.from.Read(t.Context(), environment)
		if err != nil || got.Reveal() != test.want {
			t.Errorf("%s: %q, %v", name, got.Reveal(), err)
		}
	}
}

// S25: what others may read or write is no secret; and no error tells what was
// found.
func TestS25SecretIsRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := secretFile(t, "s3cr3t", 0o600)
	if os.Geteuid() == 0 {
		if err := os.Chown(foreign, 4711, 4711); err != nil {
			t.Fatal(err)
		}
	} else {
		foreign = "/proc/1/environ" // another user's, whoever we are
	}
	for name, test := range map[string]struct {
		from config.Secret
		want string
	}{
		"all may read":      {config.Secret{File: secretFile(t, "s3cr3t", 0o604)}, "others may read or write it"},
		"all may write":     {config.Secret{File: secretFile(t, "s3cr3t", 0o602)}, "others may read or write it"},
		"a group may write": {config.Secret{File: secretFile(t, "s3cr3t", 0o620)}, "others may write it"},
		"another's":         {config.Secret{File: foreign}, ""},
		"too large":         {config.Secret{File: secretFile(t, strings.Repeat("s3cr3t!!", 8<<10)+"x", 0o600)}, "larger than 64 KiB"},
		"empty":             {config.Secret{File: secretFile(t, "\n", 0o600)}, "it is empty"},
		"a folder":          {config.Secret{File: t.TempDir()}, "no regular file"},
		"a pipe":            {config.Secret{File: pipe}, "no regular file"},
		"gone":              {config.Secret{File: "/nonexistent/s"}, "no such file"},
		"unset":             {config.Secret{Env: "NOBODY"}, "variable NOBODY: it is empty"},
		"nowhere":           {config.Secret{}, "nowhere: no place was named"},
		"no such command":   {config.Secret{Command: []string{"/nonexistent/c"}}, "no such file"},
		"a failing command": {script(t, "echo s3cr3t; echo s3cr3t >&2; exit 3"), "exit status 3"},
		"a silent command":  {script(t, "echo s3cr3t >&2"), "it is empty"},
		"a talking command": {script(t, "while :; do echo s3cr3t; done"), "larger than 64 KiB"},
	} {
		got, err := test.from.Read(t.Context(), environment)
		text := fmt.Sprint(err)
		if err == nil || !got.IsZero() || !strings.Contains(text, test.want) || strings.Contains(text, "s3cr3t") || strings.Contains(text, "\n") {
			t.Errorf("%s: %q, %s", name, got.Reveal(), text)
		}
		if fault.KindOf(err) != fault.Usage || strings.Contains(fault.HintOf(err), "s3cr3t") {
			t.Errorf("%s: kind %s, hint %q", name, fault.KindOf(err), fault.HintOf(err))
		}
	}
}

// S25: a command gets 10 s, also where a child of its own keeps its output open.
func TestS25CommandHasATimeLimit(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	_, err := script(t, "echo s3cr3t; sleep 60").Read(t.Context(), environment)
	took := time.Since(begin)
	if err == nil || !strings.HasSuffix(err.Error(), "it took longer than 10 s") || took < 9*time.Second || took > 15*time.Second {
		t.Errorf("after %s: %v", took, err)
	}
}

func TestCommandWhoseChildLivesOn(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	_, err := script(t, "echo s3cr3t; sleep 60 & exit 0").Read(t.Context(), environment)
	if took := time.Since(begin); err == nil || strings.Contains(err.Error(), "s3cr3t") || took > 5*time.Second {
		t.Errorf("after %s: %v", took, err)
	}
}

// A changed file counts at once, also where Kubernetes swaps the link it is
// reached by.
func TestSecretIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	swap := func(target string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	put("..2026_1/token", "one")
	put("..2026_2/token", "two")
	swap("..2026_1")
	if err := os.Symlink("..data/token", filepath.Join(dir, "token")); err != nil {
		t.Fatal(err)
	}
	s := config.Secret{File: filepath.Join(dir, "token")}
	for _, want := range []string{"one", "two"} {
		got, err := s.Read(t.Context(), environment)
		if err != nil || got.Reveal() != want {
			t.Errorf("%q, %v, want %q", got.Reveal(), err, want)
		}
		swap("..2026_2")
	}
}
