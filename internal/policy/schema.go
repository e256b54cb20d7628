package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/identity"
)

// A schema helps editors to complete and to explain. It refuses nothing that
// Load accepts; what it cannot see, such as which issuer a grant names, it leaves
// to Load.
type schema = map[string]any

// FileSchema returns the JSON Schema (draft-07) of a policy's main file.
func FileSchema() map[string]any {
	return document("autoken.policy.yaml", "Which jobs may get which credential. Every key that is not listed is refused; autoken policy lint says more.",
		[]string{"version"}, schema{
			"include":     about("Files of teams: paths below this folder, with * as the only wildcard.", list(schema{"type": "string"})),
			"issuers":     about("Whose ID tokens are accepted, by a name for each.", named(ref("issuer"))),
			"connections": about("The broker's connections: the name of each and its platform.", named(schema{"enum": credential.PlatformNames()})),
			"limits":      limitsSchema(),
			"teams":       about("Parts of the organization that keep their grants in files of their own.", named(ref("team"))),
		}, definitions())
}

// TeamSchema returns the JSON Schema (draft-07) of the file of one team.
func TeamSchema() map[string]any {
	parts := definitions()
	delete(parts, "issuer")
	delete(parts, "team")
	return document("a team's file of a policy", "The grants of one team. They lie within what the main file says that the team may.",
		[]string{"version", "team"}, schema{"team": about("The team's name in the main file.", name())}, parts)
}

// document makes the schema of a file out of what it has beside the keys that
// all files of a policy have.
func document(title, description string, required []string, own, parts schema) schema {
	keys := schema{
		"version": about("The version of the language.", schema{"const": 1}),
		"grants":  about("Which jobs may get which credential; a job asks for a grant by its id.", list(ref("grant"))),
		"tests":   about("Jobs, and whether they are allowed; autoken policy test runs them.", list(ref("test"))),
		"ignore":  about("Findings that somebody decided to live with.", list(ref("ignore"))),
	}
	maps.Copy(keys, own)
	top := object(required, keys)
	top["$schema"], top["title"], top["description"] = "http://json-schema.org/draft-07/schema#", title, description
	top["definitions"] = parts
	return top
}

func definitions() schema {
	parts := schema{"grant": grantSchema(), "test": testSchema(), "ignore": ignoreSchema(), "issuer": issuerSchema(), "team": teamSchema()}
	maps.Copy(parts, valueSchemas())
	maps.Copy(parts, conditionSchemas())
	for i := range identity.Kinds {
		parts["claims-"+identity.Kinds[i].Name] = claimsSchema(&identity.Kinds[i])
	}
	for _, p := range credential.Platforms {
		parts["credential-"+p.Name] = credentialSchema(p)
	}
	return parts
}

func issuerSchema() schema {
	var kinds []any
	for _, name := range identity.KindNames() {
		then := schema{"require": about("What every grant of this issuer demands as well.", schema{"allOf": []any{ref("claims-" + name)}})}
		kinds = append(kinds, schema{
			"if":   schema{"properties": schema{"kind": about("The kind.", schema{"const": name})}, "required": []string{"kind"}},
			"then": schema{"properties": then},
		})
	}
	s := object([]string{"kind", "url", "audience"}, schema{
		"kind":          about("The sort of issuer, which says what claims its tokens have.", schema{"enum": identity.KindNames()}),
		"url":           about("The iss of its tokens, exactly: "+urlShapes()+".", schema{"type": "string", "pattern": `^https?://[^*%\\#?]*[^/*%\\#?]$`}),
		"audience":      about("The aud of its tokens: the broker's URL.", schema{"type": "string", "pattern": "^[^*]+$", "maxLength": maxValue}),
		"max_token_age": about("How old a token may be, for example 10m.", duration()),
		"require":       about("What every grant of this issuer demands as well.", schema{"type": "object"}),
		"single_use":    about("Whether a token counts once for each grant, or once at all.", schema{"enum": []string{"token", "job"}}),
		"jwks_url":      about("Where its keys are, if its discovery document does not say it.", schema{"type": "string", "pattern": "^https?://"}),
		"algorithms":    about("How its tokens are signed; for kind oidc alone.", schema{"type": "array", "minItems": 1, "items": schema{"enum": identity.SignatureAlgorithms()}}),
	})
	s["allOf"] = kinds
	return s
}

func urlShapes() string {
	var shapes []string
	for i := range identity.Kinds {
		shapes = append(shapes, identity.Kinds[i].Name+": "+identity.Kinds[i].URLShape)
	}
	return strings.Join(shapes, "; ")
}

func limitsSchema() schema {
	ttl := schema{
		"max":     about("The longest that any credential lives.", duration()),
		"default": about("How long one lives whose grant does not say it.", duration()),
	}
	for _, p := range credential.Platforms {
		ttl[p.Name] = about("The longest that a credential of "+p.Name+" lives; at most "+short(p.MaxTTL)+".", duration())
	}
	return about("What no grant may exceed.", object(nil, schema{"ttl": about("How long credentials may live.", object(nil, ttl))}))
}

func grantSchema() schema {
	var platforms []any
	for _, name := range credential.PlatformNames() {
		platforms = append(platforms, ref("credential-"+name))
	}
	return object([]string{"id", "issuer", "match", "credential"}, schema{
		"id":          about("What a job asks for; in a team's file with the team's name before it, TEAM/ID.", name()),
		"issuer":      about("The name of an issuer of the main file.", name()),
		"match":       about("What a job's claims must be. All of it must hold; a claim that is missing never does.", jobSchema()),
		"unless":      about("Jobs that are denied all the same: any block that holds denies.", schema{"type": "array", "minItems": 1, "items": jobSchema()}),
		"credential":  about("What the job gets.", schema{"anyOf": platforms}),
		"owner":       about("Whom to ask; the team's owner if left out.", text()),
		"description": about("What it is for.", text()),
		"labels":      about("Words for lists and reports.", list(text())),
		"expires":     about("The last day on which it counts, in UTC.", day()),
		"mode":        about("observe: it decides and records, and gives nothing.", schema{"const": string(Observe)}),
		"lambda":      about("Whether the protocol of Autoken on AWS may use it.", schema{"type": "boolean"}),
	})
}

// jobSchema is the claims of any kind of issuer: which one it is stands
// elsewhere. A kind with no claims of its own is covered by the one before it.
func jobSchema() schema {
	var kinds []any
	var seen []string
	for i := range identity.Kinds {
		names := identity.Kinds[i].ClaimNames()
		if slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(seen, name) }) {
			kinds = append(kinds, ref("claims-"+identity.Kinds[i].Name))
			seen = names
		}
	}
	return schema{"anyOf": kinds}
}

func testSchema() schema {
	value := schema{"anyOf": []any{schema{"type": []string{"string", "boolean"}}, schema{"type": "integer", "minimum": 0}, list(text())}}
	return object([]string{"name", "from", "request", "expect"}, schema{
		"name":    about("A sentence of its own for each test.", text()),
		"from":    about("The typical job that it starts from; autoken policy claims --fixture shows them.", schema{"anyOf": []any{schema{"enum": identity.FixtureNames()}, text()}}),
		"set":     about("Claims to replace.", schema{"type": "object", "additionalProperties": value}),
		"unset":   about("Claims to leave out.", list(text())),
		"request": about("What the job asks for.", object([]string{"grant"}, schema{"grant": about("The grant's id, with its team.", text())})),
		"expect":  about("What shall come out.", schema{"enum": []string{"allow", "deny"}}),
		"why":     about("The condition that shall fail: match.CLAIM, require.CLAIM, unless[N], event, expires or issuer.", text()),
	})
}

func ignoreSchema() schema {
	return object([]string{"rule", "reason"}, schema{
		"rule":   about("The id of the rule.", text()),
		"grant":  about("The grant whose finding it is.", text()),
		"reason": about("Why that is acceptable.", schema{"type": "string", "pattern": `\S`, "maxLength": maxValue}),
		"until":  about("The last day on which this counts.", day()),
	})
}

func teamSchema() schema {
	keys := boundaryClaims()
	for _, field := range credentialFields() {
		keys[field] = about("What this field of a credential may be: values, a glob, or permissions with the highest level of each.", fieldBounds(field))
	}
	names := schema{"anyOf": []any{name(), list(name())}}
	keys["issuer"] = about("The issuers whose jobs its grants may be for.", names)
	keys["connections"] = about("The connections that its grants may use.", names)
	keys["ttl"] = about("The longest that its credentials may live.", duration())
	keys["lambda"] = about("Whether its grants may be open to the protocol of Autoken on AWS.", schema{"type": "boolean"})
	may := object([]string{"issuer", "connections"}, keys)
	may["patternProperties"] = families(identity.Kinds)
	return object([]string{"may"}, schema{
		"owner": about("Whom to ask about its grants.", text()),
		"may":   about("What its grants must lie within. What is not named is not allowed.", may),
	})
}

func fieldBounds(field string) schema {
	value := schema{"type": "string", "pattern": "^[^*]+$", "maxLength": maxValue}
	if isID(field) {
		value = ref("id")
	}
	levels := schema{"type": "object", "additionalProperties": schema{"enum": sortedSet(allLevels())}}
	return schema{"anyOf": []any{value, list(schema{"anyOf": []any{value, levels}}), ref("glob"), levels}}
}

func sortedSet(words []string) []string { return slices.Compact(slices.Sorted(slices.Values(words))) }

func credentialSchema(p credential.Platform) schema {
	required := []string{"connection"}
	keys := schema{
		"connection": about("A connection to "+p.Name+".", name()),
		"ttl":        about("How long it lives, at most "+short(p.MaxTTL)+".", duration()),
	}
	for _, f := range p.Fields {
		keys[f.Name] = about(fieldAbout(f), fieldSchema(f))
		if f.Required {
			required = append(required, f.Name)
		}
	}
	s := object(required, keys)
	s["title"] = "a credential of " + p.Name
	return s
}

func fieldAbout(f credential.Field) string {
	switch {
	case f.Template && f.Prefix:
		return "May have claims in braces behind a literal prefix: ci-{repository_name}."
	case f.Template:
		return "May have claims in braces: {repository_owner}_{repository_name}."
	case f.Levels != nil:
		return "Each permission, and its level."
	}
	return "One or more, none of them twice."
}

func fieldSchema(f credential.Field) schema {
	item := schema{"type": "string", "minLength": 1, "maxLength": maxValue}
	switch {
	case f.Kind == credential.Map:
		return schema{
			"type": "object", "minProperties": 1, "propertyNames": schema{"enum": f.Values},
			"additionalProperties": schema{"enum": f.Levels},
		}
	case f.Values != nil:
		item = schema{"enum": f.Values}
	case isID(f.Name):
		item = ref("id")
	}
	if f.Kind == credential.Text {
		return item
	}
	return schema{"type": "array", "minItems": 1, "uniqueItems": true, "items": item}
}

// about adds what an editor shows. It copies, so that parts can be shared.
func about(description string, s schema) schema {
	s = maps.Clone(s)
	s["description"] = description
	return s
}

func object(required []string, properties schema) schema {
	s := schema{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func named(value schema) schema {
	return schema{"type": "object", "propertyNames": name(), "additionalProperties": value}
}

func list(item schema) schema { return schema{"type": "array", "items": item} }

func ref(name string) schema { return schema{"$ref": "#/definitions/" + name} }

func text() schema { return schema{"type": "string", "maxLength": maxValue} }

func name() schema {
	return schema{"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$", "maxLength": maxValue}
}

func day() schema { return schema{"type": "string", "pattern": "^[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"} }

func duration() schema {
	return schema{"type": "string", "pattern": `^\+?([0-9]*\.?[0-9]*(ns|us|µs|μs|ms|s|m|h))+$`}
}
