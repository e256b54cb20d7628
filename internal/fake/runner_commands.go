package fake

import (
	"slices"
	"strings"
	"unicode"
)

// command is one workflow command, its name in lower case.
type command struct {
	name       string
	properties map[string]string
	data       string
}

var registered = []string{
	"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path", "notice",
	"remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}

// readCommand reads line by the newer grammar, then by the older one. Extra is a
// further name that counts as a command.
func readCommand(line, extra string) (command, bool) {
	known := func(name string) bool {
		return slices.Contains(registered, name) || extra != "" && name == strings.ToLower(extra)
	}
	if c, ok := colonCommand(line); ok && known(c.name) {
		return c, true
	}
	c, ok := bracketCommand(line)
	return c, ok && known(c.name)
}

// colonCommand reads "::name key=value,key=value::data" at the trimmed start.
func colonCommand(line string) (command, bool) {
	head, data, ok := cutAfter(strings.TrimLeftFunc(line, unicode.IsSpace), "::", "::")
	if !ok {
		return command{}, false
	}
	c := parseHead(head, ",", unescaper("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%"))
	c.data = unescaper("%0D", "\r", "%0A", "\n", "%25", "%")(data)
	return c, c.name != ""
}

// bracketCommand reads "##[name key=value;key=value]data" anywhere in the line.
func bracketCommand(line string) (command, bool) {
	at := strings.Index(line, "##[")
	if at < 0 {
		return command{}, false
	}
	head, data, ok := cutAfter(line[at:], "##[", "]")
	if !ok {
		return command{}, false
	}
	unescape := unescaper("%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%25", "%")
	c := parseHead(head, ";", unescape)
	c.data = unescape(data)
	return c, c.name != ""
}

// unescaper replaces one escape after the other, each in the whole text.
func unescaper(pairs ...string) func(string) string {
	return func(text string) string {
		for pair := range slices.Chunk(pairs, 2) {
			text = strings.ReplaceAll(text, pair[0], pair[1])
		}
		return text
	}
}

// cutAfter returns what lies between open, which line starts with, and the next
// end, and the rest.
func cutAfter(line, open, end string) (head, rest string, ok bool) {
	line, ok = strings.CutPrefix(line, open)
	if !ok {
		return "", "", false
	}
	return strings.Cut(line, end)
}

func parseHead(head, separator string, unescape func(string) string) command {
	name, list, _ := strings.Cut(head, " ")
	c := command{name: strings.ToLower(name), properties: map[string]string{}}
	for part := range strings.SplitSeq(list, separator) {
		key, value, ok := strings.Cut(part, "=")
		if ok && value != "" {
			c.properties[strings.ToLower(strings.TrimSpace(key))] = unescape(value)
		}
	}
	return c
}
