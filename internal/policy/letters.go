package policy

import (
	"slices"
	"unicode"
)

// expect sets m.letters to those that patterns tell apart at a node.
func (m *machine) expect(i int32) {
	m.letters = m.letters[:0]
	n := m.nodes[i]
	positions := m.cells[n.off : n.off+n.size]
	for _, p := range positions[:len(m.fits)] {
		switch t := m.tokens[p]; {
		case t.letter == theEnd:
			return
		case t.letter > theEnd: // no other letter will do
			m.want(t)
			return
		}
	}
	for _, p := range positions {
		if m.tokens[p].letter < theEnd {
			p++
		}
		if t := m.tokens[p]; t.letter > theEnd {
			m.want(t)
		}
	}
	m.letters = append(m.letters, '/', m.other())
	slices.Sort(m.letters)
	m.letters = slices.Compact(m.letters)
}

// want adds the letters that a token reads. Those of another case make a
// difference only where a pattern looks at the case.
func (m *machine) want(t token) {
	m.letters = append(m.letters, t.letter)
	if !t.fold || !m.mixed {
		return
	}
	for _, r := range spellings(t.letter) {
		m.letters = append(m.letters, r)
	}
}

// spellings returns the other letters that strings.ToLower turns into one.
func spellings(lower rune) []rune {
	var all []rune
	for r := unicode.SimpleFold(lower); r != lower; r = unicode.SimpleFold(r) {
		if unicode.ToLower(r) == lower {
			all = append(all, r)
		}
	}
	if lower == 'i' {
		all = append(all, 'İ') // the one that SimpleFold does not know
	}
	return all
}

// readable are letters to write where any will do.
const readable = "xyzabcdefghijklmnopqrstuvw0123456789-_"

// other returns a letter that none of m.letters is, nor of another case.
func (m *machine) other() rune {
	taken := func(r rune) bool {
		return r == '/' || slices.ContainsFunc(m.letters, func(l rune) bool { return l == r || l == unicode.ToLower(r) })
	}
	for _, r := range m.readable + readable {
		if !taken(r) {
			return r
		}
	}
	r := '一'
	for taken(r) {
		r++
	}
	return r
}

// segment is how far a text is in the part between two slashes, for texts that
// could name a ref by git-check-ref-format(1): no part is empty, begins with a
// dot or has two dots in a row.
type segment int

const (
	atStart segment = iota
	inside
	afterDot
)

func (s segment) after(letter rune) (segment, bool) {
	switch {
	case letter == '/':
		return atStart, s == inside
	case letter == '.':
		return afterDot, s == inside
	case letter <= ' ', letter == 0x7f, letter == '~', letter == '^', letter == ':', letter == '?', letter == '[', letter == '\\':
		return inside, false
	}
	return inside, true
}

func (s segment) ends() bool { return s == inside }
