package gitfs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/gitfs"
)

// S27: whoever may push a tag or a branch chooses no revision: a name that
// several refs have is refused, and a full one is that ref alone.
func TestS27ANameWithTwoMeaningsIsRefused(t *testing.T) {
	dir := repository(t, map[string]string{"a": "base"})
	git(t, dir, "update-ref", "refs/remotes/origin/main", "HEAD")
	git(t, dir, "update-ref", "refs/remotes/origin/both", "HEAD")
	put(t, dir, "a", "evil")
	git(t, dir, "commit", "-q", "-a", "-m", "evil")
	for _, ref := range []string{
		"tags/origin/main", "heads/origin/both", "tags/main", "tags/refs/remotes/origin/main", "tags/refs/remotes/origin/gone",
		"tags/origin/gone", "tags/heads/main", "tags/abcdef1", "tags/FETCH_HEAD", "tags/v1", "tags/up", "remotes/up/HEAD",
	} {
		git(t, dir, "update-ref", "refs/"+ref, "HEAD")
	}
	for ref, want := range map[string]string{
		"origin/main":               "may be any of: refs/tags/origin/main, refs/remotes/origin/main",
		"origin/main~1":             "may be any of",
		"origin/main^0":             "may be any of",
		"origin/main@{0}":           "may be any of",
		"origin/both":               "may be any of: refs/heads/origin/both, refs/remotes/origin/both",
		"main":                      "may be any of: refs/tags/main, refs/heads/main",
		"heads/main":                "may be any of: refs/heads/main, refs/tags/heads/main",
		"up":                        "may be any of: refs/tags/up, refs/remotes/up/HEAD",
		"origin/gone":               "may be any of: refs/tags/origin/gone, refs/remotes/origin/gone",
		"refs/remotes/origin/gone":  "there is no revision refs/remotes/origin/gone here",
		"abcdef1":                   "may be any of: refs/tags/abcdef1, a commit's id",
		"FETCH_HEAD":                "may be any of",
		"refs/remotes/origin/main":  "",
		"refs/heads/main~1":         "",
		"remotes/origin/main":       "",
		"v1~1":                      "",
		"HEAD~1":                    "",
		"refs/remotes/origin/main^": "there is no revision",
	} {
		fsys, _, err := gitfs.Open(t.Context(), installed, dir, ref, ".")
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) || fault.HintOf(err) == "" {
				t.Errorf("%s: %v", ref, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", ref, err)
		} else if got := contents(t, fsys)["a"]; got != "base" {
			t.Errorf("%s reads %s", ref, got)
		}
	}
}

// S27: a change that makes a link of the policy's folder, or of one above it, is
// not compared with what the link leads to.
func TestS27ALinkedFolderIsRefused(t *testing.T) {
	dir := repository(t, map[string]string{"policy/real": "old", "docs/example/real": "wide", "deep/policy/real": "old", "file": "old"})
	for _, name := range []string{"policy", "deep", "file"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir, "policy@", "docs/example")
	put(t, dir, "deep@", ".")
	put(t, dir, "file@", "docs/example/real")
	for _, name := range []string{"policy", "policy/real", "policy/.", "deep/docs/example", "deep", "file"} {
		for _, name := range []string{name, filepath.Join(dir, name)} {
			if _, _, err := gitfs.Open(t.Context(), installed, dir, "main", name); err == nil || !strings.Contains(err.Error(), "is a link") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	t.Chdir(filepath.Join(dir, "policy"))
	if _, _, err := gitfs.Open(t.Context(), installed, "", "main", "."); err == nil || !strings.Contains(err.Error(), "is a link") {
		t.Errorf("in the link: %v", err)
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "linked")
	git(t, dir, "tag", "linked")
	git(t, dir, "checkout", "-q", "HEAD~1")
	if fsys, _, err := gitfs.Open(t.Context(), installed, dir, "linked", "policy"); err == nil {
		t.Errorf("at the base it is a link: %v", contents(t, fsys))
	}
}

// S27: a submodule brings its own branches along: none of them is the base.
func TestS27ASubmoduleIsRefused(t *testing.T) {
	sub := repository(t, map[string]string{"a": "wide"})
	dir := repository(t, map[string]string{"policy/a": "old"})
	git(t, dir, "tag", "old")
	git(t, dir, "rm", "-q", "-r", "policy")
	git(t, dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", sub, "policy")
	git(t, dir, "commit", "-q", "-m", "sub")
	inside := filepath.Join(dir, "policy")
	for want, c := range map[string]struct{ dir, ref, name string }{
		"repository of its own": {dir, "old", "policy"},
		"is a repository":       {dir, "main", "policy/a"},
		"in a submodule":        {inside, "main", "."},
	} {
		if _, _, err := gitfs.Open(t.Context(), installed, c.dir, c.ref, c.name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", c, err)
		}
	}
	git(t, dir, "submodule", "--quiet", "deinit", "-f", "policy")
	git(t, dir, "fetch", "-q", sub, "main") // its commit is here now
	if fsys, _, err := gitfs.Open(t.Context(), installed, dir, "main", "policy"); err == nil {
		t.Errorf("at the base it is a submodule: %v", contents(t, fsys))
	}
}

// S27: what replaces an object in this clone is not what the revision has.
func TestS27NothingIsReplaced(t *testing.T) {
	dir := repository(t, map[string]string{"a": "real", "b": "other"})
	git(t, dir, "replace", "main:a", "main:b")
	if got := contents(t, open(t, dir, "."))["a"]; got != "real" {
		t.Errorf("a is %q", got)
	}
}

// S27: a link with an absolute target leads nowhere, though a file of that name
// may be in the folder.
func TestS27AbsoluteLinksLeadNowhere(t *testing.T) {
	dir := repository(t, map[string]string{"policy/real": "x", "policy/far@": "/real", "policy/sub/far@": "/../real"})
	fsys := open(t, dir, "policy")
	for _, name := range []string{"far", "sub/far"} {
		if text, err := fs.ReadFile(fsys, name); err == nil {
			t.Errorf("%s: %q", name, text)
		}
	}
}
