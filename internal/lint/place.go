package lint

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/source"
)

// item returns the entry of a file's list that the text at pos is part of, nil
// where there is none.
func (l *look) item(list string, pos check.Pos) *source.Node {
	i := slices.IndexFunc(l.Files, func(f *source.File) bool { return f.Name == pos.File })
	if i < 0 || l.Files[i].Root == nil || l.Files[i].Root.Get(list) == nil {
		return nil
	}
	items := l.Files[i].Root.Get(list).Items
	n, found := slices.BinarySearchFunc(items, sourcePos(pos), func(n *source.Node, at source.Pos) int {
		return cmp.Or(cmp.Compare(n.Pos.Line, at.Line), cmp.Compare(n.Pos.Col, at.Col))
	})
	if !found {
		n--
	}
	if n < 0 {
		return nil
	}
	return items[n]
}

// setting returns what the main file says under a path of keys, nil where it
// says nothing.
func (l *look) setting(path ...string) *source.Node {
	if len(l.Files) == 0 {
		return nil
	}
	return below(l.Files[0].Root, path...)
}

// below returns what stands below n under a path of keys, nil where that is
// nothing.
func below(n *source.Node, path ...string) *source.Node {
	for _, key := range path {
		if n == nil {
			return nil
		}
		n = n.Get(key)
	}
	return n
}

// placeOf returns where n stands, otherwise where there is no n.
func placeOf(n *source.Node, otherwise check.Pos) check.Pos {
	if n == nil {
		return otherwise
	}
	return check.Pos{File: n.File.Name, Line: n.Pos.Line, Col: n.Pos.Col}
}

// matchPlace returns where a grant's match begins: what is missing is missing
// there.
func (l *look) matchPlace(g *policy.Grant) check.Pos {
	n := l.item("grants", g.Pos)
	if n == nil {
		return g.Pos
	}
	for _, f := range n.Fields {
		if f.Key.Text == "match" {
			return placeOf(f.Key, g.Pos)
		}
	}
	return g.Pos
}

// start returns where a condition's values begin, or its name where none is
// written out. Not inlined, as say.
//
//go:noinline
func start(m *policy.Match) check.Pos {
	if all := words(m); len(all) > 0 {
		return all[0].Pos
	}
	return m.Pos
}

// line writes a key with its value, or its values, as a policy has them.
func line(key string, values ...string) string {
	quoted := make([]string, 0, len(values))
	for _, v := range values {
		quoted = append(quoted, scalar(v))
	}
	if len(quoted) == 1 {
		return key + ": " + quoted[0]
	}
	return key + ": [" + strings.Join(quoted, ", ") + "]"
}

// scalar writes a text so that YAML reads it as that text.
func scalar(text string) string {
	plain := text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-@") == "" &&
		!strings.ContainsAny(text[:1], "0123456789.-@") && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(text))
	if plain {
		return text
	}
	return strconv.Quote(text)
}
