package check

import (
	"strings"
	"unicode/utf8"
)

// maxWord is the longest word that is compared: the work grows with its square.
const maxWord = 256

// Nearest returns the known word that someone who wrote word most likely meant,
// "" where none is near.
func Nearest(word string, known []string) string {
	best, found := 1+max(1, utf8.RuneCountInString(word)/3), ""
	for _, candidate := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < best {
			best, found = d, candidate
		}
	}
	return found
}

// distance is the number of characters to insert, remove, replace or swap with
// their neighbour in order to get from a to b.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	if len(from) > maxWord || len(to) > maxWord {
		return maxWord
	}
	before, row := make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range from {
		next := make([]int, len(to)+1)
		next[0] = i + 1
		for j := range to {
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+cost(from[i], to[j]))
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(to)]
}

func cost(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
