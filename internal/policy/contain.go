package policy

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// containWork bounds the positions that one question looks at. Patterns that
// people write need a few thousand.
const containWork = 1_000_000

// globsContain reports whether every text that fits inner fits one of outer. It
// runs both as automata over the bytes that occur in them: a text that tells
// them apart is one on which inner ends and none of outer does. When the work
// grows out of bounds the answer is no, which refuses rather than admits.
func globsContain(outer []string, inner string) bool {
	search := containment{inner: inner, outer: outer, seen: map[string]bool{}}
	for i := range outer {
		search.letters += outer[i]
	}
	search.letters = alphabet(search.letters + inner)
	return search.holds()
}

// containment looks for a text that fits inner and none of outer.
type containment struct {
	inner   string
	outer   []string
	letters string
	seen    map[string]bool
	todo    []pair
	work    int
}

// pair is where inner can be after some text, and where all of outer can be.
type pair struct {
	inner int
	outer []spot
}

// spot is a position in one of the outer patterns.
type spot struct{ pattern, at int }

func (c *containment) holds() bool {
	var start []spot
	for i := range c.outer {
		start = c.enter(start, spot{i, 0})
	}
	for _, at := range enterGlob(c.inner, 0) {
		c.visit(pair{at, start})
	}
	for len(c.todo) > 0 {
		if c.work > containWork {
			return false
		}
		next := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		if next.inner == len(c.inner) && !c.accepts(next.outer) {
			return false
		}
		c.step(next)
	}
	return true
}

// step follows every letter that inner can read next.
func (c *containment) step(from pair) {
	for i := range len(c.letters) {
		letter := c.letters[i]
		after := nextInGlob(c.inner, from.inner, letter)
		if len(after) == 0 {
			continue
		}
		outer := c.read(from.outer, letter)
		c.work += 1 + len(from.outer)
		for _, at := range after {
			c.visit(pair{at, outer})
		}
	}
}

func (c *containment) visit(p pair) {
	key := p.key()
	if !c.seen[key] {
		c.seen[key] = true
		c.todo = append(c.todo, p)
	}
}

func (c *containment) read(places []spot, letter byte) []spot {
	var after []spot
	for _, p := range places {
		for _, at := range nextInGlob(c.outer[p.pattern], p.at, letter) {
			after = insert(after, spot{p.pattern, at})
		}
	}
	return after
}

func (c *containment) enter(places []spot, p spot) []spot {
	for _, at := range enterGlob(c.outer[p.pattern], p.at) {
		places = insert(places, spot{p.pattern, at})
	}
	return places
}

func (c *containment) accepts(places []spot) bool {
	return slices.ContainsFunc(places, func(p spot) bool { return p.at == len(c.outer[p.pattern]) })
}

// enterGlob returns position at, and what can be reached from it without reading:
// a run of stars may stand for nothing.
func enterGlob(pattern string, at int) []int {
	if at < len(pattern) && pattern[at] == '*' {
		return []int{at, starsEnd(pattern, at)}
	}
	return []int{at}
}

// nextInGlob returns the positions that follow at after reading letter.
func nextInGlob(pattern string, at int, letter byte) []int {
	switch {
	case at >= len(pattern):
		return nil
	case pattern[at] != '*' && pattern[at] == letter:
		return enterGlob(pattern, at+1)
	case pattern[at] == '*' && (letter != '/' || starsEnd(pattern, at)-at > 1):
		return enterGlob(pattern, at)
	}
	return nil
}

// alphabet returns the bytes that two patterns can tell apart: those that occur
// in them, the slash, and one that stands for all others.
func alphabet(text string) string {
	letters := []byte("/")
	other := byte(0)
	for i := range len(text) {
		if text[i] != '*' {
			letters = append(letters, text[i])
		}
	}
	for strings.IndexByte(text, other) >= 0 || other == '/' || other == '*' {
		other++
	}
	slices.Sort(letters)
	return string(append(slices.Compact(letters), other))
}

func insert(spots []spot, s spot) []spot {
	i, found := slices.BinarySearchFunc(spots, s, func(a, b spot) int {
		return cmp.Or(cmp.Compare(a.pattern, b.pattern), cmp.Compare(a.at, b.at))
	})
	if found {
		return spots
	}
	return slices.Insert(spots, i, s)
}

func (p pair) key() string {
	key := binary.AppendUvarint(nil, uint64(p.inner)) //nolint:gosec // never negative
	for _, o := range p.outer {
		key = binary.AppendUvarint(key, uint64(o.pattern)) //nolint:gosec // never negative
		key = binary.AppendUvarint(key, uint64(o.at))      //nolint:gosec // never negative
	}
	return string(key)
}
