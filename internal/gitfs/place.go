package gitfs

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
)

// placeOf returns the folder of a file in the repository of dir, "" for its root,
// and the file's name in it; "." where name is the folder itself. The change that
// is looked at may have put a link or a submodule where the policy lay. What lies
// elsewhere or has another history says nothing about it: such names are refused.
func placeOf(git command, dir, name string) (folder, base string, err error) {
	top, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		return "", "", notRepository(dir, err)
	}
	outer, err := git("rev-parse", "--show-superproject-working-tree")
	switch {
	case err != nil:
		return "", "", notRepository(dir, err)
	case line(outer) != "":
		return "", "", fault.New(fault.Usage, "the working directory is in a submodule, whose revisions are not those of %s", quote.Text(line(outer))).
			WithHint("ask in a clone of it")
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	if name, err = filepath.Abs(name); err != nil {
		return "", "", err
	}
	root, place, ok := below(line(top), name)
	if !ok {
		return "", "", fault.New(fault.Usage, "%s is not in the working directory's repository", quote.Text(name)).WithHint("ask there")
	}
	if err = checkPlace(root, place); err != nil {
		return "", "", err
	}
	folder, base = split(root, place)
	return folder, base, nil
}

// below parts a name behind the outermost folder that is top: a link further in
// may lead there as well.
func below(top, name string) (root, place string, ok bool) {
	want, err := os.Stat(top)
	if err != nil {
		return "", "", false
	}
	for at := name; ; at = filepath.Dir(at) {
		if info, odd := os.Stat(at); odd == nil && os.SameFile(info, want) {
			root, ok = at, true
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	place, err = filepath.Rel(root, name)
	return root, filepath.ToSlash(place), ok && err == nil
}

// checkPlace refuses what leads elsewhere on the way from root to place.
func checkPlace(root, place string) error {
	if place == "." {
		return nil
	}
	parts := strings.Split(place, "/")
	for i := range parts {
		here := strings.Join(parts[:i+1], "/")
		full := filepath.Join(root, filepath.FromSlash(here))
		info, err := os.Lstat(full)
		switch {
		case err != nil:
			return fault.New(fault.Usage, "there is no %s here", quote.Text(place))
		case info.Mode().IsRegular() && i == len(parts)-1:
			return nil
		case !info.IsDir():
			return fault.New(fault.Usage, "%s is a link: what it was at another revision cannot be told by its name", quote.Text(here)).
				WithHint("name the policy where it lies")
		}
		if _, err := os.Lstat(filepath.Join(full, ".git")); err == nil {
			return fault.New(fault.Usage, "%s is a repository of its own, whose revisions are not those of the one around it", quote.Text(here)).
				WithHint("ask in a clone of it")
		}
	}
	return nil
}

func split(root, place string) (folder, base string) {
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(place)))
	switch isFolder := err == nil && info.IsDir(); {
	case place == ".":
		return "", "."
	case isFolder:
		return place, "."
	}
	folder, base = path.Split(place)
	return strings.TrimSuffix(folder, "/"), base
}
