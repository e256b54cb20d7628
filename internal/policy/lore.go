package policy

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
)

// lore is what is known about an issuer's jobs beside the conditions of grants.
type lore struct {
	events *Match    // what a grant without a condition on the event admits
	always []formula // of every token
	usual  []formula // of most

	texts map[string][]string // by claim, what the policy's grants list
	names map[string]string   // of the repositories that the policy names, by id
	ids   map[string]string   // and the other way round
}

// maxTexts is how many of a claim's values are worth looking through.
const maxTexts = 256

func newLore(i *Issuer) *lore {
	kind := i.Vocabulary
	l := &lore{texts: map[string][]string{}, names: map[string]string{}, ids: map[string]string{}}
	if claim, ok := kind.Claim(kind.Event); ok {
		l.events = &Match{Claim: claim, Values: eventValues(kind)}
	}
	l.always = []formula{
		{literal: literal{term(kind, identity.Term{Claim: "iss", Values: []string{i.URL}}), fits}},
		{literal: literal{term(kind, identity.Term{Claim: "aud", Values: []string{i.Audience}}), fits}},
	}
	for _, i := range kind.Implications {
		if i.Level == identity.Always {
			l.always = append(l.always, implied(kind, i))
		} else {
			l.usual = append(l.usual, implied(kind, i))
		}
	}
	return l
}

// learn collects what the grants say about which jobs there are, to make examples
// of what people know.
func (p *Policy) learn() {
	for _, g := range p.Grants {
		if g.jobs.known() {
			g.Issuer.lore.learn(g)
		}
	}
	for _, t := range p.Tests {
		if g := p.byID[t.Grant.Text]; g != nil && g.jobs.known() && t.Allow {
			g.Issuer.lore.learnTest(t, g.Issuer.Vocabulary)
		}
	}
}

// learnTest takes a job that should be allowed for one that there is.
func (l *lore) learnTest(t *Test, kind *identity.Kind) {
	id, _ := t.Set[sourceClaim(kind)].(string)
	name, _ := t.Set[kind.Repository].(string)
	l.pair(id, name)
}

// pair remembers that a repository has an id; what is known already stays.
func (l *lore) pair(id, name string) {
	if id != "" && name != "" && l.names[id] == "" && l.ids[name] == "" {
		l.names[id], l.ids[name] = name, id
	}
}

func (l *lore) learn(g *Grant) {
	kind := g.Issuer.Vocabulary
	for i := range g.Match {
		m := &g.Match[i]
		if m.Claim.Globs == identity.NoGlobs {
			continue
		}
		for _, w := range m.Values.Exact {
			l.add(m.Claim.Name, w.Text)
		}
	}
	l.pair(g.only(sourceClaim(kind)), g.only(kind.Repository))
}

func (l *lore) add(claim, text string) {
	if text != "" && len(l.texts[claim]) < maxTexts && !slices.Contains(l.texts[claim], text) {
		l.texts[claim] = append(l.texts[claim], text)
	}
}

// only returns the one text that the grant lists for a claim, "" where that is not
// what it does.
func (g *Grant) only(claim string) string {
	if m := g.Find(claim); m != nil && m.Values.Pins() && len(m.Values.Exact) == 1 {
		return m.Values.Exact[0].Text
	}
	return ""
}

// starts returns typical tokens of the issuer, those that meet most of what is
// known for sure about the set first.
func (j Jobs) starts() []identity.Claims {
	type rated struct {
		claims identity.Claims
		points int
	}
	var best [maxStarts]rated
	for _, f := range identity.Fixtures() {
		if f.Kind != j.issuer.Vocabulary.Name {
			continue
		}
		r := rated{f.Claims, j.points(f.Claims)}
		for i := range best {
			if best[i].claims == nil || best[i].points < r.points {
				best[i], r = r, best[i]
			}
			if r.claims == nil {
				break
			}
		}
	}
	starts := make([]identity.Claims, 0, maxStarts)
	for _, r := range best {
		if r.claims != nil || len(starts) == 0 {
			starts = append(starts, r.claims)
		}
	}
	return starts
}

const maxStarts = 3

// points tells how near a token is to the set. Ids do not count: they are easily
// changed.
func (j Jobs) points(claims identity.Claims) int {
	points := 0
	for _, l := range j.units {
		if l.match.Claim.Control == identity.ByPlatform && l.match.Claim.Guard == identity.NoGuard {
			continue
		}
		value := claims[l.claim()]
		text, _ := value.(string)
		switch {
		case l.holds(value):
			points += 4
		case absent(value), l.sense != fits:
		case slices.ContainsFunc(l.match.Values.Exact, func(w Word) bool { return alike(text, w.Text) }),
			slices.ContainsFunc(l.match.Values.Globs, func(w Word) bool { return alike(text, w.Text) }):
			points += 2
		default:
			points++
		}
	}
	return points
}

// alike reports whether two refs are of one sort: refs/tags/a and refs/tags/b.
func alike(a, b string) bool {
	i := strings.IndexByte(strings.TrimPrefix(a, "refs/"), '/') + len("refs/")
	return strings.HasPrefix(a, "refs/") && len(b) > i && a[:i] == b[:i]
}
