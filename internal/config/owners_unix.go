//go:build unix

package config

import (
	"errors"
	"os"
)

// onlyOwners refuses a file that others may read or write. A group may read it:
// that is how Kubernetes mounts secrets for a user that is not root.
func onlyOwners(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	if info.Mode().Perm()&0o027 != 0 {
		return errors.New("others may read or write it; chmod 600")
	}
	return nil
}
