package quote

import "strings"

const plainRunes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./@%+,-"

// isPlain knows words that mean themselves in every POSIX shell. "=" at the start
// is left out for zsh, ":" at the start for CI systems.
func isPlain(word string) bool {
	return word != "" && strings.Trim(word, plainRunes+":=") == "" && strings.Contains(plainRunes, word[:1])
}

// Shell returns a line that a POSIX shell reads as argv. It is not ok for an
// empty argv and where an argument has runes that do not print: nobody could see
// what they would run. The line is as harmless in a log as a Text.
func Shell(argv []string) (line string, ok bool) {
	words := make([]string, len(argv))
	for i, arg := range argv {
		if visible(arg) != arg {
			return "", false
		}
		words[i] = word(arg)
		if i == 0 && strings.Contains(arg, "=") { // or it would set a variable
			words[i] = single(arg)
		}
	}
	return strings.Join(words, " "), len(argv) > 0
}

func word(arg string) string {
	if isPlain(arg) {
		return arg
	}
	return single(arg)
}

// single returns arg in single quotes, where nothing else has a meaning. Quotes
// that close and open again keep "##" and "[" apart.
func single(arg string) string {
	return `'` + guardBrackets(strings.ReplaceAll(arg, `'`, `'\''`), `''`) + `'`
}
