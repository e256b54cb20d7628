package policy

import (
	_ "embed"
	"encoding/json"
	"path"
	"slices"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/identity"
)

// A schema helps editors to complete and to explain. It refuses nothing that
// Load accepts; what it cannot see, such as which issuer a grant names, it leaves
// to Load. The file has what does not depend on vocabularies and platforms.
type schema = map[string]any

//go:embed schema.json
var schemaText []byte

// FileSchema returns the JSON Schema (draft-07) of a policy's main file.
func FileSchema() map[string]any { return schemaOf("policy") }

// TeamSchema returns the JSON Schema (draft-07) of the file of one team.
func TeamSchema() map[string]any { return schemaOf("team") }

// TestsSchema returns the JSON Schema (draft-07) of the tests beside a file.
func TestsSchema() map[string]any { return schemaOf("tests") }

func schemaOf(file string) schema {
	all := readSchemas()
	top, used := all[file].(schema), schema{}
	collect(top, all["definitions"].(schema), used)
	top["definitions"] = used
	return top
}

// collect adds the parts that node refers to, and what those refer to.
func collect(node any, parts, used schema) {
	switch n := node.(type) {
	case []any:
		for _, item := range n {
			collect(item, parts, used)
		}
	case schema:
		if to, ok := n["$ref"].(string); ok {
			name := path.Base(to)
			if used[name] == nil {
				used[name] = parts[name]
				collect(parts[name], parts, used)
			}
			return
		}
		for _, item := range n {
			collect(item, parts, used)
		}
	}
}

// readSchemas adds what is known about issuers and platforms to the file.
func readSchemas() schema {
	var all schema
	if err := json.Unmarshal(schemaText, &all); err != nil {
		panic(err) // it is part of this program
	}
	parts := all["definitions"].(schema)
	parts["kind"] = schema{"enum": identity.KindNames()}
	parts["platform"] = schema{"enum": credential.PlatformNames()}
	parts["algorithm"] = schema{"enum": identity.SignatureAlgorithms()}
	parts["fixture"] = schema{"enum": identity.FixtureNames()}
	addClaims(parts)
	addPlatforms(parts)
	addFields(parts["boundary"].(schema)["properties"].(schema))
	return all
}

// addPlatforms adds the credential of each platform, and its limit.
func addPlatforms(parts schema) {
	limits := parts["ttl-limits"].(schema)["properties"].(schema)
	var credentials []any
	for _, p := range credential.Platforms {
		limits[p.Name] = about("The longest that a credential of "+p.Name+" lives; at most "+short(p.MaxTTL)+".", ref("duration"))
		parts["credential-"+p.Name] = credentialSchema(p)
		credentials = append(credentials, ref("credential-"+p.Name))
	}
	parts["credential"] = schema{"anyOf": credentials}
}

func credentialSchema(p credential.Platform) schema {
	required := []string{"connection"}
	keys := schema{
		"connection": about("A connection to "+p.Name+".", ref("name")),
		"ttl":        about("How long it lives, at most "+short(p.MaxTTL)+".", ref("duration")),
	}
	for _, f := range p.Fields {
		keys[f.Name] = about(fieldAbout(f), fieldSchema(f))
		if f.Required {
			required = append(required, f.Name)
		}
	}
	return schema{
		"title": "a credential of " + p.Name, "type": "object", "required": required,
		"additionalProperties": false, "properties": keys,
	}
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
	item := ref("pattern")
	switch {
	case f.Kind == credential.Map:
		return schema{
			"type": "object", "minProperties": 1, "propertyNames": schema{"enum": f.Values},
			"additionalProperties": schema{"enum": f.Levels},
		}
	case f.Values != nil:
		item = schema{"enum": f.Values}
	case isID(f.Name):
		item = ref("is-id")
	}
	if f.Kind == credential.Text {
		return item
	}
	return schema{"type": "array", "minItems": 1, "uniqueItems": true, "items": item}
}

// addFields adds what a boundary may say about a credential's fields: texts, a
// list of them or of permissions, permissions, or a glob.
func addFields(keys schema) {
	levels := schema{"type": "object", "additionalProperties": schema{"enum": sortedSet(allLevels())}}
	for _, name := range credentialFields() {
		value := ref("is-text")
		if isID(name) {
			value = ref("is-id")
		}
		list := schema{"type": "array", "items": schema{"anyOf": []any{value, levels}}}
		keys[name] = about("What a credential may say here: values, a glob, or permissions with the highest level of each.",
			schema{"anyOf": []any{value, list, globSchema("like-text"), levels}})
	}
}

func sortedSet(words []string) []string { return slices.Compact(slices.Sorted(slices.Values(words))) }

func ref(name string) schema { return schema{"$ref": "#/definitions/" + name} }

// about adds what an editor shows to a schema. Beside a $ref it would be
// overlooked.
func about(description string, s schema) schema {
	if s["$ref"] != nil {
		s = schema{"allOf": []any{s}}
	}
	s["description"] = description
	return s
}
