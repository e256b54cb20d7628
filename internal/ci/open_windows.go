package ci

import (
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// noFollow has no counterpart here: openPlain compares what it opened with what
// it had looked at.
const noFollow = 0

// ownerAlone gives the owner and the system everything, and nobody else
// anything; files inside inherit it.
const ownerAlone = "D:P(A;OICI;FA;;;OW)(A;OICI;FA;;;SY)"

// makePrivate makes a directory that only this user can look into.
func makePrivate(path string) error {
	descriptor, err := windows.SecurityDescriptorFromString(ownerAlone)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	attributes := windows.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	if err := windows.CreateDirectory(name, &attributes); err != nil {
		return &os.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return nil
}

// private trusts the directory's access list: modes mean nothing here.
func private(fs.FileInfo) error { return nil }
