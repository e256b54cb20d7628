package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/source"
)

// place is where a secret can be kept.
type place string

const (
	inFile      place = "file"
	inEnv       place = "env"
	fromCommand place = "command"
)

// secret reads {file: …}, {env: …} or {command: […]}, as far as allowed.
func (r *reader) secret(into *Secret, allowed ...place) func(*source.Node) {
	return func(n *source.Node) {
		key := r.key
		known := r.fields(n, "a secret", readers{
			string(inFile):      r.path(&into.File),
			string(inEnv):       r.scalar(matching(&into.Env, variableName, "the name of a variable")),
			string(fromCommand): r.command(&into.Command),
		})
		if !known {
			return
		}
		if len(n.Fields) != 1 {
			r.add(n, "bad-value", "%s is a secret: {file: …}, {env: …} or {command: […]}, one of them", key)
			return
		}
		if used := n.Fields[0].Key; !slices.Contains(allowed, place(used.Text)) && !into.IsZero() {
			r.add(used, "bad-value", "%s comes from %s, not from %s", key, either(allowed), used.Text)
		}
	}
}

func either(allowed []place) string {
	var names []string
	for _, p := range allowed {
		names = append(names, string(p))
	}
	return strings.Join(names, " or ")
}

func (r *reader) command(into *[]string) func(*source.Node) {
	return func(n *source.Node) {
		var argv []string
		r.each(n, func(item *source.Node) {
			if r.is(item, source.Scalar) {
				argv = append(argv, item.Text)
			}
		})
		switch {
		case n.Kind != source.List || len(argv) < len(n.Items): // reported
		case len(argv) == 0 || !filepath.IsAbs(argv[0]):
			r.add(n, "bad-value", "a command begins with an absolute path")
		default:
			*into = argv
		}
	}
}
