package config

import (
	"errors"
	"os"
)

// onlyOwners looks at the file's kind alone: Windows guards files by access
// lists, which a service's own folder has.
func onlyOwners(f *os.File) error {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	return err
}
