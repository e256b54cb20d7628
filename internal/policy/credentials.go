package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/source"
)

// grantCredential reads what a grant gives.
func (l *loader) grantCredential(g *Grant, n *source.Node, team *Team) {
	if n == nil || !l.isMap(n, "credential") {
		return
	}
	connection := l.need(n, fieldMap(n), "connection", "a credential")
	name, ok := l.text(connection, "connection")
	if !ok {
		return
	}
	kind, named := l.policy.Connections[name]
	if !named {
		l.unknown(connection, "unknown-name", "connection", slices.Sorted(maps.Keys(l.policy.Connections)))
		return
	}
	platform, ok := credential.LookupPlatform(kind)
	if !ok {
		return // the platform is what is wrong, and was reported
	}
	keys := []string{"connection", "ttl"}
	for _, field := range platform.Fields {
		keys = append(keys, field.Name)
	}
	fields := l.fields(n, "a credential of "+platform.Name, keys...)
	g.Credential = Credential{Connection: name, Platform: platform, Pos: place(n), TTL: l.ttl(n, fields, platform, team)}
	for _, field := range platform.Fields {
		l.credentialField(g, n, fields, field)
	}
	l.checkLabels(n)
}

func fieldMap(n *source.Node) map[string]source.Field {
	byName := make(map[string]source.Field, len(n.Fields))
	for _, f := range n.Fields {
		byName[f.Key.Text] = f
	}
	return byName
}

func (l *loader) credentialField(g *Grant, n *source.Node, fields map[string]source.Field, field credential.Field) {
	f, ok := fields[field.Name]
	if !ok {
		if field.Required {
			l.mend(n, "missing-key", "add "+blank(field), "a credential of %s needs the key %s", g.Credential.Platform.Name, field.Name)
		}
		return
	}
	read := Field{Field: field, Pos: place(f.Key)}
	switch field.Kind {
	case credential.Text:
		read.Texts = l.templates([]*source.Node{f.Value}, field)
	case credential.List:
		read.Texts = l.templates(l.items(f.Value, field.Name), field)
		l.notEmpty(f.Value, field.Name, len(f.Value.Items))
	case credential.Map:
		read.Pairs = l.pairs(f.Value, field)
		l.notEmpty(f.Value, field.Name, len(f.Value.Fields))
	}
	g.Credential.Fields = append(g.Credential.Fields, read)
}

// blank is a field as it is to be filled in.
func blank(field credential.Field) string {
	switch field.Kind {
	case credential.List:
		return field.Name + ": [VALUE]"
	case credential.Map:
		return field.Name + ": {NAME: LEVEL}"
	case credential.Text:
	}
	return field.Name + ": VALUE"
}

// notEmpty refuses empty lists and maps: platforms take them for "everything".
func (l *loader) notEmpty(n *source.Node, what string, size int) {
	if size == 0 && (n.Kind == source.List || n.Kind == source.Map) {
		l.report(n, "empty-list", "%s is empty, which a platform takes for everything; leave it out or list what is meant", what)
	}
}

func (l *loader) templates(nodes []*source.Node, field credential.Field) []Template {
	var all []Template
	seen := map[string]bool{}
	for _, n := range nodes {
		text, ok := l.fieldText(n, field)
		if !ok {
			continue
		}
		if seen[text] {
			l.report(n, "bad-value", "%s stands in %s twice", text, field.Name)
		}
		seen[text] = true
		if t, ok := l.template(n, text, field); ok {
			all = append(all, t)
		}
	}
	return all
}

// fieldText reads one text of a field. Ids may be written as numbers.
func (l *loader) fieldText(n *source.Node, field credential.Field) (string, bool) {
	if n.Kind == source.Scalar && strings.HasSuffix(field.Name, "_ids") && isDecimal(n.Text) {
		return n.Text, l.fitsLength(n)
	}
	text, ok := l.text(n, field.Name)
	if ok && field.Values != nil && !slices.Contains(field.Values, text) {
		l.permission(n, field)
		return "", false
	}
	return text, ok
}

func (l *loader) pairs(n *source.Node, field credential.Field) []Pair {
	if !l.isMap(n, field.Name) {
		return nil
	}
	var pairs []Pair
	for _, f := range n.Fields {
		if field.Values != nil && !slices.Contains(field.Values, f.Key.Text) {
			l.permission(f.Key, field)
			continue
		}
		if level, ok := l.oneOf(f.Value, "level of "+f.Key.Text, field.Levels); ok {
			pairs = append(pairs, Pair{Word{f.Key.Text, place(f.Key)}, Word{level, place(f.Value)}})
		}
	}
	return pairs
}

// permission says why a permission cannot be given.
func (l *loader) permission(n *source.Node, field credential.Field) {
	if n.Text == "administration" || n.Text == "members" || n.Text == "admin" || strings.HasPrefix(n.Text, "organization_") {
		l.report(n, "admin-scope", "%s cannot be limited to what a job works on; no job gets it", n.Text)
		return
	}
	l.unknown(n, "unknown-permission", field.Name, field.Values)
}

// labels is the field that has people's names for the items of labelled, in the
// same order. The names carry no power: they are compared at issue.
const labels, labelled = "repositories", "repository_ids"

func (l *loader) checkLabels(n *source.Node) {
	names, meant := n.Get(labels), n.Get(labelled)
	if names != nil && meant != nil && len(names.Items) != len(meant.Items) {
		l.report(names, "bad-value", "%s names the same repositories as %s, in the same order", labels, labelled)
	}
}

func word(n *source.Node) Word { return Word{n.Text, place(n)} }
