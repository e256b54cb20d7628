package policy

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/source"
)

// tests reads a file's tests; team is whose file it is, nil for the main one.
// Whether they hold is not asked here.
func (l *loader) tests(n *source.Node, team *Team) {
	if n == nil {
		return
	}
	for _, item := range l.items(n, "tests") {
		if t := l.test(item); t != nil {
			t.Grant.Text = l.grantMeant(t.Grant.Text, team)
			l.policy.Tests = append(l.policy.Tests, t)
		}
	}
}

// grantMeant is the full id of the grant that a test or an ignore names. In a team's file the
// team's own grants go by the ids that stand there; what the team does not have
// is the main file's, if that has it.
func (l *loader) grantMeant(id string, team *Team) string {
	if team == nil || id == "" || strings.Contains(id, "/") {
		return id
	}
	own := team.Name + "/" + id
	if l.policy.byID[own] == nil && l.policy.byID[id] != nil {
		return id
	}
	return own
}

func (l *loader) test(n *source.Node) *Test {
	defer l.about("%s", "test")()
	fields := l.fields(n, "a test", "name", "from", "set", "unset", "request", "expect", "why")
	if fields == nil {
		return nil
	}
	t := &Test{Pos: place(n), Why: l.optional(fields, "why"), Unset: l.texts(fields, "unset"), Set: map[string]any{}}
	name := l.need(n, fields, "name", "a test")
	t.Name, _ = l.text(name, "name")
	if first := l.named[t.Name]; first != nil && t.Name != "" {
		l.report(name, "duplicate-id", "there is a test %q already: %s", t.Name, first.Pos)
	}
	l.named[t.Name] = t
	t.places(fields)
	t.From, _ = l.text(l.need(n, fields, "from", "a test"), "from")
	expect, _ := l.oneOf(l.need(n, fields, "expect", "a test"), "expect", []string{"allow", "deny"})
	t.Allow = expect == "allow"
	if request := l.need(n, fields, "request", "a test"); request != nil {
		asked := l.fields(request, "request", "grant")
		if grant, ok := l.text(asked["grant"].Value, "grant"); ok {
			t.Grant = Word{grant, place(asked["grant"].Value)}
		} else if asked != nil && asked["grant"].Value == nil {
			l.report(request, "missing-key", "a request needs the key grant")
		}
	}
	if f, ok := fields["set"]; ok && l.isMap(f.Value, "set") {
		for _, claim := range f.Value.Fields {
			l.setClaim(t, claim)
		}
	}
	return t
}

// places remembers where the test says what may name nothing.
func (t *Test) places(fields map[string]source.Field) {
	for key, pos := range map[string]*check.Pos{"from": &t.FromPos, "why": &t.WhyPos} {
		if f, ok := fields[key]; ok {
			*pos = place(f.Value)
		}
	}
}

func (l *loader) setClaim(t *Test, f source.Field) {
	if f.Value.Kind == source.List {
		items := []any{}
		for _, item := range f.Value.Items {
			text, _ := l.text(item, f.Key.Text)
			items = append(items, text)
		}
		t.Set[f.Key.Text] = items
		return
	}
	if value, ok := l.claimValue(f); ok {
		t.Set[f.Key.Text] = value
	}
}

// claimValue reads a claim as a token would have it: ids are texts even where
// they are written as numbers.
func (l *loader) claimValue(f source.Field) (any, bool) {
	n := f.Value
	switch {
	case n.Kind == source.Scalar && n.Type == "bool" && (n.Text == "true" || n.Text == "false"):
		return n.Text == "true", true
	case n.Kind == source.Scalar && strings.HasSuffix(f.Key.Text, "_id") && isDecimal(n.Text):
		return n.Text, true
	case n.Kind == source.Scalar && n.Type == "int" && (isDecimal(n.Text) || n.Text == "0"):
		return json.Number(n.Text), true
	}
	text, ok := l.text(n, f.Key.Text)
	return text, ok
}

// ignores reads which of the linter's findings are accepted.
func (l *loader) ignores(n *source.Node, team *Team) {
	if n == nil {
		return
	}
	for _, item := range l.upTo(MaxIgnores, l.items(n, "ignore"), "ignore") {
		fields := l.fields(item, "an ignore", "rule", "grant", "reason", "until")
		if fields == nil {
			continue
		}
		ignore := &Ignore{Pos: place(item), Grant: l.grantMeant(l.optional(fields, "grant"), team), Until: l.date(fields, "until")}
		ignore.Rule, _ = l.text(l.need(item, fields, "rule", "an ignore"), "rule")
		reason := l.need(item, fields, "reason", "an ignore")
		ignore.Reason = l.optional(fields, "reason")
		if reason != nil && reason.IsText() && strings.TrimSpace(reason.Text) == "" {
			l.report(reason, "bad-value", "the reason is empty")
		}
		l.policy.Ignores = append(l.policy.Ignores, ignore)
	}
}

// ignoreComments counts the comments that ignore something: each is compared with
// each finding.
func (l *loader) ignoreComments(file *source.File) {
	n := 0
	for i := range file.Lines() {
		if strings.Contains(file.Line(i+1), "autoken:") {
			n++
		}
	}
	if n <= MaxIgnores {
		return
	}
	n = 0
	for _, c := range file.Comments() {
		if !strings.HasPrefix(c.Text, "autoken:") {
			continue
		}
		if n++; n > MaxIgnores {
			l.fileProblem(file, source.Problem{Rule: "size-limit", Pos: c.Pos, Message: fmt.Sprintf("a file has at most %d comments for autoken", MaxIgnores)})
			return
		}
	}
}
