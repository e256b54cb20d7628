package policy

import "strings"

// A glob is a text in which * stands for any characters but /, ** for any
// characters at all, and nothing else is special. It is compared as a whole and
// with regard to case.

// globMatches reports whether text fits the glob pattern. It allocates nothing,
// and goes back to the last * and the last ** alone: going back further finds
// nothing new, so the time is bounded by len(pattern) times len(text) squared.
func globMatches(pattern, text string) bool {
	const none = -1
	p, t := 0, 0
	star, starText := none, 0   // where to go on after the last *, with how much text it took
	stars, starsText := none, 0 // the same for the last **
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			end := starsEnd(pattern, p)
			if end-p > 1 {
				stars, starsText, star = end, t, none
			} else {
				star, starText = end, t
			}
			p = end
			continue
		}
		switch {
		case p < len(pattern) && pattern[p] == text[t]:
			p, t = p+1, t+1
		case star != none && text[starText] != '/':
			starText++
			p, t = star, starText
		case stars != none:
			starsText++
			p, t, star = stars, starsText, none
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// starsEnd returns where the run of stars that begins at pattern[p] ends. Two
// stars or more mean the same.
func starsEnd(pattern string, p int) int {
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p
}

// literalPrefix returns what stands before the first star.
func literalPrefix(pattern string) string {
	prefix, _, _ := strings.Cut(pattern, "*")
	return prefix
}
