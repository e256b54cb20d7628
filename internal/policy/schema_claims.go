package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

// addClaims adds the claims of each kind of issuer, what an issuer may require,
// what a job may be, and what a boundary may say about claims.
func addClaims(parts schema) {
	var jobs, required []any
	var seen []string
	may := parts["boundary"].(schema)
	for _, kind := range identity.Kinds {
		claims := claimsSchema(kind, parts)
		parts["claims-"+kind.Name] = claims
		required = append(required, requireSchema(kind.Name))
		bound(may, claims)
		// A kind without a claim of its own is covered by the one before it.
		names := kind.ClaimNames()
		if slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(seen, name) }) {
			jobs = append(jobs, ref("claims-"+kind.Name))
			seen = names
		}
	}
	parts["job"] = schema{"anyOf": jobs}
	parts["require"] = schema{"allOf": required}
}

// requireSchema says that an issuer of a kind requires claims of that kind.
func requireSchema(kind string) schema {
	return schema{
		"if":   schema{"required": []string{"kind"}, "properties": schema{"kind": about("The kind.", schema{"const": kind})}},
		"then": schema{"properties": schema{"require": ref("claims-" + kind)}},
	}
}

// bound lets a boundary speak of these claims too. Which issuers a team may use
// stands beside them, so a claim may be what it is for any kind.
func bound(may, claims schema) {
	keys := may["properties"].(schema)
	for name, claim := range claims["properties"].(schema) {
		form := claim.(schema)["allOf"].([]any)[0]
		earlier, ok := keys[name].(schema)
		if !ok {
			earlier = schema{"description": claim.(schema)["description"], "anyOf": []any{}}
		}
		known := func(f any) bool { return f.(schema)["$ref"] == form.(schema)["$ref"] }
		if forms := earlier["anyOf"].([]any); !slices.ContainsFunc(forms, known) {
			earlier["anyOf"] = append(forms, form)
		}
		keys[name] = earlier
	}
	if families, ok := claims["patternProperties"]; ok {
		may["patternProperties"] = families
	}
}

// claimsSchema is conditions on the claims of one kind of issuer.
func claimsSchema(kind *identity.Kind, parts schema) schema {
	properties, families := schema{}, schema{}
	for _, c := range kind.Claims {
		properties[c.Name] = about(claimAbout(c), conditionSchema(c, kind, parts))
	}
	for _, c := range kind.Families {
		families["^"+c.Name+"."] = about(claimAbout(c), conditionSchema(c, kind, parts))
	}
	s := schema{
		"title": "claims of " + kind.Title, "type": "object", "minProperties": 1,
		"additionalProperties": false, "properties": properties,
	}
	if len(families) > 0 {
		s["patternProperties"] = families
	}
	return s
}

// conditionSchema refers to the forms that a condition on a claim can have, and adds
// them to parts.
func conditionSchema(c identity.Claim, kind *identity.Kind, parts schema) schema {
	is, like := valueNames(c, kind)
	name, value := "condition-"+is, ref(is)
	if c.Presence.Sometimes && c.Type != identity.Bool && c.Type != identity.Number {
		name, value = name+"-or-nothing", schema{"anyOf": []any{value, schema{"const": ""}}}
	}
	forms := []any{value, schema{"type": "array", "minItems": 1, "maxItems": maxValues, "items": value}}
	if c.Globs != identity.NoGlobs {
		name, forms = name+"-"+like, append(forms, globSchema(like))
	}
	if c.Name == kind.Event {
		name += "-listed"
	} else {
		forms = append(forms, ref("empty"))
	}
	parts[name] = schema{"anyOf": forms}
	return ref(name)
}

// globSchema is {glob: …} with one pattern or several.
func globSchema(like string) schema {
	several := schema{"type": "array", "minItems": 1, "maxItems": maxValues, "items": ref(like)}
	glob := about("A pattern, or several: * stops at a slash, ** does not.", schema{"anyOf": []any{ref(like), several}})
	return schema{"type": "object", "required": []string{"glob"}, "additionalProperties": false, "properties": schema{"glob": glob}}
}

// claimAbout says what people need to know before they rely on a claim.
func claimAbout(c identity.Claim) string {
	text := strings.ToUpper(c.About[:1]) + c.About[1:] + ". Who controls it: " + string(c.Control) + "."
	if c.Presence.Sometimes {
		text += " Not in every token: " + c.Presence.Note + "."
	} else {
		text += " In every token."
	}
	if c.Folded {
		text += " The platform does not tell upper from lower case."
	}
	return text
}

// valueNames says which of the schema's definitions a claim's exact values and
// its globs are.
func valueNames(c identity.Claim, kind *identity.Kind) (is, like string) {
	switch {
	case c.Type == identity.Bool:
		return "is-bool", ""
	case c.Type == identity.Number:
		return "is-number", ""
	case isID(c.Name):
		return "is-id", ""
	case c.Name == "sub" && kind.Repository == "repository":
		return "is-subject", ""
	case c.Ref == identity.FullRef:
		return "is-ref", "like-ref"
	case c.Ref == identity.ShortRef:
		return "is-short-ref", "like-short-ref"
	case c.Guard == identity.GuardCallee:
		return "is-callee", "like-callee"
	case c.Globs == identity.GlobsAfterOwner:
		return "is-text", "like-name"
	}
	return "is-text", "like-text"
}

// isID reports whether values under this name may be written as numbers.
func isID(name string) bool { return strings.HasSuffix(strings.TrimSuffix(name, "s"), "_id") }
