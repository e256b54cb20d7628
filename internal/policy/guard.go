package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// checkContext demands that a grant says in which context a job must run: the
// repository alone admits every branch of it.
func (l *loader) checkContext(g *Grant, match source.Field) {
	kind := g.Issuer.Vocabulary
	ref := g.Find("ref")
	switch {
	case kind.ShortRefs && ref != nil && g.Find("ref_type") == nil && g.Find("ref_path") == nil:
		l.report(match.Key, "short-ref", "a short ref is a branch or a tag: add ref_type, or match ref_path")
	case !kind.ExactSubject && !slices.ContainsFunc(g.Match, g.guards):
		l.mend(match.Key, "no-context-guard", guardFix(g), "the grant admits %s", allRefs(g))
	}
}

// guards reports whether a condition says in which context a job runs.
func (g *Grant) guards(m Match) bool {
	switch m.Claim.Guard {
	case identity.GuardExact:
		return m.Values.Pins()
	case identity.GuardAny:
		return !m.Values.Empty && !m.everyRef()
	case identity.GuardCallee:
		return !m.Values.Empty
	case identity.GuardWithRef:
		kind := g.Find("ref_type")
		return !m.Values.Empty && !m.everyRef() && kind != nil && kind.Values.Pins() && len(kind.Values.Exact) == 1
	case identity.NoGuard:
	}
	return false
}

// everyRef reports whether a condition on a ref admits all of them.
func (m Match) everyRef() bool {
	patterns := m.Values.Patterns()
	if m.Claim.Ref != identity.FullRef {
		return globsContain(patterns, "**")
	}
	for _, kind := range []string{"refs/heads/**", "refs/tags/**", "refs/pull/**"} {
		if !globsContain(patterns, kind) {
			return false
		}
	}
	return true
}

// allRefs says what a grant without a guard admits.
func allRefs(g *Grant) string {
	for _, event := range g.Events() {
		if strings.HasPrefix(event, "pull_request") {
			return "every branch, tag and pull request"
		}
	}
	return "every branch and tag"
}

// guardFix says what to write so that a grant says in which context a job runs.
func guardFix(g *Grant) string {
	kind := g.Issuer.Vocabulary
	var names []string
	for _, c := range kind.Claims {
		switch c.Guard {
		case identity.NoGuard:
			continue
		case identity.GuardWithRef:
			names = append(names, c.Name+" with ref_type")
			continue
		case identity.GuardExact, identity.GuardAny, identity.GuardCallee:
		}
		names = append(names, c.Name)
		switch {
		case c.Ref != identity.FullRef:
		case g.Find(c.Name) != nil:
			return "write " + c.Name + ": refs/heads/main"
		default:
			return "add " + c.Name + ": refs/heads/main"
		}
	}
	return "add " + strings.Join(names, " or ")
}

// unless reads the blocks that deny. A claim that a token may lack excludes
// nobody, so only those that every admitted event has can stand there.
func (l *loader) unless(n *source.Node, g *Grant) []Block {
	if n.Kind == source.Map {
		l.mend(n, "bad-value", "write each block behind a hyphen: unless: [{actor: …}]", "unless is a list, this is a map")
		return nil
	}
	items := l.upTo(maxUnless, l.items(n, "unless"), "unless")
	if n.Kind == source.List && len(items) == 0 {
		l.report(n, "empty-list", "unless lists no block")
	}
	var blocks []Block
	for _, item := range items {
		block := Block{Matches: l.matches(item, "an unless block", g.Issuer.Vocabulary), Pos: place(item)}
		for i := range block.Matches {
			l.checkPresence(item, &block.Matches[i], g)
			if m := &block.Matches[i]; m.Claim.Folded {
				m.Values = m.Values.folded()
			}
		}
		blocks = append(blocks, block)
	}
	return blocks
}

func (l *loader) checkPresence(block *source.Node, m *Match, g *Grant) {
	if m.Claim.Presence.On(g.Events()) {
		return
	}
	key := block
	for _, f := range block.Fields {
		if f.Key.Text == m.Claim.Name {
			key = f.Key
		}
	}
	l.mend(key, "optional-claim-in-unless", "list what is admitted under match, as "+m.Claim.Name+": VALUE",
		"a token may lack %s (%s), and what is absent excludes nobody", m.Claim.Name, m.Claim.Presence.Note)
}

// Events lists the events that the grant admits, nil where its issuer's tokens
// name none.
func (g *Grant) Events() []string {
	kind := g.Issuer.Vocabulary
	if kind.Event == "" {
		return nil
	}
	m := g.Find(kind.Event)
	if m == nil {
		return kind.Events
	}
	events := make([]string, 0, len(m.Values.Exact))
	for _, w := range m.Values.Exact {
		events = append(events, w.Text)
	}
	return events
}
