package policy

import (
	"slices"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// Boundary is what a team's grants must lie within. What it does not name is
// not allowed. A connection that it names is allowed for as long as its credentials
// live where nobody asks: that is for limits to bound, or for ttl.
type Boundary struct {
	Issuers     []Word
	Connections []Word
	Claims      []Match
	Fields      []FieldBoundary
	TTL         time.Duration // the longest a grant may ask for; 0: it may not ask
	Lambda      bool
	Pos         check.Pos
}

// FieldBoundary is what a field of a credential may say: texts, or the keys of a
// map with the highest level of each.
type FieldBoundary struct {
	Name   string
	Values Values
	Pairs  []Pair
}

func (l *loader) teams(n *source.Node) {
	if n == nil || !l.isMap(n, "teams") {
		return
	}
	for _, f := range n.Fields {
		name, ok := l.id(f.Key, "a team's name")
		if !ok {
			continue
		}
		end := l.about("team %s", name)
		if fields := l.fields(f.Value, "a team", "owner", "may"); fields != nil {
			team := &Team{Name: name, Owner: l.optional(fields, "owner"), Pos: place(f.Key)}
			if may := l.need(f.Value, fields, "may", "a team"); may != nil && l.isMap(may, "may") {
				team.May = l.boundary(may)
			}
			l.policy.Teams = append(l.policy.Teams, team)
		}
		end()
	}
}

func (l *loader) boundary(n *source.Node) *Boundary {
	fields := fieldMap(n)
	b := &Boundary{Pos: place(n), TTL: l.duration(fields, "ttl"), Lambda: l.flag(fields, "lambda")}
	b.Issuers = l.names(l.need(n, fields, "issuer", "may"), "issuer", l.issuerNames())
	b.Connections = l.names(l.need(n, fields, "connections", "may"), "connection", l.connectionNames())
	for _, f := range n.Fields {
		switch name := f.Key.Text; {
		case slices.Contains([]string{"issuer", "connections", "ttl", "lambda"}, name):
		case isCredentialField(name):
			b.Fields = append(b.Fields, l.fieldBoundary(f))
		default:
			l.claimBoundary(b, f)
		}
	}
	return b
}

// names reads one name or a list of them, all out of known.
func (l *loader) names(n *source.Node, what string, known []string) []Word {
	if n == nil || n.Kind == source.Bad {
		return nil
	}
	nodes := []*source.Node{n}
	if n.Kind == source.List {
		nodes = n.Items
	}
	var names []Word
	for _, item := range nodes {
		text, ok := l.text(item, what)
		if ok && !slices.Contains(known, text) {
			l.unknown(item, "unknown-name", what, known)
			continue
		}
		if ok {
			names = append(names, word(item))
		}
	}
	return names
}

func (l *loader) claimBoundary(b *Boundary, f source.Field) {
	var known []string
	for _, issuer := range l.policy.issuers {
		if !hasWord(b.Issuers, issuer.Name) {
			continue
		}
		claim, ok := issuer.Vocabulary.Claim(f.Key.Text)
		if !ok {
			known = append(known, issuer.Vocabulary.ClaimNames()...)
			continue
		}
		if values, ok := l.values(f.Value, claim, issuer.Vocabulary); ok {
			b.Claims = append(b.Claims, Match{claim, values, place(f.Key)})
		}
		return
	}
	if len(b.Issuers) > 0 {
		l.unknown(f.Key, "unknown-claim", "claim or credential field", append(known, credentialFields()...))
	}
}

// fieldBoundary reads the bounds of a field: a text, a list of texts or of maps,
// a map, or {glob: …}.
func (l *loader) fieldBoundary(f source.Field) FieldBoundary {
	b := FieldBoundary{Name: f.Key.Text}
	if f.Value.Kind == source.Map && f.Value.Get("glob") == nil {
		b.Pairs = l.boundaryPairs(f.Value)
		return b
	}
	if f.Value.Kind == source.List {
		l.boundaryItems(&b, f.Value)
		return b
	}
	b.Values, _ = l.values(f.Value, identity.Claim{Name: b.Name, Globs: identity.AnyGlob}, &identity.Kind{})
	return b
}

func (l *loader) boundaryItems(b *FieldBoundary, n *source.Node) {
	reader := valueReader{l, identity.Claim{Name: b.Name}, &identity.Kind{}}
	for _, item := range n.Items {
		if item.Kind == source.Map {
			b.Pairs = append(b.Pairs, l.boundaryPairs(item)...)
			continue
		}
		if text, ok := reader.exact(item); ok {
			b.Values.Exact = append(b.Values.Exact, Word{text, place(item)})
		}
	}
}

// boundaryPairs reads permissions with levels: {contents: read}.
func (l *loader) boundaryPairs(n *source.Node) []Pair {
	var pairs []Pair
	for _, f := range n.Fields {
		if level, ok := l.oneOf(f.Value, "level of "+f.Key.Text, allLevels()); ok {
			pairs = append(pairs, Pair{word(f.Key), Word{level, place(f.Value)}})
		}
	}
	return pairs
}

func allLevels() []string {
	var levels []string
	for _, p := range credential.Platforms {
		for _, f := range p.Fields {
			levels = append(levels, f.Levels...)
		}
	}
	return levels
}

func credentialFields() []string {
	var names []string
	for _, p := range credential.Platforms {
		for _, f := range p.Fields {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func isCredentialField(name string) bool { return slices.Contains(credentialFields(), name) }

func hasWord(words []Word, text string) bool {
	return slices.ContainsFunc(words, func(w Word) bool { return w.Text == text })
}
