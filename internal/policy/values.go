package policy

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/quote"
)

// Values is what a condition wants of a claim: one of the exact texts, a text
// that fits one of the globs, or the claim's absence.
type Values struct {
	Exact []Word
	Globs []Word
	Empty bool

	fold bool // compare in lower case, as the platform does; the words are lower case then
}

// admit reports whether a claim's value is one of v. A claim that is absent or
// of another type than its vocabulary says never is.
func (v *Values) admit(value any, want identity.Type) bool {
	if absent(value) {
		return v.Empty || (value == "" && v.admitExact(""))
	}
	if want == identity.List {
		return v.admitItem(value)
	}
	text, ok := claimText(value, want)
	return ok && v.Admits(text)
}

func (v *Values) admitItem(value any) bool {
	items, ok := value.([]any)
	return ok && slices.ContainsFunc(items, func(item any) bool {
		text, ok := item.(string)
		return ok && text != "" && len(text) <= maxClaim && v.Admits(text)
	})
}

// Admits reports whether a claim's text is one of v.
func (v *Values) Admits(text string) bool {
	if v.fold {
		text = strings.ToLower(text)
	}
	return v.admitExact(text) || slices.ContainsFunc(v.Globs, func(g Word) bool { return globMatches(g.Text, text) })
}

func (v *Values) admitExact(text string) bool {
	return slices.ContainsFunc(v.Exact, func(w Word) bool { return w.Text == text })
}

// contain reports whether every value that inner admits is one that v admits.
func (v *Values) contain(inner *Values) bool {
	if inner.Empty && !v.Empty {
		return false
	}
	for _, w := range inner.Exact {
		if !v.admitExact(w.Text) && (w.Text == "" || !v.Admits(w.Text)) {
			return false
		}
	}
	outer := v.Patterns()
	return !slices.ContainsFunc(inner.Globs, func(g Word) bool { return !globsContain(outer, g.Text) })
}

// Patterns returns v as globs: an exact text has no star in it.
func (v *Values) Patterns() []string {
	var all []string
	for _, w := range slices.Concat(v.Exact, v.Globs) {
		all = append(all, w.Text)
	}
	return all
}

// Pins reports whether v lists its values in full, so that nobody else can be
// meant.
func (v *Values) Pins() bool { return len(v.Exact) > 0 && len(v.Globs) == 0 && !v.Empty }

// folded returns v for comparisons in which case does not count.
func (v *Values) folded() Values {
	return Values{Exact: lower(v.Exact), Globs: lower(v.Globs), Empty: v.Empty, fold: true}
}

func lower(words []Word) []Word {
	folded := slices.Clone(words)
	for i := range folded {
		folded[i].Text = strings.ToLower(folded[i].Text)
	}
	return folded
}

// String returns what v admits, as a person would say it.
func (v *Values) String() string {
	if v.Empty {
		return "absent or empty"
	}
	words := make([]string, 0, len(v.Exact)+len(v.Globs))
	for _, w := range slices.Concat(v.Exact, v.Globs) {
		words = append(words, w.Text)
	}
	return strings.Join(words, " or ")
}

// YAML returns v as it stands in a policy, for a claim of that type.
func (v *Values) YAML(of identity.Type) string {
	if v.Empty {
		return "{empty: true}"
	}
	var texts []string
	for _, w := range slices.Concat(v.Exact, v.Globs) {
		text := w.Text
		if of == identity.Text || of == identity.List {
			text = quote.YAML(text)
		}
		texts = append(texts, text)
	}
	value := "[" + strings.Join(texts, ", ") + "]"
	if len(texts) == 1 {
		value = texts[0]
	}
	if len(v.Globs) > 0 {
		return "{glob: " + value + "}"
	}
	return value
}

// absent reports whether a claim says nothing. Platforms send "" where others
// leave the claim out.
func absent(value any) bool { return value == nil || value == "" }

// maxClaim is how many bytes of text a claim may have; git and CI systems allow
// less. It bounds how long a glob can take.
const maxClaim = 1024

// claimText returns a claim's value as a policy writes it, if it has the type
// that the vocabulary says.
func claimText(value any, want identity.Type) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, want == identity.Text && len(value) <= maxClaim
	case bool:
		return strconv.FormatBool(value), want == identity.Bool
	case json.Number:
		return string(value), want == identity.Number
	}
	return "", false
}

// shownValue returns a claim's value for people, whatever its type.
func shownValue(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "not a JSON value"
	}
	return string(text)
}
