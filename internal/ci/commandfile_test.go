package ci_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fault"
)

// C7: a link or anything else in the file's place was not put there by the
// runner. Ready says so before there is a secret.
func TestC7CommandFileIsNotPlain(t *testing.T) {
	for name, place := range map[string]func(t *testing.T, path string){
		"is no regular file": func(t *testing.T, path string) {
			t.Helper()
			write(t, path+".target", "")
			if err := os.Symlink(path+".target", path); err != nil {
				t.Skip(err)
			}
		},
		"no regular file": func(t *testing.T, path string) {
			t.Helper()
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"no such file": func(*testing.T, string) {},
		"permission denied": func(t *testing.T, path string) {
			t.Helper()
			if os.Geteuid() == 0 || runtime.GOOS == "windows" {
				t.Skip("nobody is denied anything")
			}
			write(t, path, "")
			if err := os.Chmod(path, 0o400); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStep(t)
			s.env["GITHUB_ENV"] = filepath.Join(s.dir, "other")
			place(t, s.env["GITHUB_ENV"])
			problem := name
			if runtime.GOOS == "windows" {
				problem = s.env["GITHUB_ENV"] // it has other words
			}
			wantFault(t, s.system(t).Ready(s.job(), ci.ToEnv), fault.Usage, "GITHUB_ENV", problem)
			wantFault(t, s.export(t, variable("GH_TOKEN", "s3cr3t")), fault.Usage, "GITHUB_ENV", problem)
			if text, err := os.ReadFile(s.env["GITHUB_ENV"] + ".target"); err == nil && len(text) > 0 {
				t.Errorf("wrote through a link: %q", text)
			}
		})
	}
	s := newStep(t, "GITHUB_OUTPUT=")
	wantFault(t, s.system(t).Ready(s.job(), ci.ToOutput), fault.Usage, "GITHUB_OUTPUT is not set")
	s = newStep(t, "GITHUB_STATE=")
	wantFault(t, s.system(t).Ready(s.job(), ci.ToEnv), fault.Usage, "GITHUB_STATE is not set")
}

// C18: in a file of another encoding the runner would read a secret as other
// characters, which no mask fits, and print them in an error.
func TestC18FileBegunInUTF16(t *testing.T) {
	for _, begin := range []string{"\xff\xfeA\x00=\x001\x00\n\x00", "\xfe\xff\x00A", "\x00\x00\xfe\xff"} {
		s := newStep(t)
		write(t, s.env["GITHUB_ENV"], begin)
		wantFault(t, s.system(t).Ready(s.job(), ci.ToEnv), fault.Usage, "UTF-16")
		wantFault(t, s.export(t, variable("GH_TOKEN", "s3cr3t")), fault.Usage, "UTF-16")
		if read(t, s.env["GITHUB_ENV"]) != begin {
			t.Error("it was written to")
		}
	}
	s := newStep(t)
	write(t, s.env["GITHUB_ENV"], "\ufeffA=1\n")
	if err := s.export(t, variable("GH_TOKEN", "s3cr3t")); err != nil || len(s.pairs(t, "GITHUB_ENV")) != 2 {
		t.Errorf("UTF-8 with a mark: %v", err)
	}
}
