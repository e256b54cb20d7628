package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// Template is a text in which {CLAIM} stands for the claim's value. Most have
// no claim in them.
type Template struct {
	Text string
	Pos  check.Pos

	parts []part
}

// part is a piece of a template: a text, and the claim behind it, if any.
type part struct{ literal, variable string }

// Two names that are made from the name of the repository, owner/name.
const (
	ownerOfRepository = "repository_owner"
	nameOfRepository  = "repository_name"
)

// template reads a text of a field, which may have claims in it.
func (l *loader) template(n *source.Node, text string, field credential.Field) (Template, bool) {
	t := Template{Text: text, Pos: place(n), parts: []part{{literal: text}}}
	if field.Template && strings.ContainsAny(text, "{}") {
		parts, ok := splitTemplate(text)
		if !ok {
			l.report(n, "bad-value", "a template has claims in braces, {repository_id}, and no other braces")
			return Template{}, false
		}
		t.parts = parts
	}
	if field.Check == nil {
		return t, true
	}
	if err := field.Check(t.fill(func(string) string { return "a1" })); err != nil {
		l.report(n, "bad-value", "%v", err)
		return Template{}, false
	}
	return t, true
}

func splitTemplate(text string) ([]part, bool) {
	var parts []part
	for text != "" {
		literal, rest, open := strings.Cut(text, "{")
		variable, after, closed := strings.Cut(rest, "}")
		if strings.Contains(literal, "}") || open != closed || strings.Contains(variable, "{") || (open && variable == "") {
			return nil, false
		}
		parts = append(parts, part{literal, variable})
		text = after
	}
	return parts, true
}

func (t *Template) fill(value func(variable string) string) string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.literal)
		if p.variable != "" {
			b.WriteString(value(p.variable))
		}
	}
	return b.String()
}

func (t *Template) variables() []string {
	var names []string
	for _, p := range t.parts {
		if p.variable != "" {
			names = append(names, p.variable)
		}
	}
	return names
}

// glob returns the pattern of all texts that the template can become. Values
// have no slash: resolve sees to it.
func (t *Template) glob() string { return t.fill(func(string) string { return "*" }) }

// Resolve returns what the grant's credential says, with the claims of an
// admitted job filled in: by field, a string, a []string or a map[string]string.
func (g *Grant) Resolve(claims identity.Claims) (map[string]any, error) {
	fields := make(map[string]any, len(g.Credential.Fields))
	for i := range g.Credential.Fields {
		field := &g.Credential.Fields[i]
		texts, err := field.resolve(claims, g.Issuer.Vocabulary)
		if err != nil {
			return nil, err
		}
		switch field.Kind {
		case credential.Text:
			fields[field.Name] = texts[0]
		case credential.List:
			fields[field.Name] = texts
		case credential.Map:
			fields[field.Name] = field.levels()
		}
	}
	return fields, nil
}

func (f *Field) levels() map[string]string {
	levels := make(map[string]string, len(f.Pairs))
	for _, p := range f.Pairs {
		levels[p.Key.Text] = p.Value.Text
	}
	return levels
}

func (f *Field) resolve(claims identity.Claims, kind *identity.Kind) ([]string, error) {
	texts := make([]string, 0, len(f.Texts))
	for i := range f.Texts {
		text, err := f.Texts[i].resolve(claims, kind)
		if err != nil {
			return nil, err
		}
		if f.Lower {
			text = strings.ToLower(text)
		}
		if f.Check != nil {
			if err := f.Check(text); err != nil {
				return nil, fault.New(fault.Denied, "make %s for this job: %w", f.Name, err)
			}
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (t *Template) resolve(claims identity.Claims, kind *identity.Kind) (string, error) {
	for _, name := range t.variables() {
		if value := variable(claims, kind, name); !isPlain(value) {
			return "", fault.New(fault.Denied, "make a name for this job: its %s is missing or not a plain name", name)
		}
	}
	return t.fill(func(name string) string { return variable(claims, kind, name) }), nil
}

// variable returns what a name in braces stands for, "" where the job has no
// such thing.
func variable(claims identity.Claims, kind *identity.Kind, name string) string {
	_, isClaim := kind.Claim(name)
	if isClaim {
		text, _ := claims.Text(name)
		return text
	}
	repository, _ := claims.Text(kind.Repository)
	slash := strings.LastIndexByte(repository, '/')
	switch {
	case slash < 0:
		return ""
	case name == ownerOfRepository:
		return repository[:slash]
	case name == nameOfRepository:
		return repository[slash+1:]
	}
	return ""
}

func isPlain(value string) bool {
	return value != "" && len(value) <= maxValue && !slices.Contains([]string{".", ".."}, value) &&
		strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}
