package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encode returns r as JSON in printable ASCII: a record that somebody looks at
// with cat acts on no terminal, and has one line for every reader.
func encode(r Record) ([]byte, error) {
	claims, err := encodeClaims(r.Claims)
	if err != nil {
		return nil, err
	}
	r.Claims = nil
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if claims != nil { // as the last member: there is always one before it
		line = append(append(line[:len(line)-1], `,"claims":`...), append(claims, '}')...)
	}
	return ascii(line), nil
}

// encodeClaims is what json.Marshal would do, without its reflection: claims are
// most of a record, and nearly all are plain texts.
func encodeClaims(claims map[string]any) ([]byte, error) {
	if len(claims) == 0 {
		return nil, nil
	}
	text := make([]byte, 0, 2048)
	before := byte('{')
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		text = append(appendText(append(text, before), name), ':')
		if value, ok := claims[name].(string); ok {
			text = appendText(text, value)
		} else {
			value, err := json.Marshal(claims[name])
			if err != nil {
				return nil, err
			}
			text = append(text, value...)
		}
		before = ','
	}
	return append(text, '}'), nil
}

func appendText(to []byte, text string) []byte {
	if !strings.ContainsFunc(text, needsEscape) {
		return append(append(append(to, '"'), text...), '"')
	}
	escaped, _ := json.Marshal(text) // never fails for a string
	return append(to, escaped...)
}

func needsEscape(r rune) bool {
	return r < ' ' || r > '~' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&'
}

// ascii escapes all that is not printable ASCII; in JSON it stands in strings
// alone.
func ascii(line []byte) []byte {
	if !slices.ContainsFunc(line, func(c byte) bool { return c > '~' }) {
		return line
	}
	var escaped []byte
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		if r <= '~' {
			escaped = append(escaped, line[0])
		} else if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			escaped = fmt.Appendf(escaped, `\u%04x\u%04x`, high, low)
		} else {
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		}
		line = line[size:]
	}
	return escaped
}
