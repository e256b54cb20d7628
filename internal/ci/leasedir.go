package ci

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/fault"
)

// isLeaseFile knows the name of a lease's file. It is random: a name that an earlier
// step could guess could be taken by it.
func isLeaseFile(name string) bool {
	name, begins := strings.CutPrefix(name, "lease-")
	name, ends := strings.CutSuffix(name, ".json")
	return begins && ends && len(name) == 32 && strings.Trim(name, "0123456789abcdef") == ""
}

const maxLeaseFile = 64 << 10

// leases is the directory with the job's leases. Everything happens relative to
// the directory that was looked at, whatever its path leads to later.
type leases struct{ *os.Root }

// leaseDir opens the directory, and makes it if told to; it is nil where there
// is none. One that others could have filled is refused.
func leaseDir(job Job, create bool) (*leases, error) {
	temp := job.Env("RUNNER_TEMP")
	if temp == "" {
		return nil, fault.New(fault.Usage, "RUNNER_TEMP is not set: there is no place to keep leases").
			WithHint("run autoken in a step, or use: autoken exec --grant ID -- COMMAND")
	}
	path := filepath.Join(temp, "autoken-leases")
	if create {
		if err := makePrivate(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fault.New(fault.Usage, "making a directory for leases: %w", err)
		}
	}
	root, err := openPrivate(path)
	if errors.Is(err, fs.ErrNotExist) && !create {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Usage, "the directory for leases, %s: %w", path, err).
			WithHint("an earlier step of this job made it; remove it there")
	}
	return &leases{root}, nil
}

func openPrivate(path string) (*os.Root, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.IsDir() {
		return nil, errors.New("it is no directory")
	}
	if err = private(before); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	after, err := root.Stat(".")
	if err == nil && !os.SameFile(before, after) {
		err = errors.New("it was exchanged while it was opened")
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// keep writes a lease to a new file and returns its name.
func (d *leases) keep(saved savedLease) (string, error) {
	name := "lease-" + random() + ".json"
	text, err := json.Marshal(saved) //nolint:gosec // G117: the file is where a lease is kept
	if err != nil {
		return "", fault.New(fault.Internal, "writing down a lease: %w", err)
	}
	f, err := d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fault.New(fault.Internal, "keeping a lease: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fault.New(fault.Internal, "keeping a lease: %w", err)
	}
	return name, nil
}

// list returns the names of all files, sorted.
func (d *leases) list() ([]string, error) {
	f, err := d.Open(".")
	if err != nil {
		return nil, fmt.Errorf("listing the leases: %w", err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("listing the leases: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// read returns the lease in a file that only this user can have written.
func (d *leases) read(name string) (savedLease, error) {
	var saved savedLease
	if !isLeaseFile(name) {
		return saved, errors.New("autoken did not write it")
	}
	info, err := d.Lstat(name)
	if err != nil {
		return saved, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxLeaseFile {
		return saved, errDamaged
	}
	if err = private(info); err != nil {
		return saved, err
	}
	f, err := d.OpenFile(name, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return saved, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxLeaseFile))
	if err != nil {
		return saved, err
	}
	err = json.Unmarshal(text, &saved)
	return saved, err
}

func forget(job Job, name string) error {
	dir, err := leaseDir(job, false)
	if err != nil || dir == nil {
		return err
	}
	defer dir.Close()
	if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Internal, "forgetting a lease: %w", err)
	}
	return nil
}
