package policy

import "slices"

// node is where the patterns can be after some text.
type node struct {
	parent    int
	letter    rune // read last
	off, size int
	older     int // the one before it with the same hash, from 1
	seg       segment
}

// add adds the node that is at m.at, unless one is known from which all texts
// that end from here end as well: at the same places of fits, and at no others of
// misfits. It returns -1 then.
func (m *machine) add(parent int, letter rune, seg segment, misfits []int) int {
	hash := int(seg)
	for _, p := range m.at {
		hash = hash*1_000_003 + p
	}
	for i := m.heads[hash]; i > 0; i = m.nodes[i-1].older {
		n := m.nodes[i-1]
		*m.work--
		if n.seg == seg && slices.Equal(m.cells[n.off:n.off+len(m.at)], m.at) && within(m.misfitsOf(i-1), misfits) {
			return -1
		}
	}
	off := len(m.cells)
	m.cells = append(append(m.cells, m.at...), misfits...)
	m.nodes = append(m.nodes, node{parent, letter, off, len(m.cells) - off, m.heads[hash], seg})
	last := len(m.nodes)
	m.heads[hash] = last
	*m.work -= len(misfits) / 4
	return last - 1
}

// within reports whether all of inner, which is in order as outer is, are in outer.
func within(inner, outer []int) bool {
	if len(inner) > len(outer) {
		return false
	}
	j := 0
	for _, p := range inner {
		for j < len(outer) && outer[j] < p {
			j++
		}
		if j == len(outer) || outer[j] != p {
			return false
		}
	}
	return true
}

func (m *machine) misfitsOf(i int) []int {
	n := m.nodes[i]
	return m.cells[n.off+len(m.fits) : n.off+n.size]
}

// accepts reports whether a text may end here.
func (m *machine) accepts(positions []int) bool {
	for i, p := range positions {
		if m.ends(p) != (i < len(m.fits)) {
			return false
		}
	}
	return true
}

func (m *machine) ends(p int) bool {
	return m.tokens[p].letter == theEnd || m.tokens[p].letter < theEnd && m.tokens[p+1].letter == theEnd
}

// spell returns the text that leads to a node.
func (m *machine) spell(i int) (string, verdict) {
	var letters []rune
	for ; m.nodes[i].parent >= 0; i = m.nodes[i].parent {
		letters = append(letters, m.nodes[i].letter)
	}
	slices.Reverse(letters)
	if text := string(letters); len(text) <= maxClaim {
		return text, found
	}
	return "", unsure // a shorter one may need more letters of fewer bytes
}
