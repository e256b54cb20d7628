// Package gitfs reads the files of a folder as they were at a git revision. It
// asks git alone: nothing is checked out, no filter runs, and what
// .gitattributes hides from archives is seen.
package gitfs

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
)

// Open returns the folder that holds name, a file or a folder below dir, as it
// was at the revision ref. What it returns with the folder is the file's name in
// it, or "." where name is the folder itself. Files are read when they are
// opened, until ctx is done.
func Open(ctx context.Context, run Run, dir, ref, name string) (fs.FS, string, error) {
	if err := checkRef(ref); err != nil {
		return nil, "", err
	}
	folder, base := split(filepath.Join(dir, name))
	git := func(args ...string) ([]byte, error) { return run(ctx, folder, args...) }
	prefix, err := git("rev-parse", "--show-prefix")
	if err != nil {
		return nil, "", notRepository(folder, err)
	}
	commit, err := git("rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, "", unknownRevision(ref, err)
	}
	shown := quote.Text(ref)
	at := line(commit) + ":" + strings.TrimSuffix(line(prefix), "/")
	listing, err := git("ls-tree", "-r", "-z", "--long", "--full-tree", "--end-of-options", at)
	if err != nil {
		return nil, "", noFolder(folder, shown, err)
	}
	read := func(id string) ([]byte, error) { return git("cat-file", "blob", id) }
	tree, err := newTree(listing, read)
	if err != nil {
		return nil, "", fault.New(fault.Usage, "read %s at %s: %w", quote.Text(folder), shown, err)
	}
	if _, err := fs.Lstat(tree, base); err != nil {
		return nil, "", fault.New(fault.Usage, "read %s at %s: there is no such file", quote.Text(name), shown)
	}
	return tree, base, nil
}

// line is a line that git wrote, without its end alone: names may end in blanks.
func line(text []byte) string { return strings.TrimSuffix(string(text), "\n") }

const maxRef = 256

// checkRef refuses what git could take for anything but a revision.
func checkRef(ref string) error {
	switch {
	case ref == "":
		return fault.New(fault.Usage, "the revision is empty")
	case ref[0] == '-', len(ref) > maxRef, strings.ContainsFunc(ref, isOdd):
		return fault.New(fault.Usage, "%s is no git revision", quote.Text(ref[:min(len(ref), maxRef)])).
			WithHint("a branch, a tag or a commit: origin/main")
	}
	return nil
}

func isOdd(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// split returns the folder that git is asked in and what is meant in it.
func split(name string) (folder, base string) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return name, "."
	}
	return filepath.Dir(name), filepath.Base(name)
}

func notRepository(folder string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fault.New(fault.Usage, "read a git revision: git is not on PATH")
	}
	return fault.New(fault.Usage, "read a git revision: %s is in no repository that git can read: %w", quote.Text(folder), cause(err))
}

// noFolder says why the files of a folder cannot be listed. Git's own words for one
// that is not there name a commit in digits.
func noFolder(folder, ref string, err error) error {
	failed, ok := errors.AsType[*exec.ExitError](err)
	if ok && bytes.Contains(failed.Stderr, []byte("Not a valid object name")) {
		return fault.New(fault.Usage, "%s has no folder %s", ref, quote.Text(folder))
	}
	return fault.New(fault.Usage, "read %s at %s: %w", quote.Text(folder), ref, cause(err))
}

func unknownRevision(ref string, err error) error {
	if _, said := errors.AsType[*exec.ExitError](err); !said {
		return fault.New(fault.Unavailable, "read revision %s: %w", quote.Text(ref), err)
	}
	return fault.New(fault.Usage, "there is no revision %s here", quote.Text(ref)).
		WithHint("git fetch %s\nin GitHub Actions, actions/checkout fetches all with fetch-depth: 0", fetchWords(ref))
}

// fetchWords are what to fetch so that ref exists.
func fetchWords(ref string) string {
	if branch, ok := strings.CutPrefix(ref, "origin/"); ok && branch != "" {
		if words, ok := quote.Shell([]string{"origin", branch}); ok {
			return words
		}
	}
	return "origin"
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
