package policy

// containWork bounds the steps of one question whether patterns contain another.
// Patterns that people write need a few thousand.
const containWork = 100_000

// globsContain reports whether every text that fits inner fits one of outer. When
// the work grows out of bounds the answer is no, which refuses rather than admits.
func globsContain(outer []string, inner string) bool {
	work := containWork
	gap := texts{fits: []patterns{globs(inner)}, misfits: []patterns{globs(outer...)}, empty: true}
	_, v := gap.find(&work)
	return v == none
}

func globs(all ...string) patterns {
	p := patterns{globs: make([]Word, 0, len(all))}
	for _, text := range all {
		p.globs = append(p.globs, Word{Text: text})
	}
	return p
}

// GlobsMeet reports whether a text may fit glob and one of others; in doubt it
// may.
func GlobsMeet(glob string, others []string) bool {
	work := containWork
	both := texts{fits: []patterns{globs(glob), globs(others...)}}
	_, v := both.find(&work)
	return v != none
}
