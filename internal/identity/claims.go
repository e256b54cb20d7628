// Package identity says who a job is: it verifies the ID token that the job's
// CI system issued, and hands out what the token states.
package identity

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Claims is what an ID token states about its job, by exact name: values are
// string, bool, json.Number, []any and map[string]any of these, nothing else.
// Claims that nobody verified are data; only an Identity is proof.
type Claims map[string]any

// Text returns the claim of that name where it is a string.
func (c Claims) Text(name string) (string, bool) {
	text, ok := c[name].(string)
	return text, ok
}

// DecodeClaims reads one JSON object more strictly than encoding/json does, so
// that no two readers can see different claims in the same bytes: a name that
// occurs twice in one object, however it is escaped, is refused, as are nesting
// deeper than 8, text that is not UTF-8, half a surrogate pair and anything
// behind the object. A member that is null counts as absent (GitLab sends such
// claims), null in a list is refused.
func DecodeClaims(payload []byte) (Claims, error) {
	return decode(payload, true)
}

func decode(payload []byte, nulls bool) (Claims, error) {
	if !utf8.Valid(payload) {
		return nil, errors.New("read JSON: not valid UTF-8")
	}
	s := scanner{text: string(payload), nulls: nulls}
	object, err := s.document()
	if err != nil {
		return nil, fmt.Errorf("read JSON: byte %d: %w", s.at, err)
	}
	return object, nil
}
