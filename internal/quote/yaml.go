package quote

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// YAML returns s as a YAML value of one line that every reader takes for that
// text, and as harmless in a log as a Text. It is for maps and lists in braces
// as well.
func YAML(s string) string {
	if isPlainYAML(s) {
		return s
	}
	// What Go escapes in double quotes YAML escapes alike.
	s = strings.ToValidUTF8(s, "\ufffd")
	quoted := strconv.Quote(s)
	if visible(quoted) != quoted {
		quoted = strconv.QuoteToASCII(s)
	}
	return strings.ReplaceAll(quoted, "##", `#\x23`)
}

// YAMLEntry returns the line of an entry in a map, of a value that is YAML
// already. A value that would be wider than 80 columns stands below its key.
func YAMLEntry(indent, key, value string) string {
	if line := indent + YAML(key) + ": " + value + "\n"; utf8.RuneCountInString(line) <= 81 {
		return line
	}
	return indent + YAML(key) + ":\n" + indent + "  " + value + "\n"
}

// YAMLValue returns the value of a claim as YAML of one line.
func YAMLValue(value any) string {
	switch value := value.(type) {
	case nil:
		return `""`
	case string:
		return YAML(value)
	case []string:
		return yamlList(value)
	case []any:
		return yamlList(value)
	}
	return fmt.Sprint(value) // a number or a truth value
}

func yamlList[T any](items []T) string {
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, YAML(fmt.Sprint(item)))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// notText are words that some reader of YAML takes for something else.
var notText = []string{"yes", "no", "on", "off", "true", "false", "null", "y", "n"}

// isPlainYAML knows texts that need no quotes: words, refs and repositories.
func isPlainYAML(s string) bool {
	const first, more = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@-"
	return s != "" && strings.Trim(s, first+more) == "" && strings.Contains(first, s[:1]) && !slices.Contains(notText, s)
}
