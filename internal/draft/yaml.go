package draft

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// width is how wide the lines are that can be broken.
const width = 80

// YAML returns the grant and tests as they stand in a policy's file.
func (g *Grant) YAML(tests []Test) string {
	var b strings.Builder
	fmt.Fprintf(&b, "grants:\n  - id: %s\n    issuer: %s%s\n", Text(g.name()), Text(g.Issuer), g.IssuerNote)
	if g.Owner != "" {
		fmt.Fprintf(&b, "    owner: %s\n", Text(g.Owner))
	}
	b.WriteString("    match:\n")
	for _, m := range g.Matches {
		fmt.Fprintf(&b, "      %s: %s\n", Text(m.Claim), m.yaml())
	}
	fmt.Fprintf(&b, "    credential: %s\n", g.Credential)
	if len(tests) > 0 {
		b.WriteString("tests:\n")
	}
	for _, t := range tests {
		b.WriteString(t.yaml(g.ID))
	}
	return b.String()
}

// name is the grant's id in its own file: without the team.
func (g *Grant) name() string { return g.ID[strings.LastIndexByte(g.ID, '/')+1:] }

func (m Match) yaml() string {
	texts := make([]string, 0, len(m.Values.Exact)+len(m.Values.Globs))
	for _, w := range slices.Concat(m.Values.Exact, m.Values.Globs) {
		texts = append(texts, m.text(w.Text))
	}
	value := "[" + strings.Join(texts, ", ") + "]"
	if len(texts) == 1 {
		value = texts[0]
	}
	if len(m.Values.Globs) > 0 {
		return "{glob: " + value + "}"
	}
	return value
}

// text writes one value of the claim: true and false stand without quotes where
// the claim is no text.
func (m Match) text(value string) string {
	if m.Bool {
		return value
	}
	return Text(value)
}

// yaml writes a test in lines that are no wider than need be.
func (t Test) yaml(grant string) string {
	parts := []string{"name: " + Text(t.Name), "from: " + Text(t.From), "request: {grant: " + Text(grant) + "}"}
	if t.Allow {
		parts = append(parts, "expect: allow")
	} else {
		parts = append(parts, "expect: deny", "why: "+Text(t.Why))
	}
	if len(t.Unset) > 0 {
		parts = append(parts, "unset: ["+strings.Join(t.Unset, ", ")+"]")
	}
	lines := "  - {" + flow(parts, width-5, "     ")
	if len(t.Set) == 0 {
		return lines + "}\n"
	}
	set := make([]string, 0, len(t.Set))
	for _, c := range t.Set {
		set = append(set, Text(c.Claim)+": "+claimText(c.Value))
	}
	return lines + ",\n     set: {" + flow(set, width-11, "       ") + "}}\n"
}

// flow joins the parts of a map, broken between parts where a line would be wider
// than that. Further lines begin with indent.
func flow(parts []string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, part := range parts {
		switch {
		case i == 0:
		case column+len(part)+3 > width:
			b.WriteString(",\n" + indent)
			column = 0
		default:
			b.WriteString(", ")
			column += 2
		}
		b.WriteString(part)
		column += len(part)
	}
	return b.String()
}

func claimText(value any) string {
	switch value := value.(type) {
	case string:
		return Text(value)
	case []any:
		texts := make([]string, 0, len(value))
		for _, item := range value {
			texts = append(texts, Text(fmt.Sprint(item)))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	}
	return fmt.Sprint(value) // a number or a truth value
}

// words are what YAML readers take for something other than a text.
var words = []string{"yes", "no", "on", "off", "true", "false", "null", "y", "n"}

// isPlain knows texts that need no quotes: words, refs and repositories.
func isPlain(text string) bool {
	const first, more = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-"
	return text != "" && strings.Trim(text, first+more) == "" && strings.Contains(first, text[:1]) && !slices.Contains(words, text)
}

// Text writes any text as a YAML value of one line, which gives neither a
// terminal nor a runner an order: the escapes of Go's strings are YAML's too.
func Text(text string) string {
	if isPlain(text) {
		return text
	}
	return strings.ReplaceAll(strconv.Quote(strings.ToValidUTF8(text, "\ufffd")), "##", `#\x23`)
}
