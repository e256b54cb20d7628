//go:build unix

package plainfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/autoken/autoken/internal/plainfile"
)

// S17: a name from the environment can hang nobody.
func TestS17OnlyRegularFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	pipe, large, small := filepath.Join(dir, "pipe"), filepath.Join(dir, "large"), filepath.Join(dir, "small")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{large: plainfile.MaxBytes + 1, small: 3} {
		if err := os.WriteFile(name, []byte(strings.Repeat("x", size)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{pipe: "no regular file", "/dev/zero": "no regular file", dir: "no regular file", large: "larger than 1024 KiB", dir + "/none": "no such file"} {
		if _, err := plainfile.Read(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text, err := plainfile.Read(small); err != nil || string(text) != "xxx" {
		t.Errorf("%q, %v", text, err)
	}
}
