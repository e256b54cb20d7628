package plainfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/plainfile"
)

func TestWriteIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.json")
	for _, text := range []string{"first", "second"} {
		if err := plainfile.Write(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := plainfile.Read(name); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{filepath.Join(dir, "folder"), filepath.Join(dir, "none", "report.json"), ""} {
		if err := plainfile.Write(bad, []byte("x")); err == nil {
			t.Errorf("%q was written", bad)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("something was left behind: %v %v", entries, err)
	}
}

// S17: a link that lies where a report goes is not followed.
func TestS17WriteFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "report.json")
	if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Symlink(target, link) != nil {
		t.Skip("this system has no links")
	}
	if err := plainfile.Write(link, []byte("x")); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("%v", err)
	}
	if got, _ := plainfile.Read(target); string(got) != "precious" {
		t.Errorf("the link's target is %q", got)
	}
}
