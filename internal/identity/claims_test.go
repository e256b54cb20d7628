package identity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/identity"
)

// P19: the types stay as they were sent, and numbers keep every digit.
func TestP19ClaimsKeepTheirTypes(t *testing.T) {
	got, err := identity.DecodeClaims([]byte(` {
		"text": "a\u0062\"\\\/\b\f\n\r\t\ud83d\ude00é", "empty": "", "yes": true, "no": false, "absent": null,
		"number": 12345678901234567890, "float": -0.5e+10, "list": ["x", 1, [], {"y": true}], "deep": {"a": {"b": "c"}, "n": null}
	} `))
	want := identity.Claims{
		"text": "ab\"\\/\b\f\n\r\t😀é", "empty": "", "yes": true, "no": false,
		"number": json.Number("12345678901234567890"), "float": json.Number("-0.5e+10"),
		"list": []any{"x", json.Number("1"), []any{}, map[string]any{"y": true}},
		"deep": map[string]any{"a": map[string]any{"b": "c"}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, claims (-want +got):\n%s", err, diff)
	}
}

func TestTextReadsStringsOfThatExactName(t *testing.T) {
	claims := identity.Claims{"ref": "refs/heads/main", "Actor": "x", "number": json.Number("1"), "list": []any{"x"}}
	for name, want := range map[string]bool{"ref": true, "REF": false, "actor": false, "number": false, "list": false, "": false} {
		if _, ok := claims.Text(name); ok != want {
			t.Errorf("Text(%q) found: %t, want %t", name, ok, want)
		}
	}
}

// S14, T5: what two readers could read differently is refused, as is what
// costs a reader much.
func TestS14AmbiguousClaimsAreRefused(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	if _, err := identity.DecodeClaims([]byte(nested(8))); err != nil {
		t.Errorf("depth 8: %v", err)
	}
	if _, err := identity.DecodeClaims([]byte(`{"a":1,"A":2}`)); err != nil {
		t.Errorf("names that differ by case: %v", err)
	}
	for payload, reason := range map[string]string{
		``:                              "not an object",
		`null`:                          "not an object",
		`"text"`:                        "not an object",
		`[{"a":1}]`:                     "not an object",
		"\ufeff{}":                      "not an object",
		nested(9):                       "nested deeper than 8",
		`{"a":[[[[[[[[1]]]]]]]]}`:       "nested deeper than 8",
		strings.Repeat(`{"a":`, 5000):   "nested deeper than 8",
		`{"a":1,"a":1}`:                 `the name "a" occurs twice`,
		`{"a":1,"\u0061":2}`:            `the name "a" occurs twice`,
		`{"a":null,"a":2}`:              `the name "a" occurs twice`,
		`{"x":{"a":1,"b":2,"a":3}}`:     `the name "a" occurs twice`,
		`{"x":[{"a":1,"a":3}]}`:         `the name "a" occurs twice`,
		`{"a":1}{"a":2}`:                "something follows",
		`{"a":1} x`:                     "something follows",
		`{"a":[null]}`:                  "null in a list",
		"{\"a\":\"\xff\"}":              "not valid UTF-8",
		"{\"a\":\"\xed\xa0\x80\"}":      "not valid UTF-8",
		`{"a":"\ud800"}`:                "not a string",
		`{"a":"\ud800\u0041"}`:          "not a string",
		`{"a":"\udc00\ud800"}`:          "not a string",
		`{"a":"\ud800\`:                 "not a string",
		`{"a":"\u00g0"}`:                "not a string",
		`{"a":"\u+123"}`:                "not a string",
		`{"a":"\x41"}`:                  "not a string",
		"{\"a\":\"\n\"}":                "not a string",
		"{\"a\":\"\\n\n\"}":             "not a string",
		`{"a":"`:                        "not a string",
		`{"a":"\`:                       "not a string",
		`{"a":01}`:                      "no comma",
		`{"a":+1}`:                      "not a value",
		`{"a":1.}`:                      "not a value",
		`{"a":.5}`:                      "not a value",
		`{"a":1e}`:                      "not a value",
		`{"a":-}`:                       "not a value",
		`{"a":NaN}`:                     "not a value",
		`{"a":tru}`:                     "not a value",
		`{"a":}`:                        "not a value",
		`{"a":1,}`:                      "not a name",
		`{a:1}`:                         "not a name",
		`{"a" 1}`:                       "no colon",
		`{"a":1 "b":2}`:                 "no comma",
		`{"a":1`:                        "no comma",
		`{"a":[1,]}`:                    "not a value",
		"{\"a\":\u00a01}":               "not a value",
		`{"` + strings.Repeat("a", 500): "not a string",
	} {
		_, err := identity.DecodeClaims([]byte(payload))
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.40q: error %v, want %q", payload, err, reason)
		}
	}
}

// FuzzDecodeClaims compares with encoding/json: what we accept it reads alike,
// and what it accepts we refuse only for one of our reasons.
func FuzzDecodeClaims(f *testing.F) {
	f.Add(githubPayload)
	f.Add(` { "a" : [ 1 , -2.50e+3 , "\ud83d\ude00\u0000" , { } , [ ] ] , "n" : null , "\u0061b" : true } `)
	f.Add(`{"a":1,"a":2}`)
	f.Add(`{"a":"\ud800"}`)
	f.Add(`{"a":[null],"b":{"c":null}}`)
	f.Add("{\"a\":\"\xff\"}")
	f.Add(`{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}`)
	f.Fuzz(func(t *testing.T, payload string) {
		got, err := identity.DecodeClaims([]byte(payload))
		want, stdErr := decodeAsStandard(payload)
		switch {
		case err == nil && stdErr != nil:
			t.Fatalf("accepted, encoding/json: %v", stdErr)
		case err == nil:
			if diff := cmp.Diff(identity.Claims(want), got); diff != "" {
				t.Fatalf("read otherwise than by encoding/json (-json +ours):\n%s", diff)
			}
		case stdErr == nil && !strict(payload):
			t.Fatalf("refused without a reason of ours: %v", err)
		}
	})
}

// decodeAsStandard reads an object by encoding/json, null members left out.
func decodeAsStandard(payload string) (map[string]any, error) {
	decoder := json.NewDecoder(strings.NewReader(payload))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || object == nil {
		return nil, errors.New("not one object")
	}
	dropNulls(object)
	return object, nil
}

func dropNulls(value any) {
	switch value := value.(type) {
	case map[string]any:
		maps.DeleteFunc(value, func(_ string, member any) bool { return member == nil })
		for _, member := range value {
			dropNulls(member)
		}
	case []any:
		for _, member := range value {
			dropNulls(member)
		}
	}
}

// strict reports whether one of the rules beyond JSON's refuses payload, found
// in another way than DecodeClaims does.
func strict(payload string) bool {
	if !utf8.ValidString(payload) {
		return true
	}
	// encoding/json puts U+FFFD where half a surrogate pair was.
	var compact bytes.Buffer
	_ = json.Compact(&compact, []byte(payload))
	var whole any
	_ = json.Unmarshal([]byte(payload), &whole)
	decoded, _ := json.Marshal(whole)
	lone := strings.ContainsRune(string(decoded), utf8.RuneError) && strings.Contains(strings.ToLower(payload), `\ud`)
	return lone || twiceOrDeep(json.NewDecoder(&compact))
}

// twiceOrDeep walks the tokens of a valid text.
func twiceOrDeep(decoder *json.Decoder) bool {
	type level struct {
		list  bool
		names []string
		value bool // what comes is the value of a member
	}
	var levels []level
	for {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		if end, ok := token.(json.Delim); ok && (end == '}' || end == ']') {
			levels = levels[:len(levels)-1]
			continue
		}
		if len(levels) > 0 {
			top := &levels[len(levels)-1]
			name, _ := token.(string)
			switch {
			case top.list && token == nil, !top.list && !top.value && slices.Contains(top.names, name):
				return true
			case !top.list && !top.value:
				top.names = append(top.names, name)
			}
			top.value = !top.value
		}
		if begin, ok := token.(json.Delim); ok {
			levels = append(levels, level{list: begin == '['})
		}
		if len(levels) > 8 {
			return true
		}
	}
}
