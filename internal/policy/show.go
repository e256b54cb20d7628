package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/quote"
)

// String says which job it is by the claims that tell something.
func (e *Example) String() string { return e.Show(0) }

// Show is String with at most limit claims, where limit is not 0: whose job it is
// comes first, then its context.
func (e *Example) Show(limit int) string {
	var parts []string
	for _, name := range e.telling() {
		if limit > 0 && len(parts) == limit {
			break
		}
		parts = append(parts, name+"="+shownClaim(e.Claims[name]))
	}
	return strings.Join(parts, " ")
}

// telling lists the claims to show.
func (e *Example) telling() []string {
	kind := e.Issuer.Vocabulary
	about := func(name string) bool { return slices.Contains(e.about, name) }
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) && (about(name) || !absent(e.Claims[name])) {
			names = append(names, name)
		}
	}
	if e.named {
		add(kind.Repository)
	}
	if id := sourceClaim(kind); about(id) {
		add(id)
	}
	add(kind.Event)
	for _, c := range kind.Claims {
		shown := c.Ref == identity.FullRef || c.Name == "environment" || about(c.Name)
		if shown && c.Name != "iss" && c.Name != "aud" && !slices.Contains(kind.Tenant, c.Name) {
			add(c.Name)
		}
	}
	for _, name := range e.about {
		if _, family := e.Claims[name]; family && strings.HasPrefix(name, "repo_property_") {
			add(name)
		}
	}
	return names
}

func shownClaim(value any) string {
	text := shownValue(value)
	if items, ok := value.([]any); ok {
		texts := make([]string, 0, len(items))
		for _, item := range items {
			texts = append(texts, shownValue(item))
		}
		text = strings.Join(texts, ",")
	}
	text = quote.Text(text)
	if text == "" || strings.ContainsAny(text, " \"=") {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	return text
}
