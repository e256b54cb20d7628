package ci

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/autoken/autoken/internal/fault"
)

// commandFile is a file through which a step talks to the runner: the one that
// the variable names.
type commandFile struct {
	variable string
	path     string
}

func (j Job) commandFile(variable string) commandFile {
	return commandFile{variable, j.Env(variable)}
}

// check reports why nothing could be written.
func (c commandFile) check() error {
	f, err := c.open()
	if err != nil {
		return err
	}
	return f.Close()
}

// addWithin writes text in one piece, on a line of its own, unless the file would
// become larger than limit.
func (c commandFile) addWithin(text string, limit int64) error {
	f, err := c.open()
	if err != nil {
		return err
	}
	if err := errors.Join(addLine(f, text, limit), f.Close()); err != nil {
		return fault.New(fault.Internal, "writing to the file of %s: %w", c.variable, err)
	}
	return nil
}

func addLine(f *os.File, text string, limit int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size > 0 {
		end := make([]byte, 1)
		if _, err = f.ReadAt(end, size-1); err != nil {
			return err
		}
		if end[0] != '\n' {
			text = "\n" + text
		}
	}
	if size+int64(len(text)) > limit {
		return fmt.Errorf("it is full: it may have %d bytes", limit)
	}
	_, err = io.WriteString(f, text)
	return err
}

// open opens the file for reading and appending. The runner made it: a link or a
// device in its place was put there by someone else.
func (c commandFile) open() (*os.File, error) {
	if c.path == "" {
		return nil, fault.New(fault.Usage, "%s is not set: this is no step of a job", c.variable).
			WithHint("run autoken in a step, or use: autoken exec --grant ID -- COMMAND")
	}
	f, err := openPlain(c.path)
	if err != nil {
		return nil, fault.New(fault.Usage, "opening the file of %s: %w", c.variable, err)
	}
	if err := refuseWide(f); err != nil {
		return nil, errors.Join(fault.New(fault.Usage, "the file of %s: %w", c.variable, err), f.Close())
	}
	return f, nil
}

// openPlain opens a regular file that is not reached through a link.
func openPlain(path string) (*os.File, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|noFollow, 0) //nolint:gosec // G304: the runner names its files in variables
	if err != nil {
		return nil, err
	}
	after, err := f.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = fmt.Errorf("%s was exchanged while it was opened", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

var wideMarks = [][]byte{{0xff, 0xfe}, {0xfe, 0xff}, {0x00, 0x00, 0xfe, 0xff}}

// refuseWide refuses a file that was begun in UTF-16 or UTF-32, as Windows
// PowerShell does: the runner would read our bytes in pairs, and show them in an
// error that no mask fits.
func refuseWide(f *os.File) error {
	start := make([]byte, 4)
	n, err := f.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for _, mark := range wideMarks {
		if bytes.HasPrefix(start[:n], mark) {
			return errors.New("an earlier command of this step wrote it in UTF-16; write UTF-8 (PowerShell: Add-Content -Encoding utf8)")
		}
	}
	return nil
}
