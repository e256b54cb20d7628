package policy

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/source"
)

// A file of a policy may have its tests in a file of their own beside it:
// payments_test.yaml for payments.yaml. Brokers never read those, so what is
// wrong with one is no reason to refuse the policy.

// TestsBeside returns the name of the file with the tests of a policy's file.
func TestsBeside(name string) string {
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "_test" + ext
}

// IsSideCar reports whether a file holds the tests of another, by its name.
func IsSideCar(name string) bool {
	return strings.HasSuffix(strings.TrimSuffix(name, path.Ext(name)), "_test")
}

// sideCars reads the tests beside the policy's files. What is wrong with them is
// as severe as High.
func (l *loader) sideCars(all *files) error {
	before := len(l.findings)
	defer func() {
		for i := range l.findings[before:] {
			l.findings[before+i].Severity = check.High
		}
	}()
	var expected []string
	for _, file := range slices.Clone(all.list) {
		name := TestsBeside(strings.TrimPrefix(file.Name, all.inside))
		expected = append(expected, name)
		if err := l.sideCar(all, name, l.teamWith(file.Name)); err != nil {
			return err
		}
	}
	for _, name := range all.tests {
		if !slices.Contains(expected, name) {
			l.findings = append(l.findings, check.Finding{
				Rule: "include", Pos: check.Pos{File: all.inside + name},
				Message: "these tests belong to no file of the policy: they go beside one, as payments_test.yaml beside payments.yaml",
			})
		}
	}
	return nil
}

// teamWith returns the team that keeps its grants in a file, nil for the main one.
func (l *loader) teamWith(file string) *Team {
	i := slices.IndexFunc(l.policy.Teams, func(t *Team) bool { return t.file == file })
	if i < 0 {
		return nil
	}
	return l.policy.Teams[i]
}

// sideCar reads one file of tests, if there is one of that name. One without
// anything in it has no tests: a shell makes it before a command writes there.
func (l *loader) sideCar(all *files, name string, team *Team) error {
	info, err := fs.Stat(all.fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fault.New(fault.Usage, "read tests: %w", err)
	case !info.Mode().IsRegular():
		return fault.New(fault.Usage, "read tests: %s is no regular file", name)
	case info.Size() == 0:
		return nil
	}
	if err = checkLinks(all.fsys, all.dir, name); err != nil {
		return fault.New(fault.Usage, "read tests: %s: %w", name, err)
	}
	if all.size += info.Size(); info.Size() > source.MaxBytes || all.size > maxTotal {
		l.tooLarge(all.inside + name)
		return nil
	}
	text, err := fs.ReadFile(all.fsys, name)
	if err != nil {
		return fault.New(fault.Usage, "read tests: %w", err)
	}
	file, problems := source.Parse(all.inside+name, text)
	for _, problem := range problems {
		l.fileProblem(file, problem)
	}
	all.list = append(all.list, file)
	l.testFile(file, team)
	return nil
}

func (l *loader) testFile(file *source.File, team *Team) {
	if file.Root == nil {
		return
	}
	fields := l.fields(file.Root, "a file of tests", "version", "tests")
	if fields == nil {
		return
	}
	l.version(file.Root, fields)
	l.tests(fields["tests"].Value, team)
}
