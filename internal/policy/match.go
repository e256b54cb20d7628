package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
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
		l.mend(key, "unknown-claim", meantClaim(key.Text, kind), "unknown %s claim %q", kind.Name, key.Text)
		return
	}
	l.report(key, "unknown-claim", "unknown %s claim %q: tokens of %s have it", kind.Name, key.Text, strings.Join(others, ", "))
}

// meantClaim says which claim was meant, or where to look.
func meantClaim(name string, kind *identity.Kind) string {
	known := kind.ClaimNames()
	for _, alias := range [...][2]string{
		{"repo", kind.Repository}, {"repo_id", first(kind.Identity)}, {"owner_id", first(kind.Tenant)}, {"event", kind.Event}, {"env", "environment"}, {"branch", "ref"}, {"tag", "ref"},
	} {
		if alias[0] != name || !slices.Contains(known, alias[1]) {
			continue
		}
		switch name {
		case "branch":
			return "write ref: refs/heads/main"
		case "tag":
			return `write ref: {glob: "refs/tags/v*"}`
		}
		return "did you mean " + alias[1] + "?"
	}
	if near := check.Nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "one of those that autoken policy claims " + kind.Name + " lists"
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// unreadable stands for values that were reported, so that the rules on whole
// grants do not complain that the condition is missing as well.
func unreadable(n *source.Node) Values {
	return Values{Exact: []Word{{Text: unread, Pos: place(n)}}}
}

const unread = "?/?"

// Readable reports whether the condition's values are those of the file.
func (m *Match) Readable() bool {
	return len(m.Values.Exact) != 1 || m.Values.Exact[0].Text != unread
}

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
	if len(n.Fields) == 1 && r.otherOperator(n.Fields[0]) {
		return Values{}, false
	}
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

// otherOperator refuses what other systems write for a pattern.
func (r valueReader) otherOperator(f source.Field) bool {
	switch strings.ToLower(f.Key.Text) {
	case "regex", "regexp", "re", "matches", "pattern":
		r.mend(f.Key, "unknown-key", "write {glob: …} or a list", "there are no regular expressions here")
	case "stringlike", "like", "wildcard", "startswith", "prefix":
		r.mend(f.Key, "unknown-key", `write {glob: "refs/heads/*"}`, "there is no %s here", f.Key.Text)
	case "stringequals", "equals", "eq", "in", "anyof":
		r.mend(f.Key, "unknown-key", "write the value itself, or a list of values", "there is no %s here", f.Key.Text)
	default:
		return false
	}
	return true
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
	case !r.noExpression(n, text):
		return "", false
	case looksRegex(text):
		r.mend(n, "regex-in-glob", r.withoutRegex(text, false), "this looks like a regular expression, and there are none here")
		return "", false
	case strings.Contains(text, "*"):
		fix := r.globOf(text)
		if r.claim.Ref == identity.FullRef && text != "*" {
			fix = r.globOf(fullRef(text))
		}
		r.mend(n, "wildcard-in-exact", fix, "a * in a plain value is no wildcard")
		return "", false
	case text == "" && !r.claim.Presence.Sometimes:
		r.mend(n, "bad-value", "write {empty: true} for a claim that is absent or empty", "%s is empty", r.claim.Name)
		return "", false
	}
	return text, r.spelling(n, text)
}

// looksRegex reports whether a text with a star in it was meant as a regular
// expression.
func looksRegex(text string) bool {
	return strings.Contains(text, ".*") || (strings.Contains(text, "*") && (text[0] == '^' || strings.HasSuffix(text, "$")))
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
	case !r.noExpression(n, text):
		return "", false
	case r.claim.Globs == identity.GlobsAfterOwner && (!slash || owner == ""):
		r.report(n, "glob-on-identity", "a glob on %s begins with a literal owner and a slash", r.claim.Name)
		return "", false
	}
	return text, r.globSpelling(n, text)
}
