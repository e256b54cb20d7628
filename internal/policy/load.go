package policy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/source"
)

// FileName is the file of a policy that is given as a directory.
const FileName = "autoken.policy.yaml"

// The size of the largest policy.
const (
	maxTotal  = 16 << 20
	maxGrants = 5000
	maxUnless = 64   // blocks of a grant
	maxValues = 1000 // of one claim
)

// MaxIgnores is how many entries of ignore a file may have, and how many comments
// that ignore something.
const MaxIgnores = 1000

// Options says how strictly a policy is loaded. The zero Options is right for
// production.
type Options struct {
	Dev   bool // issuers on http and loopback, and the sandbox, are fine
	Tests bool // the tests beside the policy's files are read too, which brokers never do
}

// Load reads the policy at name, a file or a directory with an
// autoken.policy.yaml, and the files that it includes. A policy with any finding
// is not returned: it cannot be loaded. All findings are errors, but for those in
// the tests beside the policy's files. The error is for what cannot be read at
// all.
func Load(fsys fs.FS, name string, opts Options) (*Policy, []check.Finding, error) {
	draft, err := Parse(fsys, name, opts)
	if err != nil {
		return nil, nil, err
	}
	if len(draft.Findings) > 0 {
		return nil, draft.Findings, nil
	}
	return draft.Policy, nil, nil
}

// Draft is what the files of a policy say, sound or not.
type Draft struct {
	Policy   *Policy // what could be read; enforce it only where there are no findings
	Findings []check.Finding
	Files    []*source.File // the main one first
}

// Parse reads a policy as Load does, for tools that have something to say about
// one that does not load: its grants are worth looking at where they are Sound.
func Parse(fsys fs.FS, name string, opts Options) (*Draft, error) {
	main, err := mainFile(fsys, path.Clean(name))
	if err != nil {
		return nil, err
	}
	files, findings, err := readFiles(fsys, main)
	if err != nil {
		return nil, err
	}
	l := &loader{opts: opts, findings: findings, named: map[string]*Test{}, policy: &Policy{
		Hash: files.hash(), Connections: map[string]string{}, byID: map[string]*Grant{},
	}}
	if !isBundle(files.list[0]) { // one that stayed so has findings that say why
		l.main(files.list[0])
	}
	for _, file := range files.list[1:] {
		l.teamFile(file)
	}
	l.policy.learn()
	if opts.Tests {
		if err := l.sideCars(files); err != nil {
			return nil, err
		}
	}
	check.Sort(l.findings)
	return (&Draft{l.policy, l.findings, files.list}).conceal(), nil
}

func mainFile(fsys fs.FS, name string) (string, error) {
	info, err := statMain(fsys, name)
	if err != nil {
		return "", fault.New(fault.Usage, "read policy: %w", err)
	}
	if !info.IsDir() {
		return name, nil
	}
	main := path.Join(name, FileName)
	_, err = statMain(fsys, main)
	switch {
	case err == nil:
		return main, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", fault.New(fault.Usage, "read policy: the folder has no %s", FileName).
			WithHint("name the policy's main file, or call it %s", FileName)
	}
	return "", fault.New(fault.Usage, "read policy: %w", err)
}

// statMain says of a link that leads nowhere in the folder that it does.
func statMain(fsys fs.FS, name string) (fs.FileInfo, error) {
	info, err := fs.Stat(fsys, name)
	if err == nil {
		return info, nil
	}
	if odd := checkLinks(fsys, ".", name); errors.Is(odd, errLink) || errors.Is(odd, errCircle) {
		return nil, fmt.Errorf("%s: %w", name, odd)
	}
	return nil, err
}

// files are the files of one policy, the main one first.
type files struct {
	fsys   fs.FS
	dir    string // of the main file
	inside string // the name of the bundle that they stand in, with a slash; "" for none
	list   []*source.File
	tests  []string // names of files that an include fits and that hold tests
	sum    hash.Hash
	size   int64
}

func newFiles(fsys fs.FS, main, inside string) *files {
	return &files{fsys: fsys, dir: path.Dir(main), inside: inside, sum: sha256.New()}
}

func (f *files) hash() string { return hex.EncodeToString(f.sum.Sum(nil)) }

func readFiles(fsys fs.FS, main string) (*files, []check.Finding, error) {
	all := newFiles(fsys, main, "")
	l := &loader{}
	if err := all.read(main, l); err != nil {
		return nil, nil, err
	}
	if isBundle(all.list[0]) {
		if fsys, main = l.unbundle(all.list[0]); fsys == nil {
			return all, l.findings, nil
		}
		all = newFiles(fsys, main, all.list[0].Name+"/")
		if err := all.read(main, l); err != nil {
			return nil, nil, err
		}
		l.noBundle(all.list[0])
	}
	for _, name := range l.includes(fsys, all.list[0], all.dir) {
		if name == main {
			continue
		}
		if err := all.read(name, l); err != nil {
			return nil, nil, err
		}
	}
	all.tests = l.testFiles
	if b, ok := fsys.(*bundle); ok {
		l.unusedFiles(b, all)
	}
	return all, l.findings, nil
}

func (f *files) read(name string, l *loader) error {
	info, err := fs.Stat(f.fsys, name)
	if err != nil {
		return fault.New(fault.Usage, "read policy: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fault.New(fault.Usage, "read policy: %s is no regular file", name)
	}
	f.size += info.Size()
	limit := source.MaxBytes
	if len(f.list) == 0 && f.inside == "" && info.Size() > source.MaxBytes && beginsBundle(f.fsys, name) {
		limit = maxTotal
	}
	if info.Size() > int64(limit) || f.size > maxTotal {
		l.tooLarge(f.inside + name)
		f.list = append(f.list, &source.File{Name: f.inside + name})
		return nil
	}
	text, err := fs.ReadFile(f.fsys, name)
	if err != nil {
		return fault.New(fault.Usage, "read policy: %w", err)
	}
	file, problems := source.ParseUpTo(limit, f.inside+name, text)
	for _, problem := range problems {
		l.fileProblem(file, problem)
	}
	l.ignoreComments(file)
	f.list = append(f.list, file)
	f.add(strings.TrimPrefix(name, f.dir+"/"), text)
	return nil
}

func (l *loader) tooLarge(name string) {
	l.findings = append(l.findings, check.Finding{
		Rule: "size-limit", Severity: check.Error, Pos: check.Pos{File: name},
		Message: "a file has at most 4 MiB, and all files of a policy 16 MiB",
	})
}

// add makes the hash depend on a file's name and content, and on where one ends
// and the other begins.
func (f *files) add(name string, text []byte) {
	for _, part := range [][]byte{[]byte(name), text} {
		_ = binary.Write(f.sum, binary.BigEndian, uint64(len(part))) // a hash takes all it is given
		_, _ = f.sum.Write(part)
	}
}
