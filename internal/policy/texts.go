package policy

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
	m := machine{work: work, tidy: t.tidy, readable: t.letters, heads: map[int]int{}}
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
	fold   bool // the letter stands for those of the other case as well
	low    int  // of a star: the first position that being at the star makes superfluous
}

// What letter is where it is none.
const (
	theEnd rune = -1 - iota
	oneStar
	twoStars
)

func (m *machine) compile(p patterns) []int {
	starts := make([]int, 0, len(p.words)+len(p.globs))
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
func (m *machine) pattern(text string, fold bool) int {
	start := len(m.tokens)
	low := start
	for i, r := range text {
		here := len(m.tokens)
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
