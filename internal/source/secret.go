package source

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/quote"
)

// Secret is a text in a file that looks like a token or a private key. Nobody
// prints it.
type Secret struct {
	Pos  Pos
	Text string
	What string // "" for a line inside of a private key
}

// Secrets looks at every line of the file, whatever YAML makes of it.
func (f *File) Secrets() []Secret {
	f.looking.Do(func() { f.secrets = f.spot() })
	return f.secrets
}

func (f *File) spot() []Secret {
	var all []Secret
	inKey := false
	for n, line := range f.lines {
		if inKey {
			inKey = !strings.Contains(line, "-----END ")
			all = append(all, Secret{Pos{n + 1, 1}, strings.Trim(line, " #-,[]\"'\t"), ""})
			continue
		}
		for _, s := range quote.Secrets(line) {
			pos := Pos{n + 1, 1 + utf8.RuneCountInString(line[:s.At])}
			all = append(all, Secret{pos, s.Text, s.What})
			inKey = strings.HasPrefix(s.Text, "-----") && !strings.HasSuffix(s.Text, "-----END ")
		}
	}
	return all
}

// shown returns a line without what stands under a key that names a secret, and
// whether it may be shown at all.
func (f *File) shown(number int) (string, bool) {
	if _, found := slices.BinarySearchFunc(f.Secrets(), number, func(s Secret, line int) int { return s.Pos.Line - line }); found {
		return "", false
	}
	line := f.Line(number)
	for i, r := range line {
		if r == ':' && strings.TrimSpace(line[i+1:]) != "" && quote.NamesSecret(lastWord(line[:i])) {
			return line[:i+1] + " …", true
		}
	}
	return line, true
}

// lastWord returns the key that text ends with.
func lastWord(text string) string {
	text = strings.TrimRight(text, ` "'`)
	return text[strings.LastIndexAny(text, ` ,{"'`)+1:]
}
