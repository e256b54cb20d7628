package broker

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

// PolicyFiles is a policy on disk. Load reads it, and costs a few looks at its
// files where they have not changed since.
type PolicyFiles struct {
	Path    string // file or directory
	Options policy.Options
	Now     func() time.Time

	mu       sync.Mutex
	readAt   time.Time
	seen     glances
	loaded   *policy.Policy
	findings []check.Finding
}

// rereadAfter is when files are read again although they look the same: a change
// of their content alone cannot stay unseen for longer.
const rereadAfter = time.Minute

// Load returns the policy as policy.Load does, with the names of files as they
// can be opened from here.
func (p *PolicyFiles) Load() (*policy.Policy, []check.Finding, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	folder, err := policy.OpenFolder(p.Path)
	if err != nil {
		return nil, nil, err
	}
	defer folder.Close()
	now := p.Now()
	if age := now.Sub(p.readAt); p.seen != nil && 0 <= age && age < rereadAfter && p.seen.same(folder.FS) {
		return p.loaded, p.findings, nil
	}
	watched := watchedFS{folder.FS, glances{}}
	loaded, findings, err := policy.Load(watched, folder.Name, p.Options)
	if p.seen = nil; err != nil {
		return nil, nil, err
	}
	for i := range findings {
		findings[i].Pos.File = folder.Path(findings[i].Pos.File)
	}
	p.readAt, p.seen, p.loaded, p.findings = now, watched.seen, loaded, findings
	return loaded, findings, nil
}

// glances are what the files that were read looked like, by name.
type glances map[string]string

func (g glances) same(fsys fs.FS) bool {
	for name, before := range g {
		if glance(fsys, name) != before {
			return false
		}
	}
	return true
}

// glance says what can be seen of a file without reading it: of a directory the
// names in it, of a link where it leads, of what it leads to its size and time.
func glance(fsys fs.FS, name string) string {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return err.Error()
	}
	target, _ := fs.ReadLink(fsys, name) // "" where it is no link
	if !info.IsDir() {
		return fmt.Sprint(target, "\x00", info.Size(), info.Mode(), info.ModTime().UnixNano())
	}
	var names strings.Builder
	entries, err := fs.ReadDir(fsys, name)
	for _, e := range entries {
		names.WriteString(e.Name() + "/")
	}
	return fmt.Sprint(target, "\x00", names.String(), err)
}

// watchedFS takes a glance at every file before it is read, so that a change
// while it is read is seen the next time.
type watchedFS struct {
	fs.FS
	seen glances
}

func (w watchedFS) look(name string) {
	if _, known := w.seen[name]; !known && fs.ValidPath(name) {
		w.seen[name] = glance(w.FS, name)
	}
}

// Open opens a file (fs.FS).
func (w watchedFS) Open(name string) (fs.File, error) {
	w.look(name)
	return w.FS.Open(name)
}

// ReadDir lists a directory (fs.ReadDirFS).
func (w watchedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	w.look(name)
	return fs.ReadDir(w.FS, name)
}

// Stat describes a file (fs.StatFS).
func (w watchedFS) Stat(name string) (fs.FileInfo, error) {
	w.look(name)
	return fs.Stat(w.FS, name)
}

// Lstat describes a file or a link (fs.ReadLinkFS).
func (w watchedFS) Lstat(name string) (fs.FileInfo, error) {
	w.look(name)
	return fs.Lstat(w.FS, name)
}

// ReadLink says where a link leads (fs.ReadLinkFS).
func (w watchedFS) ReadLink(name string) (string, error) {
	w.look(name)
	return fs.ReadLink(w.FS, name)
}
