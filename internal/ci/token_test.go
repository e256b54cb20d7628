package ci_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fault"
)

// C27: files and variables have line ends and byte order marks, or nothing.
func TestC27TokenFilesAndVariables(t *testing.T) {
	long := strings.Repeat("a", 16<<10)
	for name, c := range map[string]struct{ text, problem string }{
		"bare":             {idToken, ""},
		"newline":          {idToken + "\n", ""},
		"windows":          {"\ufeff" + idToken + "\r\n", ""},
		"largest":          {"\ufeff" + long[:len(long)-4] + ".b.c\r\n", ""},
		"empty":            {"", "empty"},
		"only a line end":  {"\n", "empty"},
		"two line ends":    {idToken + "\n\n", "white space"},
		"blank inside":     {"eyJ .eyJ.c2ln", "white space"},
		"tab":              {"eyJ\t.eyJ.c2ln", "white space"},
		"too large":        {long + ".b.c", "larger than 16 KiB"},
		"two parts":        {"sonar-SECRET.part", "2 parts"},
		"four parts":       {"eyJ.eyJ.c2ln.SECRET", "4 parts"},
		"an empty part":    {"eyJ..SECRET", "empty"},
		"UTF-16":           {"\xff\xfee\x00y\x00", "no ID token has"},
		"control":          {"eyJ\x1b[2J.eyJ.SECRET", "no ID token has"},
		"a runner command": {"::add-mask::SECRET.a.b", "no ID token has"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "token")
			write(t, path, c.text)
			job := plainJob("MINE=" + c.text)
			for source, choice := range map[string]ci.Choice{path: {IDTokenFile: path}, "MINE": {IDTokenEnv: "MINE"}} {
				system, err := ci.Detect(job, choice)
				if err != nil {
					t.Fatal(err)
				}
				token, err := system.IDToken(context.Background(), job, "")
				if c.problem == "" {
					if err != nil || len(token.Reveal()) < 6 || strings.ContainsAny(token.Reveal(), "\ufeff\r\n") {
						t.Errorf("%s: %v", source, err)
					}
					continue
				}
				wantFault(t, err, fault.NoIdentity, source, strings.Replace(c.problem, "empty", "empt", 1))
				if strings.Contains(err.Error(), "SECRET") {
					t.Errorf("%s: shows the content: %v", source, err)
				}
			}
		})
	}
}

func TestC27TokenFileUnreadable(t *testing.T) {
	dir := t.TempDir()
	for path, problem := range map[string]string{dir: "no regular file", filepath.Join(dir, "none"): "none", os.DevNull: "no regular file"} {
		system, err := ci.Detect(plainJob(), ci.Choice{IDTokenFile: path})
		if err != nil {
			t.Fatal(err)
		}
		_, err = system.IDToken(context.Background(), plainJob(), "")
		wantFault(t, err, fault.Usage, path, problem)
	}
}

// Kubernetes projects a token as a link and renews it.
func TestTokenFileIsReadEachTime(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "real"), "a.b.first")
	if err := os.Symlink("real", filepath.Join(dir, "token")); err != nil {
		t.Skip(err)
	}
	system, err := ci.Detect(plainJob(), ci.Choice{IDTokenFile: filepath.Join(dir, "token")})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a.b.first", "a.b.second"} {
		write(t, filepath.Join(dir, "real"), want)
		token, err := system.IDToken(context.Background(), plainJob(), "")
		if err != nil || token.Reveal() != want {
			t.Errorf("want %s: %v", want, err)
		}
	}
}
