package secret

import "slices"

// automaton finds all needles in one pass over a text (Aho and Corasick, 1975).
//
// Where many ways lead on, a state has a row with one entry for each class of
// bytes: the bytes that occur in no needle are one class, each other byte is its
// own. Further down a needle there is one way on, and a row would be all copies,
// so such a state has that one way and its fail link. This keeps the table
// near a megabyte for a hundred secrets, where rows for all would take thirty.
//
// A state is a number: the offset of its row, or, from len(table) on, its place
// in narrow. The matching states are neighbours: [firstMatch, firstMatch+matches).
type automaton struct {
	class      [256]uint16
	classes    uint32
	table      []uint32
	narrow     []narrow
	firstMatch uint32
	matches    uint32
	lengths    []lengths
}

// narrow is a state with at most one way on.
type narrow struct {
	label uint16 // the byte of the way on, noByte for none
	next  uint32
	fail  uint32 // the state to ask about any other byte
}

const noByte = 256

// lengths are counted back from where a state is reached.
type lengths struct {
	match uint32 // of the longest needle that ends here, or 0
	depth uint32 // of the longest start of a needle that ends here
}

// newAutomaton returns the automaton of needles, none of them empty.
func newAutomaton(needles []string) *automaton {
	t := newTrie(needles)
	a := &automaton{classes: 1}
	for i := range t.nodes[1:] {
		a.classify(t.nodes[i+1].label)
	}

	states := a.number(t)
	for id := range t.nodes {
		a.fill(t, id, states)
	}
	return a
}

// classify gives label a class of its own; class 0 is for all other bytes.
func (a *automaton) classify(label byte) {
	if a.class[label] == 0 {
		a.class[label] = uint16(a.classes) //nolint:gosec // G115: at most 256
		a.classes++
	}
}

// number makes room for all states and returns the state of each node. The order
// is: rows without a match, rows with one, narrow states with one, narrow states
// without. The root is the first, state 0.
func (a *automaton) number(t *trie) []uint32 {
	var rows, rowMatches, narrowMatches, narrows []int
	for id := range t.nodes {
		group := &narrows
		switch wide, match := t.nodes[id].wide(), t.nodes[id].match != 0; {
		case wide && match:
			group = &rowMatches
		case wide:
			group = &rows
		case match:
			group = &narrowMatches
		}
		*group = append(*group, id)
	}

	a.table = make([]uint32, (len(rows)+len(rowMatches))*int(a.classes))
	a.narrow = make([]narrow, len(narrowMatches)+len(narrows))
	a.lengths = make([]lengths, len(t.nodes))
	states := make([]uint32, len(t.nodes))
	for i, id := range slices.Concat(rows, rowMatches, narrowMatches, narrows) {
		states[id] = a.nth(i)
		a.lengths[i] = lengths{t.nodes[id].match, t.nodes[id].depth}
	}
	a.firstMatch = a.nth(len(rows))
	a.matches = a.nth(len(rows)+len(rowMatches)+len(narrowMatches)) - a.firstMatch
	return states
}

// nth returns the number of the i-th state.
func (a *automaton) nth(i int) uint32 {
	state := uint32(i) //nolint:gosec // G115: bounded by the length of all secrets
	if rows := a.wide() / a.classes; state >= rows {
		return a.wide() + state - rows
	}
	return state * a.classes
}

// wide is the end of the numbers of states that have a row.
func (a *automaton) wide() uint32 { return uint32(len(a.table)) } //nolint:gosec // G115: its length was a uint32

func (a *automaton) isNarrow(state uint32) bool { return state >= a.wide() }

// fill sets the ways out of node id. All shallower nodes are filled.
func (a *automaton) fill(t *trie, id int, states []uint32) {
	n := &t.nodes[id]
	state, fail := states[id], states[n.fail]
	children := t.nodes[n.children[0]:n.children[1]]
	next := states[n.children[0]:n.children[1]]
	if a.isNarrow(state) {
		way := narrow{label: noByte, fail: fail}
		if len(children) > 0 {
			way.label, way.next = uint16(children[0].label), next[0]
		}
		a.narrow[state-a.wide()] = way
		return
	}

	row := a.table[state : state+a.classes]
	if id != 0 {
		a.fillRow(row, fail)
	}
	for i := range children {
		row[a.class[children[i].label]] = next[i]
	}
}

// fillRow sets row to the ways out of state.
func (a *automaton) fillRow(row []uint32, state uint32) {
	if !a.isNarrow(state) {
		copy(row, a.table[state:state+a.classes])
		return
	}
	for b, class := range a.class {
		if class != 0 {
			row[class] = a.step(state, byte(b))
		}
	}
}

// step returns the state after state and b.
func (a *automaton) step(state uint32, b byte) uint32 {
	for a.isNarrow(state) {
		n := &a.narrow[state-a.wide()]
		if n.label == uint16(b) {
			return n.next
		}
		state = n.fail
	}
	return a.table[state+uint32(a.class[b])]
}

// isMatch reports whether a needle ends where state is reached.
func (a *automaton) isMatch(state uint32) bool { return state-a.firstMatch < a.matches }

// at returns the lengths of state.
func (a *automaton) at(state uint32) lengths {
	if a.isNarrow(state) {
		return a.lengths[a.wide()/a.classes+state-a.wide()]
	}
	return a.lengths[state/a.classes]
}
