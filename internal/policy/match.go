package policy

import (
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// matches reads a map of claims and what is wanted of each.
func (l *loader) matches(n *source.Node, what string, kind *identity.Kind) []Match {
	if !l.isMap(n, what) {
		return nil
	}
	if len(n.Fields) == 0 {
		l.report(n, "empty-list", "%s names no claim", what)
	}
	var matches []Match
	for _, f := range n.Fields {
		claim, ok := kind.Claim(f.Key.Text)
		if !ok {
			l.unknownClaim(f.Key, kind)
			continue
		}
		values, ok := l.values(f.Value, claim, kind)
		if !ok {
			values = unreadable(f.Value)
		}
		matches = append(matches, Match{claim, values, place(f.Key)})
	}
	return matches
}

// unknownClaim says whose claim it is, where tokens of another kind have it.
func (l *loader) unknownClaim(key *source.Node, kind *identity.Kind) {
	var others []string
	for _, k := range identity.Kinds {
		if _, ok := k.Claim(key.Text); ok {
			others = append(others, k.Name)
		}
	}
	if len(others) == 0 {
		l.unknown(key, "unknown-claim", kind.Name+" claim", kind.ClaimNames())
		return
	}
	l.report(key, "unknown-claim", "unknown %s claim %q: tokens of %s have it", kind.Name, key.Text, strings.Join(others, ", "))
}

// unreadable stands for values that were reported, so that the rules on whole
// grants do not complain that the condition is missing as well.
func unreadable(n *source.Node) Values { return Values{Exact: []Word{{Text: "?/?", Pos: place(n)}}} }

// values reads what is wanted of one claim: a text, a list of texts, {glob: …}
// or {empty: true}.
func (l *loader) values(n *source.Node, claim identity.Claim, kind *identity.Kind) (Values, bool) {
	r := valueReader{l, claim, kind}
	var v Values
	ok := true
	switch n.Kind {
	case source.Scalar:
		v.Exact, ok = r.words([]*source.Node{n}, r.exact)
	case source.List:
		v.Exact, ok = r.words(l.upTo(maxValues, n.Items, "a list of values"), r.exact)
		if len(n.Items) == 0 {
			l.report(n, "empty-list", "no value of %s would be admitted", claim.Name)
		}
	case source.Map:
		return r.pattern(n)
	case source.Null:
		l.mend(n, "bad-value", "write {empty: true} for a claim that is absent or empty", "%s has no value", claim.Name)
	case source.Bad:
	}
	return v, ok && len(v.Exact) > 0
}

// valueReader reads the values of one claim.
type valueReader struct {
	*loader
	claim identity.Claim
	kind  *identity.Kind
}

func (r valueReader) words(nodes []*source.Node, read func(*source.Node) (string, bool)) ([]Word, bool) {
	all := true
	var words []Word
	for _, n := range nodes {
		text, ok := read(n)
		if ok {
			words = append(words, Word{text, place(n)})
		}
		all = all && ok
	}
	return words, all
}

// pattern reads {glob: …} or {empty: true}.
func (r valueReader) pattern(n *source.Node) (Values, bool) {
	fields := r.fields(n, "a condition", "glob", "empty")
	glob, isGlob := fields["glob"]
	empty, isEmpty := fields["empty"]
	switch {
	case len(n.Fields) != 1:
		r.report(n, "bad-value", "a condition is {glob: …} or {empty: true}, one of them")
	case isGlob:
		return r.globs(glob.Value)
	case isEmpty && r.kind.Event == r.claim.Name:
		r.report(empty.Value, "bad-value", "%s lists the events that are admitted", r.claim.Name)
	case isEmpty && empty.Value.Kind == source.Scalar && empty.Value.Type == "bool" && empty.Value.Text == "true":
		return Values{Empty: true}, true
	case isEmpty:
		r.report(empty.Value, "bad-value", "empty can only be true")
	}
	return Values{}, false
}

func (r valueReader) globs(n *source.Node) (Values, bool) {
	nodes := []*source.Node{n}
	if n.Kind == source.List {
		nodes = r.upTo(maxValues, n.Items, "a list of globs")
		if len(nodes) == 0 {
			r.report(n, "empty-list", "no value of %s would be admitted", r.claim.Name)
		}
	}
	globs, ok := r.words(nodes, r.glob)
	return Values{Globs: globs}, ok && len(globs) > 0
}

// exact reads a value that is compared as it stands.
func (r valueReader) exact(n *source.Node) (string, bool) {
	text, ok := r.scalar(n)
	switch {
	case !ok:
		return "", false
	case strings.Contains(text, "*"):
		fix := ""
		if r.claim.Globs != identity.NoGlobs {
			fix = `write {glob: "` + text + `"}`
		}
		r.mend(n, "wildcard-in-exact", fix, "a * in a plain value is no wildcard")
		return "", false
	case text == "" && !r.claim.Presence.Sometimes:
		r.mend(n, "bad-value", "write {empty: true} for a claim that is absent or empty", "%s is empty", r.claim.Name)
		return "", false
	}
	return text, r.spelling(n, text)
}

// scalar reads a value of the claim's type. Nothing is converted, but for ids
// that are written as decimal numbers.
func (r valueReader) scalar(n *source.Node) (string, bool) {
	switch {
	case n.Kind != source.Scalar:
		return r.text(n, r.claim.Name)
	case r.claim.Type == identity.Bool:
		return r.typed(n, n.Type == "bool" && (n.Text == "true" || n.Text == "false"), "true or false, without quotes")
	case r.claim.Type == identity.Number:
		return r.typed(n, n.Type == "int" && (isDecimal(n.Text) || n.Text == "0"), "a number, without quotes")
	case isID(r.claim.Name):
		return r.platformID(n)
	}
	return r.text(n, r.claim.Name)
}

// platformID reads an id that a platform gave. Of a number that is not written in
// digits nobody can say which id was meant.
func (r valueReader) platformID(n *source.Node) (string, bool) {
	switch {
	case isDecimal(n.Text):
		return n.Text, r.fitsLength(n)
	case (n.Type == "int" || n.Type == "float") && strings.Trim(n.Text, "0123456789") != "":
		r.report(n, "yaml-scalar-trap", "%s is written in digits alone, as the platform shows it", r.claim.Name)
		return "", false
	}
	return r.text(n, r.claim.Name)
}

func (r valueReader) typed(n *source.Node, ok bool, what string) (string, bool) {
	if !ok {
		r.report(n, "bad-value", "%s is %s", r.claim.Name, what)
	}
	return n.Text, ok
}

// isDecimal reports whether text is a number that has no other spelling.
func isDecimal(text string) bool {
	return text != "" && text[0] != '0' && strings.Trim(text, "0123456789") == ""
}

// glob reads a pattern.
func (r valueReader) glob(n *source.Node) (string, bool) {
	text, ok := r.text(n, "a glob")
	if !ok {
		return "", false
	}
	owner, _, slash := strings.Cut(literalPrefix(text), "/")
	switch {
	case r.claim.Globs == identity.NoGlobs:
		r.report(n, "glob-on-identity", "%s takes no glob; list its values", r.claim.Name)
		return "", false
	case text == "":
		r.report(n, "bad-value", "the glob is empty")
		return "", false
	case r.claim.Globs == identity.GlobsAfterOwner && (!slash || owner == ""):
		r.report(n, "glob-on-identity", "a glob on %s begins with a literal owner and a slash", r.claim.Name)
		return "", false
	}
	return text, r.globSpelling(n, text)
}
