package draft

import (
	"fmt"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/quote"
)

// width is how wide the lines are that can be broken.
const width = 80

// YAML returns the grant and tests as they stand in a policy's file.
func (g *Grant) YAML(tests []Test) string {
	return File([]*Grant{g}, func(*Grant) []Test { return tests })
}

// File returns grants and the tests of each as they stand in a policy's file.
func File(grants []*Grant, testsOf func(*Grant) []Test) string {
	var b, tests strings.Builder
	b.WriteString("grants:\n")
	for _, g := range grants {
		b.WriteString(g.yaml())
		for _, t := range testsOf(g) {
			tests.WriteString(t.yaml(g.ID))
		}
	}
	if tests.Len() > 0 {
		b.WriteString("tests:\n")
	}
	return b.String() + tests.String()
}

func (g *Grant) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - id: %s\n    issuer: %s%s\n", quote.YAML(g.name()), quote.YAML(g.Issuer), g.IssuerNote)
	if g.Owner != "" {
		fmt.Fprintf(&b, "    owner: %s\n", quote.YAML(g.Owner))
	}
	if g.Lambda {
		b.WriteString("    lambda: true\n")
	}
	b.WriteString("    match:\n")
	for _, m := range g.Matches {
		fmt.Fprintf(&b, "      %s: %s\n", quote.YAML(m.Claim), m.yaml())
	}
	fmt.Fprintf(&b, "    credential: %s\n", g.Credential)
	return b.String()
}

// name is the grant's id in its own file: without the team.
func (g *Grant) name() string { return g.ID[strings.LastIndexByte(g.ID, '/')+1:] }

func (m Match) yaml() string {
	if m.Bool {
		return m.Values.YAML(identity.Bool)
	}
	return m.Values.YAML(identity.Text)
}

// yaml writes a test in lines that are no wider than need be.
func (t Test) yaml(grant string) string {
	parts := []string{"name: " + quote.YAML(t.Name), "from: " + quote.YAML(t.From), "request: {grant: " + quote.YAML(grant) + "}"}
	if t.Allow {
		parts = append(parts, "expect: allow")
	} else {
		parts = append(parts, "expect: deny", "why: "+quote.YAML(t.Why))
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
		set = append(set, quote.YAML(c.Claim)+": "+quote.YAMLValue(c.Value))
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
