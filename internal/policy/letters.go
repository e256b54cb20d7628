package policy

import (
	"slices"
	"unicode"
)

// expect sets m.letters to those that patterns tell apart at a node.
func (m *machine) expect(i int) {
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
	m.letter(m.other())
	m.letter('/') // the last that one would choose
}

func (m *machine) letter(r rune) {
	if !slices.Contains(m.letters, r) {
		m.letters = append(m.letters, r)
	}
}

// want adds the letters that a token reads. Those of another case make a
// difference only where a pattern looks at the case.
func (m *machine) want(t token) {
	m.letter(t.letter)
	if !t.fold || !m.mixed {
		return
	}
	for _, r := range spellings(t.letter) {
		m.letter(r)
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
