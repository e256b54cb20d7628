package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// outside is one look at whether a grant lies inside its team's boundary.
type outside struct {
	*loader
	grant  *Grant
	may    *Boundary
	team   string
	fields map[string]source.Field
}

func (l *loader) checkBoundary(g *Grant, fields map[string]source.Field, team *Team) {
	o := outside{l, g, team.May, team.Name, fields}
	if !hasWord(o.may.Issuers, g.Issuer.Name) {
		o.say(fields["issuer"].Value, "issuer %s", g.Issuer.Name)
	}
	if g.Lambda && !o.may.Lambda {
		o.say(fields["lambda"].Value, "the lambda path")
	}
	for i := range o.may.Claims {
		o.claim(&o.may.Claims[i])
	}
	o.events()
	o.credential()
}

func (o outside) say(n *source.Node, what string, args ...any) {
	o.report(n, "outside-team", what+" is outside of what team "+o.team+" may", args...)
}

// claim demands that what the grant and its issuer's floor want of a claim is
// inside of the boundary.
func (o outside) claim(bound *Match) {
	name := bound.Claim.Name
	mine, floor := o.grant.Find(name), o.grant.Issuer.Find(name)
	if o.contains(bound, mine) || o.contains(bound, floor) {
		return
	}
	match := o.fields["match"]
	kind := o.grant.Issuer.Vocabulary
	switch {
	case mine != nil:
		o.say(match.Value.Get(name), "%s %s", name, mine.Values.String())
	case kind.Event == name:
		if usual := eventValues(kind); !bound.Values.contain(&usual) {
			o.say(match.Key, "a grant without %s, which admits %s,", name, strings.Join(kind.Events, ", "))
		}
	default:
		o.say(match.Key, "a grant that does not match %s", name)
	}
}

func (o outside) contains(bound, m *Match) bool { return m != nil && bound.Values.contain(&m.Values) }

// events keeps a team from admitting more events than usual where its boundary
// does not speak of them: listing one widens a grant.
func (o outside) events() {
	kind := o.grant.Issuer.Vocabulary
	mine := o.grant.Find(kind.Event)
	if mine == nil || findMatch(o.may.Claims, kind.Event) != nil {
		return
	}
	usual := eventValues(kind)
	if !usual.contain(&mine.Values) {
		o.say(o.fields["match"].Value.Get(kind.Event), "%s %s", kind.Event, mine.Values.String())
	}
}

func eventValues(kind *identity.Kind) Values {
	var v Values
	for _, event := range kind.Events {
		v.Exact = append(v.Exact, Word{Text: event})
	}
	return v
}

// credential demands the same of what the grant gives.
func (o outside) credential() {
	n := o.fields["credential"].Value
	c := &o.grant.Credential
	if c.Connection == "" {
		return
	}
	if !hasWord(o.may.Connections, c.Connection) {
		o.say(n.Get("connection"), "connection %s", c.Connection)
	}
	if ttl := n.Get("ttl"); ttl != nil && c.TTL > o.may.TTL {
		o.say(ttl, "a ttl of %s", short(c.TTL))
	} else if ttl == nil && o.may.TTL > 0 && c.TTL > o.may.TTL {
		o.say(n, "a credential that lives for %s", short(c.TTL))
	}
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Name != labels && !f.implied() {
			o.field(n, f)
		}
	}
}

// implied reports whether a field says at most what leaving it out says.
func (f *Field) implied() bool { return !f.Required && len(f.Values) == 1 }

func (o outside) field(n *source.Node, f *Field) {
	bounds := o.may.field(f.Name)
	for i := range f.Texts {
		inner := Values{Globs: []Word{{Text: f.Texts[i].glob()}}}
		if !bounds.Values.contain(&inner) {
			at := n.Get(f.Name)
			if at.Kind == source.List {
				at = nodeAt(at.Items, &f.Texts[i])
			}
			o.say(at, "%s %s", f.Name, f.Texts[i].Text)
		}
	}
	for _, p := range f.Pairs {
		if !bounds.allow(p, f.Levels) {
			o.say(n.Get(f.Name).Get(p.Key.Text), "%s %s: %s", f.Name, p.Key.Text, p.Value.Text)
		}
	}
}

// allow reports whether a permission is listed at its level or a stronger one.
func (b *FieldBoundary) allow(p Pair, levels []string) bool {
	return slices.ContainsFunc(b.Pairs, func(bound Pair) bool {
		return bound.Key.Text == p.Key.Text && slices.Index(levels, p.Value.Text) <= slices.Index(levels, bound.Value.Text)
	})
}

func (l *loader) issuerNames() []string {
	names := make([]string, 0, len(l.policy.issuers))
	for _, issuer := range l.policy.issuers {
		names = append(names, issuer.Name)
	}
	return names
}

func (l *loader) connectionNames() []string {
	return slices.Sorted(maps.Keys(l.policy.Connections))
}
