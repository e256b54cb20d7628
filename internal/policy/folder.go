package policy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
)

// Folder is the folder on disk that a policy lies in. Nothing outside of it can be
// read through it, wherever links lead.
type Folder struct {
	FS   fs.FS
	Name string // of the policy in FS, for Load and Parse

	dir  string
	root *os.Root
}

// OpenFolder opens the folder of the policy at path, which is a file or a
// directory. Whoever opens it closes it.
func OpenFolder(path string) (*Folder, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Usage, "there is no %s", quote.Text(path))
	}
	if err != nil {
		return nil, fault.New(fault.Usage, "reading the policy: %w", err)
	}
	f := &Folder{Name: ".", dir: path}
	if !info.IsDir() {
		f.dir, f.Name = filepath.Split(path)
	}
	if f.root, err = os.OpenRoot(filepath.Clean(f.dir)); err != nil {
		return nil, fault.New(fault.Usage, "reading the policy: %w", err)
	}
	f.FS = f.root.FS()
	return f, nil
}

// Path returns the name of one of the folder's files as it can be opened from the
// working directory.
func (f *Folder) Path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// Close closes the folder. What was read of it stays.
func (f *Folder) Close() { _ = f.root.Close() } // it was only read
