package source

import (
	"slices"
	"strconv"
	"strings"
)

// words are what YAML readers take for something other than a text.
var words = []string{"yes", "no", "on", "off", "true", "false", "null", "y", "n"}

// isPlainText knows texts that need no quotes: words, refs and repositories.
func isPlainText(text string) bool {
	const first, more = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-"
	return text != "" && strings.Trim(text, first+more) == "" && strings.Contains(first, text[:1]) && !slices.Contains(words, text)
}

// Write writes any text as a YAML value of one line, which gives neither a
// terminal nor a runner an order: the escapes of Go's strings are YAML's too.
func Write(text string) string {
	if isPlainText(text) {
		return text
	}
	return strings.ReplaceAll(strconv.Quote(strings.ToValidUTF8(text, "\ufffd")), "##", `#\x23`)
}
