// Package gitfs reads the files of a folder as they were at a git revision. It
// asks git alone: nothing is checked out, no filter runs, and what
// .gitattributes hides from archives is seen.
package gitfs

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
)

// command runs git in one folder.
type command func(args ...string) ([]byte, error)

// Open returns the folder that holds name, a file or a folder, as it was at the
// revision ref of the repository of dir, the working directory where it is "".
// What it returns with the folder is the file's name in it, or "." where name is
// the folder itself. Files are read when they are opened, until ctx is done.
func Open(ctx context.Context, run Run, dir, ref, name string) (fs.FS, string, error) {
	if err := checkRef(ref); err != nil {
		return nil, "", err
	}
	git := func(args ...string) ([]byte, error) { return run(ctx, dir, args...) }
	folder, base, err := placeOf(git, dir, name)
	if err != nil {
		return nil, "", err
	}
	commit, err := commitOf(git, ref)
	if err != nil {
		return nil, "", err
	}
	tree, err := treeAt(git, commit+":"+folder)
	if err != nil {
		return nil, "", unreadable(name, ref, err)
	}
	if _, err := fs.Lstat(tree, base); err != nil {
		return nil, "", fault.New(fault.Usage, "read %s at %s: there is no such file", quote.Text(name), quote.Text(ref))
	}
	return tree, base, nil
}

// treeAt reads what is in a folder. A submodule there is a commit, which is none.
func treeAt(git command, at string) (*tree, error) {
	kind, err := git("cat-file", "-t", at)
	switch failed, ok := errors.AsType[*exec.ExitError](err); {
	case ok && bytes.Contains(failed.Stderr, []byte(" in '")), err == nil && line(kind) != "tree":
		return nil, errNoFolder
	case err != nil:
		return nil, cause(err)
	}
	listing, err := git("ls-tree", "-r", "-z", "--long", "--full-tree", "--end-of-options", at)
	if err != nil {
		return nil, cause(err)
	}
	return newTree(listing, func(id string) ([]byte, error) { return git("cat-file", "blob", id) })
}

// line is a line that git wrote, without its end alone: names may end in blanks.
func line(text []byte) string { return strings.TrimSuffix(string(text), "\n") }

func notRepository(dir string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fault.New(fault.Usage, "read a git revision: git is not on PATH")
	}
	return fault.New(fault.Usage, "read a git revision: %s is in no repository that git can read: %w", quote.Text(cmp.Or(dir, "the working directory")), cause(err))
}

var errNoFolder = errors.New("no folder")

// unreadable says why the files of a folder cannot be listed. Git's own words for
// one that is not there name a commit in digits.
func unreadable(name, ref string, err error) error {
	if errors.Is(err, errNoFolder) {
		return fault.New(fault.Usage, "%s has no folder %s", quote.Text(ref), quote.Text(name))
	}
	return fault.New(fault.Usage, "read %s at %s: %w", quote.Text(name), quote.Text(ref), err)
}

// cause is what git said, in one line, or else what happened to it.
func cause(err error) error {
	failed, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return err
	}
	said, _, _ := bytes.Cut(bytes.TrimSpace(failed.Stderr), []byte("\n"))
	if len(said) == 0 {
		return errors.New("git ended with " + strconv.Itoa(failed.ExitCode()))
	}
	return errors.New(quote.Text(string(said)))
}
