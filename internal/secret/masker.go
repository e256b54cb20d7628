package secret

import "io"

// Masker is a writer that replaces secrets with "***" on their way to another
// writer. A secret may be split over any number of writes; secrets that overlap
// or touch become one "***". Text is held back only while it could still become
// part of a secret, and a secret is replaced as soon as it is complete, so a
// prompt of a child process shows when it is written.
//
// A Masker is not safe for concurrent use.
type Masker struct {
	dst     io.Writer
	needles *automaton
	state   uint32
	held    []byte   // what was written and not yet passed on
	regions []region // what to mask of held and of the write at hand; apart and in order
	open    bool     // what was passed on last is a mask, and it ends where held begins
	out     []byte
	err     error
}

// region is a part of the text from start up to end, counted from held[0].
type region struct{ start, end int }

// NewMasker returns a Masker in front of dst that masks all Forms of values.
func NewMasker(dst io.Writer, values ...Value) *Masker {
	var needles []string
	for _, form := range Forms(values...) {
		needles = append(needles, form.Reveal())
	}
	return &Masker{dst: dst, needles: newAutomaton(needles)}
}

// Write passes p on with secrets masked, as far as that is decided. An error of
// the writer behind m is returned by this and every later call.
func (m *Masker) Write(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	m.scan(p)
	m.pass(p, int(m.needles.at(m.state).depth))
	if m.err != nil {
		return 0, m.err
	}
	return len(p), nil
}

// Close passes on what is held back. It does not close the writer behind m. What
// is written after it begins a new text.
func (m *Masker) Close() error {
	if m.err != nil {
		return m.err
	}
	m.pass(nil, 0)
	m.state, m.open = 0, false
	return m.err
}

// scan finds the regions of p. The common case is written out here, since every
// byte of a child's output goes through this loop.
func (m *Masker) scan(p []byte) {
	needles, table, state, held := m.needles, m.needles.table, m.state, len(m.held)
	for i, b := range p {
		if int(state) < len(table) {
			state = table[state+uint32(needles.class[b])]
		} else {
			state = needles.step(state, b)
		}
		if needles.isMatch(state) {
			end := held + i + 1
			m.mark(end-int(needles.at(state).match), end)
		}
	}
	m.state = state
}

// mark adds a region that ends where no other does yet. It may start before
// held, in the open mask.
func (m *Masker) mark(start, end int) {
	last := len(m.regions) - 1
	for last >= 0 && m.regions[last].end >= start {
		start = min(start, m.regions[last].start)
		last--
	}
	m.regions = append(m.regions[:last+1], region{start, end})
}

// pass writes all of held and p but the last growing bytes, which may become a
// secret, or already are one, which render shows at once.
func (m *Masker) pass(p []byte, growing int) {
	decided := max(len(m.held)+len(p)-growing, 0)
	if len(m.held) == 0 && len(m.regions) == 0 {
		m.open = m.open && decided == 0
		m.send(p[:decided])
		m.held = append(m.held, p[decided:]...)
		return
	}

	m.held = append(m.held, p...)
	passed := m.render(decided)
	m.send(m.out)
	m.held = m.held[:copy(m.held, m.held[passed:])]
	for i := range m.regions {
		m.regions[i].start -= passed
		m.regions[i].end -= passed
	}
}

// render sets out to what held shows as up to decided, and returns how much of
// held that is. A region that starts there is shown to its end: whatever follows
// cannot unmask it.
func (m *Masker) render(decided int) int {
	m.out = m.out[:0]
	from, shown := 0, 0
	for ; shown < len(m.regions) && m.regions[shown].start <= decided; shown++ {
		next := m.regions[shown]
		if !m.open || next.start > from {
			m.out = append(m.out, m.held[from:next.start]...)
			m.out = append(m.out, mask...)
		}
		from, m.open = next.end, true
	}
	m.regions = m.regions[:copy(m.regions, m.regions[shown:])]

	if from < decided {
		m.out = append(m.out, m.held[from:decided]...)
		from, m.open = decided, false
	}
	return from
}

// send writes text to the writer behind m.
func (m *Masker) send(text []byte) {
	if len(text) == 0 {
		return
	}
	n, err := m.dst.Write(text)
	if err == nil && n < len(text) {
		err = io.ErrShortWrite
	}
	m.err = err
}
