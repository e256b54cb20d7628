//go:build unix

package config

import (
	"errors"
	"os"
	"syscall"
)

// onlyOwners refuses a file that others may read or write. A group may read it:
// that is how Kubernetes mounts secrets for a user that is not root.
func onlyOwners(info os.FileInfo) error {
	if info.Mode().Perm()&0o007 != 0 {
		return errors.New("others may read or write it; chmod o= it")
	}
	return onlyOwnersWrite(info)
}

// onlyOwnersWrite refuses a file that somebody else may change: whoever writes
// the broker's configuration chooses which commands it runs.
func onlyOwnersWrite(info os.FileInfo) error {
	if info.Mode().Perm()&0o022 != 0 {
		return errors.New("others may write it; chmod go-w it")
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return errors.New("it belongs to another user")
	}
	return nil
}
