package policy

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/source"
)

// A bundle is a policy in one file: version: 1, and under the key bundle a list
// of {file, text}, the main file first. It is read as if those files lay there.

func isBundle(f *source.File) bool {
	return f.Root != nil && f.Root.Kind == source.Map && f.Root.Get("bundle") != nil
}

// beginsBundle reports whether a file that is too large for anything else may be
// a bundle: its key stands near the beginning of a line of its own.
func beginsBundle(fsys fs.FS, name string) bool {
	f, err := fsys.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }() // it was only read
	head := make([]byte, 4<<10)
	n, _ := io.ReadFull(f, head)
	return bytes.Contains(append([]byte{'\n'}, head[:n]...), []byte("\nbundle:"))
}

// bundle is the files in a bundle. It is a file system with nothing else in it.
type bundle struct {
	names []string // in the bundle's order
	files map[string]bundled
}

type bundled struct {
	text string
	at   *source.Node
}

// unbundle returns the files in a bundle and the name of the main one, nil where
// something is wrong with it.
func (l *loader) unbundle(file *source.File) (fs.FS, string) {
	before := len(l.findings)
	fields := l.fields(file.Root, "a bundle", "version", "bundle")
	l.version(file.Root, fields)
	b := &bundle{files: map[string]bundled{}}
	list := fields["bundle"].Value
	for _, item := range l.items(list, "bundle") {
		l.bundledFile(b, item)
	}
	if len(b.names) == 0 && len(l.findings) == before {
		l.report(list, "empty-list", "the bundle has no file in it; the first is the policy's main one")
	}
	if len(l.findings) > before {
		return nil, ""
	}
	return b, b.names[0]
}

func (l *loader) bundledFile(b *bundle, item *source.Node) {
	fields := l.fields(item, "a bundled file", "file", "text")
	if fields == nil {
		return
	}
	at := l.need(item, fields, "file", "a bundled file")
	name, ok := l.text(at, "file")
	text := l.need(item, fields, "text", "a bundled file")
	switch {
	case !ok || text == nil || text.Kind == source.Bad:
	case !text.IsText():
		l.report(text, "bad-value", "the text of a file is a text, this is %s", text.Kind)
	case !fs.ValidPath(name) || name == "." || strings.Contains(name, `\`):
		l.report(at, "bad-value", "a bundled file is a path below this one, without ..")
	case b.taken(name):
		l.report(at, "bad-value", "the bundle has a file or folder %s already", name)
	default:
		b.names = append(b.names, name)
		b.files[name] = bundled{text.Text, at}
	}
}

// noBundle refuses a bundle in a bundle.
func (l *loader) noBundle(file *source.File) {
	if isBundle(file) {
		l.report(file.Root.Get("bundle"), "bad-value", "a bundle holds no bundles")
	}
}

// taken reports whether name is a file or a folder of the bundle, or lies below
// one of its files.
func (b *bundle) taken(name string) bool {
	return slices.ContainsFunc(b.names, func(other string) bool {
		return other == name || strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/")
	})
}

// unusedFiles reports what stands in a bundle and is not read: its author meant it
// to count.
func (l *loader) unusedFiles(b *bundle, read *files) {
	for _, name := range b.names {
		isRead := func(f *source.File) bool {
			return f.Name == read.inside+name || TestsBeside(f.Name) == read.inside+name
		}
		if !slices.ContainsFunc(read.list, isRead) {
			l.report(b.files[name].at, "include", "nothing includes this file of the bundle")
		}
	}
}

// Open opens a file or a folder (fs.FS).
func (b *bundle) Open(name string) (fs.File, error) {
	info, err := b.Stat(name)
	if err != nil {
		return nil, err
	}
	return &openBundled{strings.NewReader(b.files[name].text), info}, nil
}

// Stat describes a file or a folder (fs.StatFS).
func (b *bundle) Stat(name string) (fs.FileInfo, error) {
	if f, ok := b.files[name]; ok {
		return bundledInfo{path.Base(name), int64(len(f.text)), false}, nil
	}
	if name == "." || slices.ContainsFunc(b.names, func(other string) bool { return strings.HasPrefix(other, name+"/") }) {
		return bundledInfo{path.Base(name), 0, true}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

// ReadDir lists a folder (fs.ReadDirFS).
func (b *bundle) ReadDir(name string) ([]fs.DirEntry, error) {
	prefix := name + "/"
	if name == "." {
		prefix = ""
	}
	var children []string
	for _, other := range b.names {
		if rest, ok := strings.CutPrefix(other, prefix); ok {
			child, _, _ := strings.Cut(rest, "/")
			children = append(children, child)
		}
	}
	slices.Sort(children)
	var entries []fs.DirEntry
	for _, child := range slices.Compact(children) {
		info, err := b.Stat(prefix + child)
		if err != nil {
			return nil, err
		}
		entries = append(entries, fs.FileInfoToDirEntry(info))
	}
	return entries, nil
}

type openBundled struct {
	*strings.Reader
	info fs.FileInfo
}

func (o *openBundled) Stat() (fs.FileInfo, error) { return o.info, nil }
func (o *openBundled) Close() error               { return nil }

type bundledInfo struct {
	name string
	size int64
	dir  bool
}

func (i bundledInfo) Name() string       { return i.name }
func (i bundledInfo) Size() int64        { return i.size }
func (i bundledInfo) ModTime() time.Time { return time.Time{} }
func (i bundledInfo) IsDir() bool        { return i.dir }
func (i bundledInfo) Sys() any           { return nil }

func (i bundledInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
