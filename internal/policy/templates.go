package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// minPrefix is how many characters of a template with power are literal.
const minPrefix = 3

// checkTemplates sees to it that nobody gets another's rights by choosing a
// name.
func (l *loader) checkTemplates(g *Grant, n *source.Node) {
	for i := range g.Credential.Fields {
		field := &g.Credential.Fields[i]
		nodes := []*source.Node{n.Get(field.Name)}
		if nodes[0].Kind == source.List {
			nodes = nodes[0].Items
		}
		for j := range field.Texts {
			if t := &field.Texts[j]; len(t.variables()) > 0 {
				l.checkTemplate(g, nodeAt(nodes, t), field, t)
			}
		}
	}
}

func nodeAt(nodes []*source.Node, t *Template) *source.Node {
	i := slices.IndexFunc(nodes, func(n *source.Node) bool { return place(n) == t.Pos })
	return nodes[i]
}

func (l *loader) checkTemplate(g *Grant, n *source.Node, field *Field, t *Template) {
	kind := g.Issuer.Vocabulary
	for _, name := range t.variables() {
		if !l.checkVariable(n, name, kind) {
			return
		}
	}
	if field.Prefix && len(t.parts[0].literal) < minPrefix {
		l.report(n, "template-without-prefix", "a template in %s begins with a literal prefix of %d characters or more: a repository could be called administrators", field.Name, minPrefix)
	}
	if g.collides(t) {
		l.mend(n, "template-collision", "use {"+kind.Identity[0]+"}", "two repositories that the grant admits can come out as the same %s", field.Name)
	}
}

func (l *loader) checkVariable(n *source.Node, name string, kind *identity.Kind) bool {
	claim, known := kind.Claim(name)
	derived := kind.Repository != "" && (name == nameOfRepository || name == ownerOfRepository)
	switch {
	case known && claim.Template, derived:
		return true
	case known:
		l.report(n, "template-from-free-claim", "%s is chosen by %s; templates take %s", name, claim.Control, strings.Join(templateNames(kind), ", "))
	default:
		l.mend(n, "unknown-claim", meant(name, kind), "unknown %s claim %q in a template", kind.Name, name)
	}
	return false
}

func meant(name string, kind *identity.Kind) string {
	if near := check.Nearest(name, templateNames(kind)); near != "" {
		return "did you mean {" + near + "}?"
	}
	return ""
}

func templateNames(kind *identity.Kind) []string {
	var names []string
	for _, c := range kind.Claims {
		if c.Template {
			names = append(names, c.Name)
		}
	}
	if kind.Repository != "" {
		names = append(names, nameOfRepository)
	}
	return names
}

// collides reports whether two repositories that the grant admits can come out
// alike. One repository cannot; an id that can be told from its surroundings
// keeps all apart; names do for one owner alone, since "a_b"+"c" is "a"+"b_c".
func (g *Grant) collides(t *Template) bool {
	kind := g.Issuer.Vocabulary
	switch {
	case g.sources() == 1:
		return false
	case t.adjacent():
		return true
	case t.bordered(kind.Identity):
		return false
	case g.tenants() != 1:
		return true
	}
	free := 0
	for _, name := range t.variables() {
		if name != ownerOfRepository && !slices.Contains(kind.Tenant, name) {
			free++
		}
	}
	return free > 1
}

// adjacent reports whether two claims stand next to each other.
func (t *Template) adjacent() bool {
	return slices.ContainsFunc(t.parts[1:], func(p part) bool { return p.variable != "" && p.literal == "" })
}

// bordered reports whether the first or the last claim is one of ids and has no
// digit beside it, so that it can be read from the result.
func (t *Template) bordered(ids []string) bool {
	last := len(t.parts) - 1
	if t.parts[last].variable == "" {
		last--
	}
	before := t.parts[last].literal
	after := ""
	if len(t.parts) > 1 {
		after = t.parts[1].literal
	}
	first := slices.Contains(ids, t.parts[0].variable) && (after == "" || !isDigit(after[0]))
	end := slices.Contains(ids, t.parts[last].variable) && (before == "" || !isDigit(before[len(before)-1]))
	return first || end
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
