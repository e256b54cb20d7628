package gitfs

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxFiles = 500_000
	maxFile  = 8 << 20  // bytes of a file that is read
	maxRead  = 64 << 20 // bytes of all that are
	maxLinks = 16       // that a name may go through
)

// tree is a folder at a revision. It is for one goroutine.
type tree struct {
	files   map[string]entry
	folders map[string][]string // sorted names in each
	read    func(id string) ([]byte, error)
	total   *int64 // bytes read until now
}

// entry is a file or a link.
type entry struct {
	id   string
	mode fs.FileMode
	size int64
}

// newTree reads what "ls-tree -r -z --long" wrote: MODE TYPE ID SIZE TAB NAME NUL.
func newTree(listing []byte, read func(id string) ([]byte, error)) (*tree, error) {
	t := &tree{files: map[string]entry{}, folders: map[string][]string{".": nil}, read: read, total: new(int64)}
	for record := range bytes.SplitSeq(listing, []byte{0}) {
		if len(record) == 0 {
			continue
		}
		if len(t.files) == maxFiles {
			return nil, fmt.Errorf("it has more than %d files", maxFiles)
		}
		if err := t.add(string(record)); err != nil {
			return nil, err
		}
	}
	for _, names := range t.folders {
		slices.Sort(names)
	}
	return t, nil
}

func (t *tree) add(record string) error {
	about, name, ok := strings.Cut(record, "\t")
	fields := strings.Fields(about)
	if !ok || len(fields) != 4 {
		return errors.New("git's list of files cannot be read")
	}
	if fields[1] == "commit" { // a submodule: its files are another repository's
		return nil
	}
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("a file is called %q, which no file can be called", name)
	}
	e, err := newEntry(fields)
	if err != nil {
		return err
	}
	if _, twice := t.files[name]; twice {
		return fmt.Errorf("two files are called %q", name)
	}
	t.files[name] = e
	t.place(name)
	return nil
}

func newEntry(fields []string) (entry, error) {
	size, err := strconv.ParseInt(fields[3], 10, 64)
	_, bad := hex.DecodeString(fields[2])
	if err != nil || bad != nil || fields[1] != "blob" {
		return entry{}, errors.New("git's list of files cannot be read")
	}
	mode := fs.FileMode(0o444)
	if fields[0] == "120000" {
		mode |= fs.ModeSymlink
	}
	return entry{fields[2], mode, size}, nil
}

// place puts a name into its folder, and the folder into its own.
func (t *tree) place(name string) {
	for name != "." {
		dir := path.Dir(name)
		names, known := t.folders[dir]
		t.folders[dir] = append(names, path.Base(name))
		if known {
			return
		}
		name = dir
	}
}

// content returns what a file has, or where a link leads.
func (t *tree) content(e entry) ([]byte, error) {
	if e.size > maxFile || *t.total+e.size > maxRead {
		return nil, fmt.Errorf("it has more than %d MiB, or with others %d", maxFile>>20, maxRead>>20)
	}
	text, err := t.read(e.id)
	if err != nil {
		return nil, cause(err)
	}
	if int64(len(text)) != e.size {
		return nil, errors.New("git gave another size than it had said")
	}
	*t.total += e.size
	return text, nil
}

// resolve follows the links in a name. One that leads out of the folder leads to
// nothing.
func (t *tree) resolve(name string) (string, error) {
	rest := strings.Split(name, "/")
	at := "."
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		if !fs.ValidPath(next) {
			return "", fs.ErrNotExist
		}
		e, isFile := t.files[next]
		if !isFile || e.mode&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		target, err := t.content(e)
		if links++; err != nil || links > maxLinks || path.IsAbs(string(target)) {
			return "", errors.Join(err, fs.ErrNotExist)
		}
		rest = slices.Concat(strings.Split(path.Clean(string(target)), "/"), rest)
	}
	return at, nil
}

func (t *tree) look(op, name string, follow bool) (info, error) {
	if !fs.ValidPath(name) {
		return info{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	at := name
	var err error
	if follow {
		at, err = t.resolve(name)
	} else if dir, base := path.Split(name); dir != "" {
		at, err = t.resolve(path.Clean(dir))
		at = path.Join(at, base)
	}
	if err != nil {
		return info{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if e, ok := t.files[at]; ok {
		return info{path.Base(name), at, e}, nil
	}
	if _, ok := t.folders[at]; ok {
		return info{path.Base(name), at, entry{mode: fs.ModeDir | 0o555}}, nil
	}
	return info{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// Open opens a file (fs.FS).
func (t *tree) Open(name string) (fs.File, error) {
	i, err := t.look("open", name, true)
	if err != nil {
		return nil, err
	}
	if i.IsDir() {
		return &folder{i, t.list(i.at)}, nil
	}
	text, err := t.content(i.entry)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{i, *bytes.NewReader(text)}, nil
}

// Stat describes what a name leads to (fs.StatFS).
func (t *tree) Stat(name string) (fs.FileInfo, error) { return t.look("stat", name, true) }

// Lstat describes a file or a link (fs.ReadLinkFS).
func (t *tree) Lstat(name string) (fs.FileInfo, error) { return t.look("lstat", name, false) }

// ReadLink says where a link leads (fs.ReadLinkFS).
func (t *tree) ReadLink(name string) (string, error) {
	i, err := t.look("readlink", name, false)
	if err != nil {
		return "", err
	}
	if i.mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	target, err := t.content(i.entry)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return string(target), nil
}

func (t *tree) list(at string) []fs.DirEntry {
	var entries []fs.DirEntry
	for _, name := range t.folders[at] {
		if i, err := t.look("stat", path.Join(at, name), false); err == nil {
			entries = append(entries, fs.FileInfoToDirEntry(i))
		}
	}
	return entries
}

// info describes a file, a link or a folder.
type info struct {
	name, at string
	entry
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

// file is an open file.
type file struct {
	info info
	bytes.Reader
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

// folder is an open folder.
type folder struct {
	info info
	rest []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *folder) Close() error               { return nil }

func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("it is a folder")}
}

// ReadDir returns the next n names, and all of them where n is not above 0
// (fs.ReadDirFile).
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(f.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(f.rest) {
		n = len(f.rest)
	}
	next := f.rest[:n]
	f.rest = f.rest[n:]
	return next, nil
}
