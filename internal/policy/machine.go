package policy

import (
	"slices"
	"unicode"
)

// machine is one run of the patterns, laid out one behind the other.
type machine struct {
	tokens   []token
	fits     [][]int // where the alternatives of each begin
	misfits  []int
	mixed    bool // some patterns are folded and some are not
	folded   bool
	exact    bool
	tidy     bool
	readable string

	nodes []node
	cells []int       // of all nodes: a position for each of fits, then those of misfits
	heads map[int]int // the last node by the hash of its first positions, from 1
	work  *int

	at, next []int // what step works on
	letters  []rune
}

func (m *machine) run(empty bool) (string, verdict) {
	if slices.ContainsFunc(m.fits, func(starts []int) bool { return len(starts) == 0 }) {
		return "", none
	}
	m.at = make([]int, len(m.fits))
	m.begin(0)
	if empty && slices.ContainsFunc(m.nodes, func(n node) bool { return m.accepts(m.cells[n.off : n.off+n.size]) }) {
		return "", found
	}
	for next := 0; next < len(m.nodes); {
		if *m.work <= 0 {
			return "", unsure
		}
		if last := m.step(next); last >= 0 {
			return m.spell(last)
		}
		next++
	}
	return "", none
}

// begin adds a node for each choice of alternatives.
func (m *machine) begin(i int) {
	if i == len(m.fits) {
		m.add(-1, 0, 0, m.misfits)
		return
	}
	for _, start := range m.fits[i] {
		m.at[i] = start
		if m.begin(i + 1); *m.work <= 0 {
			return
		}
	}
}

// step follows every letter that can be read at a node. It returns the node that
// ends a text, -1 where there is none.
func (m *machine) step(i int) int {
	m.expect(i)
	for _, letter := range m.letters {
		seg, ok := m.nodes[i].seg.after(letter)
		if m.tidy && !ok {
			continue
		}
		lower := unicode.ToLower(letter)
		misfits, dead := m.advance(m.misfitsOf(i), letter, lower)
		if *m.work--; dead {
			continue
		}
		if last := m.follow(i, 0, letter, seg, misfits); last >= 0 {
			return last
		}
	}
	return -1
}

// follow adds the nodes that fits can be at after the letter, from the k-th on.
func (m *machine) follow(i int, k int, letter rune, seg segment, misfits []int) int {
	if k == len(m.fits) {
		return m.arrive(i, letter, seg, misfits)
	}
	p := m.cells[m.nodes[i].off+k]
	lower := unicode.ToLower(letter)
	here := m.tokens[p].letter
	if here < theEnd {
		if here == twoStars || letter != '/' {
			m.at[k] = p
			if last := m.follow(i, k+1, letter, seg, misfits); last >= 0 {
				return last
			}
		}
		p++
	}
	if m.tokens[p].reads(letter, lower) {
		m.at[k] = p + 1
		return m.follow(i, k+1, letter, seg, misfits)
	}
	return -1
}

func (m *machine) arrive(i int, letter rune, seg segment, misfits []int) int {
	last := m.add(i, letter, seg, misfits)
	if last >= 0 && m.accepts(m.cells[m.nodes[last].off:m.nodes[last].off+m.nodes[last].size]) && (!m.tidy || seg.ends()) {
		return last
	}
	return -1
}

// reads reports whether a letter's token reads it.
func (t token) reads(letter, lower rune) bool {
	return t.letter == letter && !t.fold || t.letter == lower && t.fold
}

// advance returns where patterns can be after the letter, and whether one of them
// fits whatever follows.
func (m *machine) advance(from []int, letter, lower rune) ([]int, bool) {
	m.next = m.next[:0]
	for _, p := range from {
		if here := m.tokens[p].letter; here < theEnd {
			if here == twoStars || letter != '/' {
				m.next = append(m.next, p)
			}
			p++
		}
		if m.tokens[p].reads(letter, lower) {
			m.next = append(m.next, p+1)
		}
	}
	*m.work -= len(from) / 4
	slices.Sort(m.next)
	m.next = m.prune(m.next)
	dead := slices.ContainsFunc(m.next, func(p int) bool { return m.tokens[p].letter == twoStars && m.tokens[p+1].letter == theEnd })
	return m.next, dead
}

// prune drops the positions, which are in order, that others make superfluous.
func (m *machine) prune(set []int) []int {
	slices.Reverse(set)
	kept := set[:0]
	low := len(m.tokens)
	for _, p := range set {
		if p >= low || len(kept) > 0 && kept[len(kept)-1] == p {
			continue
		}
		if m.tokens[p].letter < theEnd {
			if low = min(low, m.tokens[p].low); len(kept) > 0 && kept[len(kept)-1] == p+1 {
				kept = kept[:len(kept)-1]
			}
		}
		kept = append(kept, p)
	}
	slices.Reverse(kept)
	return kept
}
