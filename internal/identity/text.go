package identity

import (
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

var errString = errors.New("not a string")

// str reads the string ahead. Most have no escape and are a part of the text.
func (s *scanner) str() (string, error) {
	s.at++
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return "", errString
		}
		s.at++
	}
	return "", errString
}

// escaped goes on where a string that began at start has its first escape.
func (s *scanner) escaped(start int) (string, error) {
	text := []byte(s.text[start:s.at])
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return string(text), nil
		case c < ' ':
			return "", errString
		case c != '\\':
			text = append(text, c)
		default:
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
		}
	}
	return "", errString
}

// escape reads what stands behind a backslash.
func (s *scanner) escape() (rune, error) {
	c := s.peek()
	s.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return s.codePoint()
	default:
		return 0, errString
	}
}

// codePoint reads the digits of a \u escape, and the second escape of a pair.
func (s *scanner) codePoint() (rune, error) {
	r, err := s.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if !s.skip('\\') || !s.skip('u') {
		return 0, errString
	}
	low, err := s.hex()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, errString
	}
	return r, nil
}

func (s *scanner) hex() (rune, error) {
	if len(s.text)-s.at < 4 {
		return 0, errString
	}
	n, err := strconv.ParseUint(s.text[s.at:s.at+4], 16, 16)
	if err != nil {
		return 0, errString
	}
	s.at += 4
	return rune(n), nil
}

// show quotes foreign text for a message: one line, and not the whole of it
// where it is long.
func show(text string) string {
	const most = 80
	if len(text) <= most {
		return strconv.QuoteToASCII(text)
	}
	return strconv.QuoteToASCII(text[:most]) + "…"
}
