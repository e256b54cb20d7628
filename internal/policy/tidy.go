package policy

// tidy reports whether git would take the text for a part of a ref's name.
func tidy(text string) bool {
	at := atStart
	for _, r := range text {
		next, ok := at.after(r)
		if !ok {
			return false
		}
		at = next
	}
	return at.ends()
}

// segment is how far a text is in the part between two slashes, for texts that
// could name a ref by git-check-ref-format(1): no part is empty, begins with a
// dot or has two dots in a row.
type segment int

const (
	atStart segment = iota
	inside
	afterSlash
	afterDot
)

func (s segment) after(letter rune) (segment, bool) {
	switch {
	case letter == '/':
		return afterSlash, s == inside
	case letter == '.':
		return afterDot, s == inside
	case letter <= ' ', letter == 0x7f, letter == '~', letter == '^', letter == ':', letter == '?', letter == '[', letter == '\\':
		return inside, false
	}
	return inside, true
}

func (s segment) ends() bool { return s == inside }
