package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

// valueSchemas are the values that a condition can have: exact ones, globs, and
// the absence of a claim.
func valueSchemas() schema {
	return schema{
		"empty":  about("The claim is absent or empty.", object([]string{"empty"}, schema{"empty": about("Nothing but true.", schema{"const": true})})),
		"bool":   schema{"type": "boolean"},
		"number": schema{"type": "integer", "minimum": 0},
		"id":     schema{"anyOf": []any{exactly("^[^*]+$"), schema{"type": "integer", "minimum": 1}}},
		"text":   exactly("^[^*]+$"),
		"glob":   globSchema(""),
		"subject": about("Better match claims: a subject has several forms.", schema{
			"allOf": []any{exactly("^[^*]+$"), schema{"not": schema{"pattern": "^(workflow|environment|ref|context|head_ref|base_ref)(:|$)"}}},
		}),

		"full-ref":        exactly("^refs/[^*]*$"),
		"full-ref-glob":   globSchema(`^(refs/|(r|re|ref|refs)?(\*|$))`),
		"short-ref":       schema{"allOf": []any{exactly("^[^*]+$"), notFull()}},
		"short-ref-glob":  globSchema("", notFull()),
		"callee":          exactly(`^[^*]+@(refs/(heads|tags)/[^@*]*|[0-9a-f]{40})$`),
		"callee-glob":     globSchema(`^.+@(refs/(heads|tags)/[^@*]*|[0-9a-f]{40})$`),
		"owner-then-glob": globSchema("^[^*/]+/"),
	}
}

// conditionSchemas are what claims can be compared with, one for each form that
// occurs.
func conditionSchemas() schema {
	parts := schema{}
	for i := range identity.Kinds {
		kind := &identity.Kinds[i]
		for _, c := range slices.Concat(kind.Claims, kind.Families) {
			name, forms := claimValues(c, kind)
			parts[name] = forms
		}
	}
	return parts
}

func notFull() schema { return schema{"not": schema{"pattern": "^refs/"}} }

func exactly(pattern string) schema {
	return schema{"type": "string", "pattern": pattern, "maxLength": maxValue}
}

// globSchema is {glob: …} with one pattern or several, of a shape.
func globSchema(shape string, more ...any) schema {
	one := schema{"type": "string", "minLength": 1, "maxLength": maxValue}
	if shape != "" {
		one["pattern"] = shape
	}
	if len(more) > 0 {
		one["allOf"] = more
	}
	several := schema{"type": "array", "minItems": 1, "items": one}
	return object([]string{"glob"}, schema{"glob": about("A pattern, or several: * stops at a slash, ** does not.", schema{"anyOf": []any{one, several}})})
}

// claimsSchema is conditions on the claims of one kind of issuer.
func claimsSchema(kind *identity.Kind) schema {
	properties := schema{}
	for _, c := range kind.Claims {
		properties[c.Name] = claimSchema(c, kind)
	}
	s := object(nil, properties)
	s["title"], s["minProperties"] = "claims of "+kind.Title, 1
	if len(kind.Families) > 0 {
		s["patternProperties"] = families([]identity.Kind{*kind})
	}
	return s
}

func claimSchema(c identity.Claim, kind *identity.Kind) schema {
	values, _ := claimValues(c, kind)
	return about(claimAbout(c), schema{"allOf": []any{ref(values)}})
}

// families are the claims whose names only begin in a known way.
func families(kinds []identity.Kind) schema {
	patterns := schema{}
	for i := range kinds {
		kind := &kinds[i]
		for _, c := range kind.Families {
			patterns["^"+c.Name+"."] = claimSchema(c, kind)
		}
	}
	return patterns
}

// claimAbout says what people need to know before they rely on a claim.
func claimAbout(c identity.Claim) string {
	var b strings.Builder
	b.WriteString(strings.ToUpper(c.About[:1]) + c.About[1:] + ". Who controls it: " + string(c.Control) + ".")
	switch {
	case c.Presence.Sometimes:
		b.WriteString(" Not in every token: " + c.Presence.Note + ".")
	default:
		b.WriteString(" In every token.")
	}
	if c.Folded {
		b.WriteString(" The platform does not tell upper from lower case.")
	}
	return b.String()
}

// claimValues is the definition of the forms that a condition on the claim can
// have, and its name.
func claimValues(c identity.Claim, kind *identity.Kind) (name string, forms schema) {
	exact, glob := valueNames(c, kind)
	name = "one-" + exact
	value := ref(exact)
	if c.Presence.Sometimes && c.Type != identity.Bool && c.Type != identity.Number {
		name += "-or-nothing"
		value = schema{"anyOf": []any{ref(exact), schema{"const": ""}}}
	}
	all := []any{value, schema{"type": "array", "minItems": 1, "items": value}}
	if c.Globs != identity.NoGlobs {
		name += "-or-" + glob
		all = append(all, ref(glob))
	}
	if c.Name == kind.Event {
		return name, schema{"anyOf": all}
	}
	return name + "-or-empty", schema{"anyOf": append(all, ref("empty"))}
}

// valueNames says which of valueSchemas a claim's values and globs are.
func valueNames(c identity.Claim, kind *identity.Kind) (exact, glob string) {
	switch {
	case c.Type == identity.Bool:
		return "bool", "glob"
	case c.Type == identity.Number:
		return "number", "glob"
	case isID(c.Name):
		return "id", "glob"
	case c.Name == "sub" && kind.Repository == "repository":
		return "subject", "glob"
	case c.Ref == identity.FullRef:
		return "full-ref", "full-ref-glob"
	case c.Ref == identity.ShortRef:
		return "short-ref", "short-ref-glob"
	case c.Guard == identity.GuardCallee:
		return "callee", "callee-glob"
	case c.Globs == identity.GlobsAfterOwner:
		return "text", "owner-then-glob"
	}
	return "text", "glob"
}

// isID reports whether values under this name may be written as numbers.
func isID(name string) bool { return strings.HasSuffix(strings.TrimSuffix(name, "s"), "_id") }

// boundaryClaims are the claims of all kinds, each with the values that it can
// have in any of them: which issuers a team may use stands beside them.
func boundaryClaims() schema {
	names := map[string][]string{}
	properties := schema{}
	for i := range identity.Kinds {
		kind := &identity.Kinds[i]
		for _, c := range kind.Claims {
			if name, _ := claimValues(c, kind); !slices.Contains(names[c.Name], name) {
				names[c.Name] = append(names[c.Name], name)
			}
			if properties[c.Name] == nil {
				properties[c.Name] = schema{"description": claimAbout(c)}
			}
		}
	}
	for claim := range names {
		var forms []any
		for _, name := range names[claim] {
			forms = append(forms, ref(name))
		}
		properties[claim].(schema)["anyOf"] = forms
	}
	return properties
}
