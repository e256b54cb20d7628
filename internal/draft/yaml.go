package draft

import (
	"fmt"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

// YAML returns the grant and tests as they stand in a policy's file.
func (g *Grant) YAML(tests []*policy.Test) string {
	return File([]*Grant{g}, func(*Grant) []*policy.Test { return tests })
}

// File returns grants and the tests of each as they stand in a policy's file.
func File(grants []*Grant, testsOf func(*Grant) []*policy.Test) string {
	var b, tests strings.Builder
	b.WriteString("grants:\n")
	for _, g := range grants {
		b.WriteString(g.yaml())
		for _, t := range testsOf(g) {
			tests.WriteString(t.YAML())
		}
	}
	if tests.Len() > 0 {
		b.WriteString("tests:\n")
	}
	return b.String() + tests.String()
}

func (g *Grant) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - id: %s\n", quote.YAML(g.name()))
	if g.IssuerNote != "" {
		fmt.Fprintf(&b, "    # %s\n", g.IssuerNote)
	}
	fmt.Fprintf(&b, "    issuer: %s\n", quote.YAML(g.Issuer))
	if g.Owner != "" {
		fmt.Fprintf(&b, "    owner: %s\n", quote.YAML(g.Owner))
	}
	if g.Lambda {
		b.WriteString("    lambda: true\n")
	}
	b.WriteString("    match:\n")
	for _, m := range g.Matches {
		b.WriteString(quote.YAMLEntry("      ", m.Claim, m.yaml()))
	}
	b.WriteString(quote.YAMLEntry("    ", "credential", g.Credential))
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
