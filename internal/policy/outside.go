package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
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
		o.say(fields["issuer"].Value, "use issuer "+g.Issuer.Name, few(o.may.Issuers))
	}
	if g.Lambda && !o.may.Lambda {
		o.say(fields["lambda"].Value, "use the lambda path", "")
	}
	for i := range o.may.Claims {
		o.claim(&o.may.Claims[i])
	}
	o.events()
	o.credential()
}

// say reports what the team may not do, with what it may; "" where its boundary
// does not speak of it.
func (o outside) say(n *source.Node, what, inside string) {
	message := "team " + o.team + " may not " + what
	if inside != "" {
		message += "; it may: " + inside
	}
	fix := fmt.Sprintf("change it, or ask the owners of %s to widen may of team %s, line %d", o.may.Pos.File, o.team, o.may.Pos.Line)
	o.mend(n, "outside-team", fix, "%s", message)
}

// few lists words, and says how many more there are where they are many.
func few(words []Word) string {
	const shown = 8
	var texts []string
	for _, w := range words[:min(len(words), shown)] {
		texts = append(texts, w.Text)
	}
	if more := len(words) - shown; more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, ", ")
}

func fewOf(v *Values) string {
	if v.Empty {
		return v.String()
	}
	return few(slices.Concat(v.Exact, v.Globs))
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
		o.values(mine, &bound.Values)
	case kind.Event == name:
		if usual := eventValues(kind); !bound.Values.contain(&usual) {
			o.open(match.Key, bound, "a grant without "+name+" admits "+strings.Join(kind.Events, ", "))
		}
	default:
		o.open(match.Key, bound, "this one does not match "+name)
	}
}

// open reports that a grant leaves open what the boundary narrows.
func (o outside) open(n *source.Node, bound *Match, what string) {
	fix := ""
	if len(bound.Values.Exact)+len(bound.Values.Globs) < 4 {
		fix = "add " + bound.Claim.Name + ": " + bound.Values.YAML(bound.Claim.Type)
	}
	o.mend(n, "outside-team", fix, "grants of team %s keep to %s %s (%s:%d); %s",
		o.team, bound.Claim.Name, fewOf(&bound.Values), bound.Pos.File, bound.Pos.Line, what)
}

// values reports each value of a condition that lies outside of bounds.
func (o outside) values(mine *Match, bounds *Values) {
	name := mine.Claim.Name
	n := o.fields["match"].Value.Get(name)
	if mine.Values.Empty {
		o.say(n, "admit jobs without "+name, name+" "+fewOf(bounds))
	}
	for _, w := range mine.Values.Exact {
		if !bounds.contain(&Values{Exact: []Word{w}}) {
			o.say(leaf(n, w.Pos), "admit "+name+" "+w.Text, fewOf(bounds))
		}
	}
	for _, w := range mine.Values.Globs {
		if !bounds.contain(&Values{Globs: []Word{w}}) {
			o.say(leaf(n, w.Pos), "admit "+name+" "+w.Text, fewOf(bounds))
		}
	}
}

// leaf returns the node below n that stands at pos, n where there is none.
func leaf(n *source.Node, pos check.Pos) *source.Node {
	nodes := []*source.Node{n}
	if glob := n.Get("glob"); glob != nil {
		nodes = []*source.Node{glob}
	}
	for _, item := range slices.Concat(nodes, nodes[0].Items) {
		if item.Kind == source.Scalar && place(item) == pos {
			return item
		}
	}
	return n
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
	o.values(mine, &usual)
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
		o.say(n.Get("connection"), "use connection "+c.Connection, few(o.may.Connections))
	}
	longest := ""
	if o.may.TTL > 0 {
		longest = "at most " + short(o.may.TTL)
	}
	if ttl := n.Get("ttl"); ttl != nil && c.TTL > o.may.TTL {
		o.say(ttl, "have a ttl of "+short(c.TTL), longest)
	} else if ttl == nil && o.may.TTL > 0 && c.TTL > o.may.TTL {
		o.say(n, "have a credential that lives for "+short(c.TTL), longest)
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
			o.say(at, "have "+f.Name+" "+f.Texts[i].Text, fewOf(&bounds.Values))
		}
	}
	for _, p := range f.Pairs {
		if !bounds.allow(p, f.Levels) {
			o.say(n.Get(f.Name).Get(p.Key.Text), "have "+f.Name+" "+p.Key.Text+": "+p.Value.Text, few(bounds.pairs()))
		}
	}
}

// pairs returns the permissions as they are written.
func (b *FieldBoundary) pairs() []Word {
	var words []Word
	for _, p := range b.Pairs {
		words = append(words, Word{Text: p.Key.Text + ": " + p.Value.Text})
	}
	return words
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
