package policy

import (
	"slices"
	"unicode"
)

// verdict is what a search found out.
type verdict int

// The verdicts. The zero verdict is that the search was given up.
const (
	unsure verdict = iota
	none
	found
)

// texts describes a set of texts: those that fit each of fits and none of
// misfits. Only patterns count here; "" is a text like any other where empty is
// set, and none where it is not.
type texts struct {
	fits, misfits []patterns
	empty         bool
	tidy          bool   // without empty parts and what else no ref can have
	letters       string // preferred where any letter will do
}

// patterns are alternatives; the exact texts among them have no star.
type patterns struct {
	words []Word
	globs []Word
	fold  bool
}

func (v *Values) patterns() patterns { return patterns{v.Exact, v.Globs, v.fold} }

// find looks for one of the texts, a short one. It runs all patterns at once as
// automata, over the letters that some pattern waits for, the slash, and one that
// stands for all others. Of the patterns that must fit it follows one way at a
// time, of those that must not all of them. work is taken from, and at 0 the
// search is given up: nobody knows then.
func (t texts) find(work *int) (string, verdict) {
	m := machine{work: work, tidy: t.tidy, readable: t.letters, heads: map[uint64]int32{}}
	for _, p := range t.fits {
		m.fits = append(m.fits, m.compile(p))
	}
	for _, p := range t.misfits {
		m.misfits = append(m.misfits, m.compile(p)...)
	}
	m.misfits = m.prune(m.misfits)
	return m.run(t.empty)
}

// token is one element of a pattern: a letter, a star, two, or the end.
type token struct {
	letter rune
	fold   bool  // the letter stands for those of the other case as well
	low    int32 // of a star: the first position that being at the star makes superfluous
}

// What letter is where it is none.
const (
	theEnd rune = -1 - iota
	oneStar
	twoStars
)

// machine is one run of the patterns, laid out one behind the other.
type machine struct {
	tokens   []token
	fits     [][]int32 // where the alternatives of each begin
	misfits  []int32
	mixed    bool // some patterns are folded and some are not
	folded   bool
	exact    bool
	tidy     bool
	readable string

	nodes []node
	cells []int32          // of all nodes: a position for each of fits, then those of misfits
	heads map[uint64]int32 // the last node by the hash of its first positions, from 1
	work  *int

	at, next, choice []int32 // what step works on
	letters          []rune
}

// node is where the patterns can be after some text.
type node struct {
	parent    int32
	letter    rune // read last
	off, size int32
	older     int32 // the one before it with the same hash, from 1
	seg       segment
}

func (m *machine) compile(p patterns) []int32 {
	starts := make([]int32, 0, len(p.words)+len(p.globs))
	for _, w := range p.words {
		starts = append(starts, m.pattern(w.Text, p.fold))
	}
	for _, w := range p.globs {
		starts = append(starts, m.pattern(w.Text, p.fold))
	}
	m.folded, m.exact = m.folded || p.fold, m.exact || !p.fold
	m.mixed = m.folded && m.exact
	return starts
}

// pattern adds a pattern and returns where it begins. What two stars make
// superfluous is all before them; what one star does, that after the last slash
// or two stars: from there it reads all that the others would.
func (m *machine) pattern(text string, fold bool) int32 {
	start := int32(len(m.tokens)) //nolint:gosec // a policy is 16 MiB at most
	low := start
	for i, r := range text {
		here := int32(len(m.tokens)) //nolint:gosec // as above
		switch {
		case r != '*':
			m.tokens = append(m.tokens, token{letter: r, fold: fold})
			if r == '/' {
				low = here + 1
			}
		case i > 0 && text[i-1] == '*':
			m.tokens[here-1] = token{letter: twoStars, low: start}
			low = here
		default:
			m.tokens = append(m.tokens, token{letter: oneStar, low: low})
		}
	}
	m.tokens = append(m.tokens, token{letter: theEnd})
	return start
}

func (m *machine) run(empty bool) (string, verdict) {
	if slices.ContainsFunc(m.fits, func(starts []int32) bool { return len(starts) == 0 }) {
		return "", none
	}
	m.at = make([]int32, len(m.fits))
	m.choice = make([]int32, len(m.fits))
	m.begin(0)
	if empty && slices.ContainsFunc(m.nodes, func(n node) bool { return m.accepts(m.cells[n.off : n.off+n.size]) }) {
		return "", found
	}
	for i := int32(0); int(i) < len(m.nodes); i++ {
		if *m.work <= 0 {
			return "", unsure
		}
		if last := m.step(i); last >= 0 {
			return m.spell(last)
		}
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
func (m *machine) step(i int32) int32 {
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
func (m *machine) follow(i int32, k int, letter rune, seg segment, misfits []int32) int32 {
	if k == len(m.fits) {
		return m.arrive(i, letter, seg, misfits)
	}
	p := m.cells[m.nodes[i].off+int32(k)] //nolint:gosec // few
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

func (m *machine) arrive(i int32, letter rune, seg segment, misfits []int32) int32 {
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
func (m *machine) advance(from []int32, letter, lower rune) ([]int32, bool) {
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
	dead := slices.ContainsFunc(m.next, func(p int32) bool { return m.tokens[p].letter == twoStars && m.tokens[p+1].letter == theEnd })
	return m.next, dead
}

// prune drops the positions, which are in order, that others make superfluous.
func (m *machine) prune(set []int32) []int32 {
	slices.Reverse(set)
	kept := set[:0]
	low := int32(len(m.tokens)) //nolint:gosec // see pattern
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

// add adds the node that is at m.at, unless one is known from which all texts
// that end from here end as well: at the same places of fits, and at no others of
// misfits. It returns -1 then.
func (m *machine) add(parent int32, letter rune, seg segment, misfits []int32) int32 {
	hash := uint64(seg)
	for _, p := range m.at {
		hash = hash*1_000_003 + uint64(uint32(p)) //nolint:gosec // never negative
	}
	for i := m.heads[hash]; i > 0; i = m.nodes[i-1].older {
		n := m.nodes[i-1]
		*m.work--
		if n.seg == seg && slices.Equal(m.cells[n.off:n.off+int32(len(m.at))], m.at) && within(m.misfitsOf(i-1), misfits) { //nolint:gosec // few
			return -1
		}
	}
	off := int32(len(m.cells)) //nolint:gosec // bounded by the work
	m.cells = append(append(m.cells, m.at...), misfits...)
	m.nodes = append(m.nodes, node{parent, letter, off, int32(len(m.cells)) - off, m.heads[hash], seg}) //nolint:gosec // as above
	last := int32(len(m.nodes))                                                                         //nolint:gosec // as above
	m.heads[hash] = last
	*m.work -= len(misfits) / 4
	return last - 1
}

// within reports whether all of inner, which is in order as outer is, are in outer.
func within(inner, outer []int32) bool {
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

func (m *machine) misfitsOf(i int32) []int32 {
	n := m.nodes[i]
	return m.cells[n.off+int32(len(m.fits)) : n.off+n.size] //nolint:gosec // few
}

// accepts reports whether a text may end here.
func (m *machine) accepts(positions []int32) bool {
	for i, p := range positions {
		if m.ends(p) != (i < len(m.fits)) {
			return false
		}
	}
	return true
}

func (m *machine) ends(p int32) bool {
	return m.tokens[p].letter == theEnd || m.tokens[p].letter < theEnd && m.tokens[p+1].letter == theEnd
}

// spell returns the text that leads to a node.
func (m *machine) spell(i int32) (string, verdict) {
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
