package policy

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/source"
)

// includes returns the names of the files that the main file includes, sorted,
// each once; it may include itself.
func (l *loader) includes(fsys fs.FS, main *source.File, dir string) []string {
	if main.Root == nil {
		return nil
	}
	list := main.Root.Get("include")
	if list == nil {
		return nil
	}
	var names []string
	for _, item := range l.items(list, "include") {
		names = append(names, l.include(fsys, item, dir)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (l *loader) include(fsys fs.FS, item *source.Node, dir string) []string {
	pattern, ok := l.text(item, "an include")
	if !ok {
		return nil
	}
	if !fs.ValidPath(pattern) || pattern == "." || strings.ContainsAny(pattern, `\[?`) || strings.Contains(pattern, "**") {
		l.report(item, "include", "an include is a path below this folder, without .. and with no wildcard but *")
		return nil
	}
	if path.Join(dir, pattern) == item.File.Name {
		l.report(item, "include", "the policy includes itself")
		return nil
	}
	if IsSideCar(pattern) {
		l.report(item, "include", "a file whose name ends in _test holds tests: it is read beside the file of that name and not included")
		return nil
	}
	found, err := fs.Glob(fsys, path.Join(escapeGlob(dir), pattern))
	found = l.withoutTests(found)
	if err != nil || len(found) == 0 {
		l.report(item, "include", "no file fits %s", pattern)
		return nil
	}
	return slices.DeleteFunc(found, func(name string) bool {
		err := checkIncluded(fsys, dir, name)
		if err != nil {
			l.report(item, "include", "%s is not included: %v", name, err)
		}
		return err != nil
	})
}

// checkIncluded refuses what is no file in the folder.
func checkIncluded(fsys fs.FS, dir, name string) error {
	if err := checkLinks(fsys, dir, name); err != nil {
		return err
	}
	info, err := fs.Stat(fsys, name)
	if err == nil && !info.Mode().IsRegular() {
		return errNoFile
	}
	return err
}

// withoutTests puts the files that hold tests aside.
func (l *loader) withoutTests(found []string) []string {
	return slices.DeleteFunc(found, func(name string) bool {
		if IsSideCar(name) {
			l.testFiles = append(l.testFiles, name)
		}
		return IsSideCar(name)
	})
}

// escapeGlob keeps the characters of the folder's own name from being wildcards.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

var (
	errLink   = errors.New("it is a link that leads out of the policy's folder")
	errCircle = errors.New("its links lead in a circle")
	errNoFile = errors.New("it is no regular file")
)

// maxLinks is how many links a name may go through.
const maxLinks = 16

// checkLinks follows the links in name below dir and refuses one that leads out
// of it. Kubernetes mounts files as links inside of their folder.
func checkLinks(fsys fs.FS, dir, name string) error {
	rest := strings.Split(strings.TrimPrefix(name, strings.TrimPrefix(dir+"/", "./")), "/")
	at := "."
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		if !fs.ValidPath(next) {
			return errLink
		}
		info, err := fs.Lstat(fsys, path.Join(dir, next))
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		target, err := fs.ReadLink(fsys, path.Join(dir, next))
		switch links++; {
		case links > maxLinks:
			return errCircle
		case err != nil, path.IsAbs(target):
			return errLink
		}
		rest = slices.Concat(strings.Split(path.Clean(target), "/"), rest)
	}
	return nil
}
