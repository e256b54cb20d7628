package secret

import "slices"

// trie holds needles by their common starts. A node stands for one start. Nodes
// are ordered by depth, so the children of a node are neighbours; node 0 is the
// root.
type trie struct {
	needles []string // sorted: those with a common start are neighbours
	nodes   []node
	roots   [256]uint32 // the root's children by their byte, 0 for none
}

type node struct {
	needles  [2]uint32 // the range of needles that start with this text
	children [2]uint32 // the range of nodes that are one byte longer
	depth    uint32
	fail     uint32 // the longest proper end of this text that is a node too
	match    uint32 // length of the longest needle that this text ends with, or 0
	label    byte   // the last byte of this text
}

// newTrie returns the trie of needles, none of them empty.
//
//nolint:gosec // G115: all numbers are bounded by the length of all secrets
func newTrie(needles []string) *trie {
	t := &trie{needles: slices.Compact(slices.Sorted(slices.Values(needles)))}
	length := 1
	for _, needle := range t.needles {
		length += len(needle)
	}
	t.nodes = make([]node, 1, length)
	t.nodes[0].needles[1] = uint32(len(t.needles))
	for id := uint32(0); int(id) < len(t.nodes); id++ {
		t.grow(id)
	}
	return t
}

// grow completes node id and adds its children. All shallower nodes are complete.
//
//nolint:gosec // G115: all numbers are bounded by the length of all secrets
func (t *trie) grow(id uint32) {
	n := &t.nodes[id] // stays where it is: there is room for all nodes
	n.match = t.nodes[n.fail].match
	next, end := n.needles[0], n.needles[1]
	if next < end && len(t.needles[next]) == int(n.depth) {
		n.match = n.depth
		next++
	}

	n.children[0] = uint32(len(t.nodes))
	for next < end {
		child := node{depth: n.depth + 1, label: t.needles[next][n.depth]}
		if id != 0 {
			child.fail = t.follow(n.fail, child.label)
		}
		child.needles[0] = next
		for next < end && t.needles[next][n.depth] == child.label {
			next++
		}
		child.needles[1] = next
		t.nodes = append(t.nodes, child)
	}
	n.children[1] = uint32(len(t.nodes))
	if id == 0 {
		for i, child := range t.nodes[1:] {
			t.roots[child.label] = uint32(i) + 1
		}
	}
}

// follow returns the longest end of id's text and label that is a node.
func (t *trie) follow(id uint32, label byte) uint32 {
	for ; id != 0; id = t.nodes[id].fail {
		for child := t.nodes[id].children[0]; child < t.nodes[id].children[1]; child++ {
			if t.nodes[child].label == label {
				return child
			}
		}
	}
	return t.roots[label]
}

// wide reports whether n is where the next byte decides between many ways: near
// the root, where ordinary text is, and where needles part.
func (n *node) wide() bool { return n.depth <= 2 || n.children[1]-n.children[0] > 1 }
