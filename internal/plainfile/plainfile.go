// Package plainfile reads files whose names somebody else may have chosen: a
// pipe that nobody writes to would never end, and a device never be enough.
package plainfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// MaxBytes is far more than a settings file or a bundle of certificates has.
const MaxBytes = 1 << 20

// Read returns the content of a regular file of at most MaxBytes. Links are
// followed.
func Read(name string) ([]byte, error) {
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	text, err := read(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

func read(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	text, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err == nil && len(text) > MaxBytes {
		err = fmt.Errorf("it is larger than %d KiB", MaxBytes>>10)
	}
	return text, err
}
