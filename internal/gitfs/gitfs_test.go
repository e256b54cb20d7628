package gitfs_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/gitfs"
)

// repository is a working copy whose branch main has files; a name that ends in
// "@" is a link.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no git, or names that this system has not")
	}
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	for name, text := range files {
		put(t, dir, name, text)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "one")
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	full := filepath.Join(dir, strings.TrimSuffix(name, "@"))
	err := os.MkdirAll(filepath.Dir(full), 0o700)
	if err == nil && strings.HasSuffix(name, "@") {
		err = os.Symlink(text, full)
	} else if err == nil {
		err = os.WriteFile(full, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

var installed = gitfs.Git(os.Environ())

func open(t *testing.T, dir, name string) fs.FS {
	t.Helper()
	fsys, base, err := gitfs.Open(t.Context(), installed, dir, "main", name)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := fs.Stat(fsys, base); err != nil {
		t.Fatalf("%s: %v, %v", base, info, err)
	}
	return fsys
}

func contents(t *testing.T, fsys fs.FS) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			target, linkErr := fs.ReadLink(fsys, name)
			all[name+"@"] = target
			return linkErr
		}
		text, err := fs.ReadFile(fsys, name)
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// S27: what a revision has is read as it is, whatever its files are called and
// whatever its attributes say.
func TestS27AFolderIsReadAsItWas(t *testing.T) {
	files := map[string]string{
		"policy/autoken.policy.yaml": "version: 1\r\n",
		"policy/teams/a.yaml":        "team: a\n",
		"policy/teams/new\nline":     "x",
		"policy/teams/\"quoted\" ü":  "",
		"policy/teams/--output=x":    "y",
		"policy/link@":               "teams/a.yaml",
		"policy/.gitattributes":      "*.yaml export-ignore text eol=lf filter=missing\n",
		"other/c.yaml":               "c",
	}
	dir := repository(t, files)
	put(t, dir, "policy/teams/a.yaml", "changed since")
	put(t, dir, "policy/teams/z.yaml", "new")
	want := map[string]string{}
	for name, text := range files {
		if inner, ok := strings.CutPrefix(name, "policy/"); ok {
			want[inner] = text
		}
	}
	want["autoken.policy.yaml"] = "version: 1\n" // eol=lf: git stored it so when it was added
	for name, fsys := range map[string]fs.FS{
		"from above": open(t, dir, "policy"), "inside": open(t, filepath.Join(dir, "policy"), "."),
		"a file": open(t, dir, "policy/autoken.policy.yaml"), "absolute": open(t, dir, filepath.Join(dir, "policy")),
	} {
		if diff := cmp.Diff(want, contents(t, fsys)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if err := fstest.TestFS(open(t, dir, "."), "policy/teams/a.yaml", "other/c.yaml"); err != nil {
		t.Error(err)
	}
}

func TestLinksStayInside(t *testing.T) {
	dir := repository(t, map[string]string{
		"policy/real/a.yaml": "a", "policy/dir@": "real", "policy/climbs@": "../secret", "policy/far@": "/etc/passwd",
		"policy/loop@": "loop", "policy/twice@": "dir/a.yaml", "secret": "s",
	})
	fsys := open(t, dir, "policy")
	for name, want := range map[string]string{"dir/a.yaml": "a", "twice": "a", "climbs": "", "far": "", "loop": ""} {
		text, err := fs.ReadFile(fsys, name)
		if string(text) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if info, err := fs.Lstat(fsys, "dir/a.yaml"); err != nil || info.Mode()&fs.ModeSymlink != 0 {
		t.Errorf("%v, %v", info, err)
	}
}

// S6, S27: a revision is never an option, and a wrong one says what to do.
func TestS27WrongRevisions(t *testing.T) {
	dir := repository(t, map[string]string{"policy/a.yaml": "a", "b": "b"})
	put(t, dir, "new.yaml", "new")
	for _, c := range []struct{ dir, ref, name, want, hint string }{
		{dir, "--output=x", ".", "--output=x is no git revision", "origin/main"},
		{dir, "-p", ".", "no git revision", ""},
		{dir, "", ".", "empty", ""},
		{dir, "a b", ".", "no git revision", ""},
		{dir, "main\n::x::", ".", `main\n::x:: is no git revision`, ""},
		{dir, strings.Repeat("x", 300), ".", "no git revision", ""},
		{dir, "origin/main", ".", "there is no revision origin/main here", "git fetch origin main"},
		{dir, "main:policy", ".", "there is no revision", ""},
		{dir, "main..main", ".", "there is no revision", "fetch-depth: 0"},
		{dir, "main", "none.yaml", "there is no none.yaml here", ""},
		{dir, "main", "new.yaml", "new.yaml at main: there is no such file", ""},
		{dir, "main", "..", "not in the working directory's repository", "ask there"},
		{dir, "main", "none/a.yaml", "there is no none/a.yaml here", ""},
		{t.TempDir(), "main", ".", "in no repository", ""},
	} {
		_, _, err := gitfs.Open(t.Context(), installed, c.dir, c.ref, c.name)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(fault.HintOf(err), c.hint) || fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v, hint %q", c.ref, err, fault.HintOf(err))
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "fresh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := gitfs.Open(t.Context(), installed, dir, "main", "fresh"); err == nil || !strings.Contains(err.Error(), "main has no folder ") {
		t.Errorf("a folder that is new: %v", err)
	}
}

// S27: a folder of the checkout that looks like a bare repository is no
// repository, and cannot bring a configuration along.
func TestS27NoRepositoryInsideACheckout(t *testing.T) {
	dir := repository(t, map[string]string{"policy/autoken.policy.yaml": "real"})
	git(t, filepath.Join(dir, "policy"), "init", "-q", "--bare", ".")
	if got := contents(t, open(t, dir, "policy")); got["autoken.policy.yaml"] != "real" {
		t.Errorf("from outside: %v", got)
	}
	_, _, err := gitfs.Open(t.Context(), installed, filepath.Join(dir, "policy"), "main", ".")
	if err == nil || !strings.Contains(err.Error(), "no repository that git can read") {
		t.Errorf("%v", err)
	}
}

// S24: git gets what it needs of the environment and nothing that could get a
// credential.
func TestS24GitGetsNoSecrets(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "git", "#!/bin/sh\nenv >seen\nexit 1\n")
	if err := os.Chmod(filepath.Join(dir, "git"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	run := gitfs.Git([]string{"PATH=/usr/bin:/bin", "HOME=/h", "GIT_TRACE=1", "MY_TOKEN=secret", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=secret"})
	if _, _, err := gitfs.Open(t.Context(), run, dir, "main", "."); err == nil || !strings.Contains(err.Error(), "git ended with 1") {
		t.Errorf("%v", err)
	}
	seen, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil || strings.Contains(string(seen), "secret") || strings.Contains(string(seen), "TRACE") || !strings.Contains(string(seen), "HOME=/h\n") {
		t.Errorf("%v\n%s", err, seen)
	}
}

// answers plays a git that has this listing of a folder and these files.
func answers(t *testing.T, listing, file string) (run gitfs.Run, dir string) {
	t.Helper()
	dir = t.TempDir()
	put(t, dir, "sub", "")
	said := map[string]string{"rev-parse --show-toplevel": dir, "cat-file -t": "tree", "ls-tree -r": listing, "cat-file blob": file, "rev-parse --verify": "c"}
	return func(_ context.Context, _ string, args ...string) ([]byte, error) {
		return []byte(said[strings.Join(args[:2], " ")]), nil
	}, dir
}

func TestOddListingsAreRefused(t *testing.T) {
	id := strings.Repeat("a", 40)
	for listing, want := range map[string]string{
		"100644 blob " + id + " 1\t../x\x00":                                    "no file can be called",
		"100644 blob " + id + " 1\ta//b\x00":                                    "no file can be called",
		"100644 blob " + id + " 1\ta\x00100644 blob " + id + " 1\ta\x00":        "two files",
		"100644 blob " + id + " x\ta\x00":                                       "cannot be read",
		"100644 blob --path 1\ta\x00":                                           "cannot be read",
		"100644 tree " + id + " 1\ta\x00":                                       "cannot be read",
		"nonsense":                                                              "cannot be read",
		"160000 commit " + id + " -\tsub\x00100644 blob " + id + " 99\tbig\x00": "no such file",
	} {
		run, dir := answers(t, listing, "")
		_, _, err := gitfs.Open(t.Context(), run, dir, "main", "sub")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", listing, err)
		}
	}
	sizes := "100644 blob " + id + " 99\ta\x00100644 blob " + id + " 99999999\tbig\x00"
	run, dir := answers(t, sizes, "short")
	fsys, _, err := gitfs.Open(t.Context(), run, dir, "main", ".")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "another size", "big": "more than 8 MiB"} {
		if _, err := fs.ReadFile(fsys, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAStoppedGitIsNotWaitedFor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := gitfs.Open(ctx, installed, repository(t, map[string]string{"a": "b"}), "main", "."); err == nil {
		t.Error("it went on")
	}
}
