package quote

import (
	"slices"
	"strconv"
	"strings"
)

// YAML returns s as a YAML value of one line that every reader takes for that
// text, in printable ASCII, and as harmless in a log as a Text.
func YAML(s string) string {
	if isPlainYAML(s) {
		return s
	}
	// What Go escapes in double quotes YAML escapes alike.
	return strings.ReplaceAll(strconv.QuoteToASCII(s), "##", `#\x23`)
}

// notText are words that some reader of YAML takes for something else.
var notText = []string{"yes", "no", "on", "off", "true", "false", "null", "y", "n"}

// isPlainYAML knows texts that need no quotes: words, refs and repositories.
func isPlainYAML(s string) bool {
	const first, more = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-"
	return s != "" && strings.Trim(s, first+more) == "" && strings.Contains(first, s[:1]) && !slices.Contains(notText, s)
}
