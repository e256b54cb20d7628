package config

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/source"
)

// reader walks a file and collects what is wrong with it.
type reader struct {
	file     *source.File
	dir      string
	key      string // under which the value stands that is read now
	findings []check.Finding
}

// readers are what the values under the keys of a map are handed to.
type readers map[string]func(*source.Node)

func (r *reader) place(pos source.Pos) check.Pos {
	return check.Pos{File: r.file.Name, Line: pos.Line, Col: pos.Col}
}

func (r *reader) add(n *source.Node, rule, format string, args ...any) {
	r.report(source.Problem{Rule: rule, Pos: n.Pos, Message: fmt.Sprintf(format, args...)})
}

// report shows nothing of the line that it is about: somebody may have written a
// secret into it.
func (r *reader) report(p source.Problem) {
	r.findings = append(r.findings, check.Finding{Rule: p.Rule, Severity: check.Error, Message: p.Message, Pos: r.place(p.Pos)})
}

// is reports whether n has the shape; a Bad node was reported before.
func (r *reader) is(n *source.Node, kind source.Kind) bool {
	if n.Kind == kind {
		return true
	}
	if n.Kind != source.Bad {
		r.add(n, "bad-value", "%s must be %s", cmp.Or(r.key, "this"), kind)
	}
	return false
}

// fields hands each value of a map to the reader for its key, and reports
// whether n is a map.
func (r *reader) fields(n *source.Node, what string, known readers) bool {
	if !r.is(n, source.Map) {
		return false
	}
	for _, f := range n.Fields {
		read, ok := known[f.Key.Text]
		if !ok {
			r.unknownKey(f.Key, what, known)
			continue
		}
		r.key = f.Key.Text
		read(f.Value)
	}
	return true
}

// later are keys of the format that this version refuses: nobody is told to use
// them.
var later = []string{"replay", "lambda_protocol", "sweep", "probe", "admin"}

func (r *reader) unknownKey(n *source.Node, what string, known readers) {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(known)), func(name string) bool {
		return slices.Contains(later, name) && (name != "admin" || known["address"] != nil)
	})
	near := check.Nearest(n.Text, names)
	if near == "" {
		r.add(n, "unknown-key", "%s has no key %q; known: %s", what, n.Text, strings.Join(names, ", "))
		return
	}
	r.add(n, "unknown-key", "%s has no key %q", what, n.Text)
	r.findings[len(r.findings)-1].Fix = "did you mean " + near + "?"
}

func (r *reader) each(n *source.Node, read func(*source.Node)) {
	key := r.key
	if !r.is(n, source.List) {
		return
	}
	for _, item := range n.Items {
		r.key = "each of " + key
		read(item)
	}
}

// scalar hands the text of a single value to parse, whose error says what to
// write instead.
func (r *reader) scalar(parse func(text string) error) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Scalar) {
			return
		}
		err := errEmpty
		if n.Text != "" {
			err = parse(n.Text)
		}
		if err != nil {
			r.add(n, "bad-value", "%s: %s", r.key, err)
		}
	}
}

func (r *reader) version(n *source.Node) {
	if r.is(n, source.Scalar) && n.Text != "1" {
		r.add(n, "version", "version is %q; this autoken knows version 1", n.Text)
	}
}

// path reads a file name; a relative one starts from the file's own folder.
func (r *reader) path(into *string) func(*source.Node) {
	return r.scalar(func(text string) error {
		*into = text
		if !filepath.IsAbs(text) {
			*into = filepath.Join(r.dir, text)
		}
		return nil
	})
}

// notYet refuses what a broker would rely on and this version does not have:
// to ignore it would be to promise it.
func (r *reader) notYet(what string) func(*source.Node) {
	return func(n *source.Node) { r.add(n, "not-available", "this version does not have %s", what) }
}
