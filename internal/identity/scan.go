package identity

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

const (
	maxDepth   = 8
	usualClaim = 32 // bytes, so that the map of all claims need not grow
)

// scanner reads JSON by the grammar of RFC 8259. encoding/json cannot be asked
// to refuse duplicate names, and its token stream takes longer than the check
// of the signature.
type scanner struct {
	text  string // valid UTF-8
	at    int
	depth int
	nulls bool // members may be null, and are left out
}

func (s *scanner) document() (map[string]any, error) {
	s.space()
	if s.peek() != '{' {
		return nil, errors.New("not an object")
	}
	object, err := s.object(make(map[string]any, min(len(s.text)/usualClaim, 64)))
	if err != nil {
		return nil, err
	}
	s.space()
	if s.at < len(s.text) {
		return nil, errors.New("something follows the object")
	}
	return object, nil
}

// peek returns the next byte, and at the end 0, which begins no token.
func (s *scanner) peek() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

func (s *scanner) skip(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) value() (any, error) {
	switch c := s.peek(); c {
	case '"':
		return s.str()
	case '{':
		return s.object(map[string]any{})
	case '[':
		return s.list()
	case 't':
		return true, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return nil, s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) word(word string) error {
	if len(s.text)-s.at < len(word) || s.text[s.at:s.at+len(word)] != word {
		return errors.New("not a value")
	}
	s.at += len(word)
	return nil
}

func (s *scanner) object(into map[string]any) (map[string]any, error) {
	absent := false
	err := s.each('}', func() error {
		name, value, err := s.member()
		if err != nil {
			return err
		}
		if _, twice := into[name]; twice {
			return fmt.Errorf("the name %s occurs twice", show(name))
		}
		into[name] = value
		absent = absent || value == nil
		return nil
	})
	if absent {
		maps.DeleteFunc(into, func(_ string, value any) bool { return value == nil })
	}
	return into, err
}

func (s *scanner) member() (string, any, error) {
	if s.peek() != '"' {
		return "", nil, errors.New("not a name")
	}
	name, err := s.str()
	if err != nil {
		return "", nil, err
	}
	s.space()
	if !s.skip(':') {
		return "", nil, errors.New("no colon behind a name")
	}
	s.space()
	value, err := s.value()
	if err == nil && value == nil && !s.nulls {
		err = errors.New("null")
	}
	return name, value, err
}

func (s *scanner) list() ([]any, error) {
	list := []any{}
	err := s.each(']', func() error {
		value, err := s.value()
		if err == nil && value == nil {
			err = errors.New("null in a list")
		}
		list = append(list, value)
		return err
	})
	return list, err
}

// each reads what stands between the bracket ahead and its end, and calls item
// before every part of it.
func (s *scanner) each(end byte, item func() error) error {
	if s.depth++; s.depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	s.at++
	s.space()
	if s.skip(end) {
		s.depth--
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		s.space()
		if s.skip(end) {
			s.depth--
			return nil
		}
		if !s.skip(',') {
			return errors.New("no comma between two parts")
		}
		s.space()
	}
}

// number keeps the digits as they stand: a float64 would change large ones.
func (s *scanner) number() (json.Number, error) {
	start := s.at
	s.skip('-')
	ok := s.skip('0') || s.digits()
	if s.skip('.') {
		ok = s.digits() && ok
	}
	if s.skip('e') || s.skip('E') {
		_ = s.skip('+') || s.skip('-')
		ok = s.digits() && ok
	}
	if !ok {
		return "", errors.New("not a value")
	}
	return json.Number(s.text[start:s.at]), nil
}

func (s *scanner) digits() bool {
	start := s.at
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at > start
}
