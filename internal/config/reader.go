package config

import (
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/source"
)

// reader walks a file and collects what is wrong with it.
type reader struct {
	file     *source.File
	dir      string
	findings []check.Finding
}

func finding(file *source.File, rule string, pos source.Pos, width int, message string) check.Finding {
	return check.Finding{
		Rule: rule, Severity: check.Error, Message: message,
		Pos:     check.Pos{File: file.Name, Line: pos.Line, Col: pos.Col},
		Excerpt: file.Excerpt(pos, width),
	}
}

func (r *reader) pos(n *source.Node) check.Pos {
	return check.Pos{File: r.file.Name, Line: n.Pos.Line, Col: n.Pos.Col}
}

func (r *reader) add(n *source.Node, rule, format string, args ...any) {
	pos, width := source.Pos{Line: 1, Col: 1}, 1
	if n != nil {
		pos, width = n.Pos, n.Width()
	}
	r.findings = append(r.findings, finding(r.file, rule, pos, width, fmt.Sprintf(format, args...)))
}

// is reports whether n has the shape; a Bad node was reported before.
func (r *reader) is(n *source.Node, kind source.Kind, what string) bool {
	if n != nil && n.Kind == kind {
		return true
	}
	if n == nil || n.Kind != source.Bad {
		r.add(n, "bad-value", "%s must be %s", what, kind)
	}
	return false
}

// fields hands each field of a map to the function for its key.
func (r *reader) fields(n *source.Node, what string, known map[string]func(*source.Node)) {
	if !r.is(n, source.Map, what) {
		return
	}
	for _, f := range n.Fields {
		read, ok := known[f.Key.Text]
		if !ok {
			r.add(f.Key, "unknown-key", "%s has no key %q; known: %s", what, f.Key.Text, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			continue
		}
		read(f.Value)
	}
}

func (r *reader) each(n *source.Node, what string, read func(*source.Node)) {
	if !r.is(n, source.List, what) {
		return
	}
	for _, item := range n.Items {
		read(item)
	}
}

func (r *reader) version(n *source.Node) {
	if r.is(n, source.Scalar, "version") && n.Text != "1" {
		r.add(n, "version", "version is %q; this autoken knows version 1", n.Text)
	}
}

func (r *reader) text(into *string) func(*source.Node) {
	return func(n *source.Node) {
		if r.is(n, source.Scalar, "this") {
			*into = n.Text
		}
	}
}

var instanceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

func (r *reader) match(into *string, pattern *regexp.Regexp) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Scalar, "this") {
			return
		}
		if !pattern.MatchString(n.Text) {
			r.add(n, "bad-value", "a name has 1 to 32 lower-case letters, digits and -")
			return
		}
		*into = n.Text
	}
}

func (r *reader) oneOf(into *string, values ...string) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Scalar, "this") {
			return
		}
		if !slices.Contains(values, n.Text) {
			r.add(n, "bad-value", "write one of: %s", strings.Join(values, ", "))
			return
		}
		*into = n.Text
	}
}

// path reads a file name; a relative one starts from the file's own folder.
func (r *reader) path(into *string) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Scalar, "this") || n.Text == "" {
			return
		}
		*into = n.Text
		if !filepath.IsAbs(n.Text) {
			*into = filepath.Join(r.dir, n.Text)
		}
	}
}

func (r *reader) url(into *string) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Scalar, "this") {
			return
		}
		u, err := httpclient.RequireHTTPS(n.Text)
		if err != nil {
			r.add(n, "bad-value", "%s", err)
			return
		}
		*into = u.String()
	}
}

func (r *reader) number(into *int, least, most int) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Scalar, "this") {
			return
		}
		value, err := strconv.Atoi(n.Text)
		if err != nil || value < least || value > most {
			r.add(n, "bad-value", "write a number from %d to %d", least, most)
			return
		}
		*into = value
	}
}

// rate reads "60/m" or "20/s".
func (r *reader) rate(into *int, unit string) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Scalar, "this") {
			return
		}
		count, ok := strings.CutSuffix(n.Text, "/"+unit)
		value, err := strconv.Atoi(count)
		if !ok || err != nil || value < 1 || value > 1_000_000 {
			r.add(n, "bad-value", "write a rate, for example 60/%s", unit)
			return
		}
		*into = value
	}
}

func (r *reader) duration(into *time.Duration) func(*source.Node) {
	return func(n *source.Node) {
		if !r.is(n, source.Scalar, "this") {
			return
		}
		value, err := time.ParseDuration(n.Text)
		if err != nil || value <= 0 {
			r.add(n, "bad-value", "write a duration, for example 90s, 10m or 1h")
			return
		}
		*into = value
	}
}

func (r *reader) networks(n *source.Node, into *[]netip.Prefix) {
	r.each(n, "trusted_proxies", func(item *source.Node) {
		network, err := netip.ParsePrefix(item.Text)
		if err != nil {
			r.add(item, "bad-value", "write a network, for example 10.0.0.0/8")
			return
		}
		*into = append(*into, network)
	})
}

// notYet refuses what a broker would rely on and this version does not have:
// to ignore it would be to promise it.
func (r *reader) notYet(what string) func(*source.Node) {
	return func(n *source.Node) { r.add(n, "not-available", "this version does not have %s", what) }
}
