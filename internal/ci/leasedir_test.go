package ci_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fault"
)

// S24: names cannot be guessed, and nobody else can look.
func TestS24LeaseFilesArePrivate(t *testing.T) {
	s := newStep(t)
	s.remember(t, lease("a"), lease("a"))
	files := s.leaseFiles(t)
	if len(files) != 2 || len(filepath.Base(files[0])) < 38 {
		t.Fatalf("%v", files)
	}
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing")
	}
	for path, want := range map[string]os.FileMode{files[0]: 0o600, filepath.Dir(files[0]): 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// C7, S24: a directory that someone else prepared is refused, before there is a
// secret too.
func TestC7LeaseDirectory(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing")
	}
	for problem, place := range map[string]func(path string) error{
		"other users may use it": func(path string) error { return errors.Join(os.Mkdir(path, 0o700), os.Chmod(path, 0o770)) },
		"no directory":           func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"is no directory":        func(path string) error { return os.Symlink(filepath.Dir(path), path) },
	} {
		s := newStep(t)
		if err := place(filepath.Join(s.dir, "autoken-leases")); err != nil {
			t.Fatal(err)
		}
		wantFault(t, s.system(t).Ready(s.job(), ci.ToEnv), fault.Usage, problem)
		wantFault(t, s.system(t).Remember(s.job(), []ci.Lease{lease("a")}), fault.Usage, problem)
		_, err := s.system(t).Recall(s.job())
		wantFault(t, err, fault.Usage, problem)
		if strings.Contains(read(t, s.env["GITHUB_STATE"]), "lease-a") {
			t.Error("the lease was written elsewhere")
		}
	}
}

// C7: files that autoken did not write are reported and do not hide the others.
func TestC7ForeignLeaseFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing")
	}
	hex := func(digit string) string { return "lease-" + strings.Repeat(digit, 32) + ".json" }
	s := newStep(t)
	s.remember(t, lease("a"))
	good := read(t, s.leaseFiles(t)[0])
	dir := filepath.Join(s.dir, "autoken-leases")
	outside := filepath.Join(s.dir, "outside")
	write(t, outside, good)
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, hex("1")), []byte("SECRET no json"), 0o600),
		os.WriteFile(filepath.Join(dir, hex("2")), []byte(strings.Replace(good, `"version":1`, `"version":2`, 1)), 0o600),
		os.WriteFile(filepath.Join(dir, hex("3")), []byte(strings.Replace(good, "https://autoken", "http://autoken", 1)), 0o600),
		os.WriteFile(filepath.Join(dir, hex("4")), []byte(good+strings.Repeat(" ", 64<<10)), 0o600),
		os.WriteFile(filepath.Join(dir, hex("5")), []byte(good), 0o600), os.Chmod(filepath.Join(dir, hex("5")), 0o644),
		os.Symlink(outside, filepath.Join(dir, hex("6"))),
		os.Mkdir(filepath.Join(dir, hex("7")), 0o700),
		os.WriteFile(filepath.Join(dir, hex("8")), []byte(strings.Replace(good, "lease-a", "", 1)), 0o600),
		os.WriteFile(filepath.Join(dir, "::stop-commands::x\n"), []byte(good), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	kept, err := s.system(t).Recall(s.job())
	if len(kept) != 1 || err == nil {
		t.Fatalf("%d leases, %v", len(kept), err)
	}
	for i := range 8 {
		if name := hex(string(rune('1' + i))); strings.Count(err.Error(), name) != 1 {
			t.Errorf("%s is not reported: %v", name, err)
		}
	}
	if !strings.Contains(err.Error(), "autoken did not write it") || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%v", err)
	}
	for line := range strings.Lines(err.Error()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a file's name became a command: %q", line)
		}
	}
}
