//go:build unix

package ci

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// noFollow makes opening a link fail, and opening a pipe not wait.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// makePrivate makes a directory that only this user can look into.
func makePrivate(path string) error { return os.Mkdir(path, 0o700) }

// private reports why others could read or change what info describes.
func private(info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 != 0 {
		return errors.New("other users may use it")
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return errors.New("it belongs to another user")
	}
	return nil
}
