package policy

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/source"
)

// maxValue is how many characters a value may have.
const maxValue = 256

// fields returns the keys of a map by name; keys other than known are reported.
// It returns nil where n is no map.
func (l *loader) fields(n *source.Node, what string, known ...string) map[string]source.Field {
	if !l.isMap(n, what) {
		return nil
	}
	byName := make(map[string]source.Field, len(n.Fields))
	for _, f := range n.Fields {
		byName[f.Key.Text] = f
		if !slices.Contains(known, f.Key.Text) {
			l.unknown(f.Key, "unknown-key", "key in "+what, known)
		}
	}
	return byName
}

func (l *loader) isMap(n *source.Node, what string) bool {
	if n.Kind != source.Map && n.Kind != source.Bad {
		l.report(n, "bad-value", "%s is a map, this is %s", what, n.Kind)
	}
	return n.Kind == source.Map
}

// items returns what a list holds; what is no list is reported.
func (l *loader) items(n *source.Node, what string) []*source.Node {
	if n.Kind != source.List && n.Kind != source.Bad {
		l.report(n, "bad-value", "%s is a list, this is %s", what, n.Kind)
	}
	return n.Items
}

// upTo returns the first items of a list that may have no more than limit.
func (l *loader) upTo(limit int, items []*source.Node, what string) []*source.Node {
	if len(items) <= limit {
		return items
	}
	l.report(items[limit], "size-limit", "%s has at most %d items", what, limit)
	return items[:limit]
}

// need returns the value of a key that must be there.
func (l *loader) need(n *source.Node, fields map[string]source.Field, key, what string) *source.Node {
	f, ok := fields[key]
	if !ok {
		l.report(n, "missing-key", "%s needs the key %s", what, key)
		return nil
	}
	return f.Value
}

// text returns a value that is a text. It is reported where YAML readers take it
// for something else, and where it is too long.
func (l *loader) text(n *source.Node, what string) (string, bool) {
	switch {
	case n == nil || n.Kind == source.Bad:
		return "", false
	case n.Kind != source.Scalar:
		l.report(n, "bad-value", "%s is a text, this is %s", what, n.Kind)
		return "", false
	case !n.IsText():
		l.mend(n, "yaml-scalar-trap", "write \""+n.Text+"\"", "%s is a text, YAML reads this as %s", what, typeName(n.Type))
		return "", false
	}
	return n.Text, l.fitsLength(n)
}

// typeName says what a YAML type is, of those that are no text.
func typeName(yaml string) string {
	switch yaml {
	case "int", "float":
		return "a number"
	case "bool":
		return "true or false"
	case "timestamp":
		return "a date"
	}
	return "a merge key" // what is tagged as something else does not get here
}

func (l *loader) fitsLength(n *source.Node) bool {
	if utf8.RuneCountInString(n.Text) > maxValue {
		l.report(n, "size-limit", "a value has at most %d characters", maxValue)
		return false
	}
	return true
}

// optional returns a text for people that may be left out, "" then. It decides
// nothing and is shown everywhere, so a secret in it is hidden.
func (l *loader) optional(fields map[string]source.Field, key string) string {
	text, _ := l.text(fields[key].Value, key)
	return quote.Conceal(text)
}

// texts returns the items of a list of texts for people that may be left out.
func (l *loader) texts(fields map[string]source.Field, key string) []string {
	f, ok := fields[key]
	if !ok {
		return nil
	}
	var all []string
	for _, item := range l.items(f.Value, key) {
		if text, ok := l.text(item, "an item of "+key); ok {
			all = append(all, quote.Conceal(text))
		}
	}
	return all
}

// id returns a name of the policy's own.
func (l *loader) id(n *source.Node, what string) (string, bool) {
	text, ok := l.text(n, what)
	if !ok {
		return "", false
	}
	if text == "" || text[0] == '-' || strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		l.report(n, "bad-value", "%s has only a-z, 0-9 and -, and begins with a letter or digit", what)
		return "", false
	}
	return text, true
}

// flag returns a value that is true or false; what is left out is false.
func (l *loader) flag(fields map[string]source.Field, key string) bool {
	n := fields[key].Value
	if n == nil || n.Kind == source.Bad {
		return false
	}
	if n.Kind != source.Scalar || n.Type != "bool" || (n.Text != "true" && n.Text != "false") {
		l.report(n, "bad-value", "%s is true or false", key)
	}
	return n.Text == "true"
}

// duration returns a positive time that may be left out, 0 then.
func (l *loader) duration(fields map[string]source.Field, key string) time.Duration {
	n := fields[key].Value
	if n == nil || n.Kind == source.Bad {
		return 0
	}
	d, err := time.ParseDuration(n.Text)
	if n.Kind != source.Scalar || err != nil || d < time.Second || d%time.Second != 0 {
		l.report(n, "bad-value", "%s is a time such as 15m or 1h", key)
		return 0
	}
	return d
}

// date returns a day that may be left out, the zero time then.
func (l *loader) date(fields map[string]source.Field, key string) time.Time {
	n := fields[key].Value
	if n == nil || n.Kind == source.Bad {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, n.Text)
	if n.Kind != source.Scalar || err != nil || day.Year() < 2000 {
		l.report(n, "bad-value", "%s is a day such as 2027-06-30", key)
		return time.Time{}
	}
	return day
}

// oneOf returns a value out of a list of words.
func (l *loader) oneOf(n *source.Node, what string, known []string) (string, bool) {
	text, ok := l.text(n, what)
	if ok && !slices.Contains(known, text) {
		l.unknown(n, "bad-value", what, known)
		return "", false
	}
	return text, ok
}
