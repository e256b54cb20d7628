package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/quote"
)

// YAML returns the test as an item of a list of tests, ready to paste.
func (t *Test) YAML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - name: %s\n    from: %s\n", quote.YAML(t.Name), quote.YAML(t.From))
	if len(t.Set) > 0 {
		b.WriteString(setYAML(t.Set))
	}
	if len(t.Unset) > 0 {
		fmt.Fprintf(&b, "    unset: %s\n", quote.YAMLValue(t.Unset))
	}
	expect := "deny"
	if t.Allow {
		expect = "allow"
	}
	fmt.Fprintf(&b, "    request: {grant: %s}\n    expect: %s\n", quote.YAML(t.Grant.Text), expect)
	if t.Why != "" {
		fmt.Fprintf(&b, "    why: %s\n", quote.YAML(t.Why))
	}
	return b.String()
}

// setYAML writes claims in one line where they fit.
func setYAML(set map[string]any) string {
	var entries []string
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(set)) {
		value := quote.YAMLValue(set[name])
		entries = append(entries, quote.YAML(name)+": "+value)
		lines.WriteString(quote.YAMLEntry("      ", name, value))
	}
	if line := "    set: {" + strings.Join(entries, ", ") + "}\n"; len(line) <= 81 {
		return line
	}
	return "    set:\n" + lines.String()
}
