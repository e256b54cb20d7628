package policy

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/identity"
)

// The vocabulary of the small world in which every token can be tried.
var small = &identity.Kind{
	Name: "small",
	Claims: []identity.Claim{
		{Name: "text", Globs: identity.AnyGlob, Presence: identity.Presence{Sometimes: true}},
		{Name: "folded", Globs: identity.AnyGlob, Folded: true},
		{Name: "flag", Type: identity.Bool},
		{Name: "number", Type: identity.Number},
		{Name: "list", Type: identity.List, Globs: identity.AnyGlob},
		{Name: "event", Globs: identity.AnyGlob},
		{Name: "iss"},
		{Name: "aud"},
	},
	Event: "event", Events: []string{"a", "b"}, Identity: []string{"text"},
	Implications: []identity.Implication{
		{If: identity.Term{Claim: "event", Values: []string{"a"}}, Then: identity.Term{Claim: "text", Globs: []string{"a**"}}, Level: identity.Always},
		{If: identity.Term{Claim: "text", Globs: []string{"*b*"}}, Then: identity.Term{Claim: "folded", Empty: true}, Level: identity.Always},
		{If: identity.Term{Claim: "event", Values: []string{"b"}}, Then: identity.Term{Claim: "text", Empty: true}, Level: identity.Usual},
	},
}

func smallIssuer() *Issuer {
	i := &Issuer{Vocabulary: small}
	i.Name, i.URL, i.Audience, i.Kind = "small", "https://small.example", "aud", "small"
	i.lore = newLore(i)
	return i
}

// maker makes random grants.
type maker struct {
	*rand.Rand
	issuer *Issuer
}

func (m maker) pattern(letters string, n int) string {
	var b strings.Builder
	for range m.IntN(n + 1) {
		b.WriteByte(letters[m.IntN(len(letters))])
	}
	return b.String()
}

func (m maker) values(c identity.Claim) Values {
	var v Values
	some := func(n int, text func() string) []Word {
		var words []Word
		for range 1 + m.IntN(n) {
			words = append(words, Word{Text: text()})
		}
		return words
	}
	switch c.Type {
	case identity.Bool:
		return Values{Exact: some(2, func() string { return strconv.FormatBool(m.IntN(2) == 0) })}
	case identity.Number:
		return Values{Exact: some(2, func() string { return strconv.Itoa(m.IntN(3)) })}
	case identity.Text, identity.List:
	}
	switch m.IntN(6) {
	case 0:
		v.Empty = true
	case 1, 2:
		v.Exact = some(3, func() string { return m.pattern("abA/", 2) })
	case 3:
		v.Exact = some(2, func() string { return m.pattern("abA/", 2) })
		v.Globs = some(1, func() string { return m.pattern("abA/***", 4) })
	default:
		v.Globs = some(2, func() string { return m.pattern("abA/***", 4) })
	}
	return v
}

func (m maker) match() Match {
	c := small.Claims[m.IntN(6)]
	return Match{Claim: c, Values: m.values(c)}
}

func (m maker) grant() *Grant {
	g := &Grant{ID: "g", Issuer: m.issuer}
	for range m.IntN(4) {
		g.Match = append(g.Match, m.match())
	}
	for range m.IntN(3) {
		var b Block
		for range 1 + m.IntN(2) {
			match := m.match()
			if match.Claim.Folded {
				match.Values = match.Values.folded()
			}
			b.Matches = append(b.Matches, match)
		}
		g.Unless = append(g.Unless, b)
	}
	g.compile()
	return g
}

// question is a set of jobs, and what it is by the functions that decide.
type question struct {
	name  string
	jobs  Jobs
	in    func(identity.Claims) bool
	about []Match // all conditions that play a part
}

func (m maker) question() question {
	g, h, k := m.grant(), m.grant(), m.grant()
	in := func(g *Grant, c identity.Claims) bool { return g.admits(input{issuer: m.issuer.URL, claims: c}) }
	x := m.match()
	holds := func(c identity.Claims) bool { return x.Values.admit(c[x.Claim.Name], x.Claim.Type) }
	q := []question{
		{"g", g.Jobs(), func(c identity.Claims) bool { return in(g, c) }, nil},
		{"g and h", g.Jobs().And(h.Jobs()), func(c identity.Claims) bool { return in(g, c) && in(h, c) }, nil},
		{"g without h", g.Jobs().Without(h.Jobs()), func(c identity.Claims) bool { return in(g, c) && !in(h, c) }, nil},
		{"g without h without k", g.Jobs().Without(h.Jobs()).Without(k.Jobs()), func(c identity.Claims) bool { return in(g, c) && !in(h, c) && !in(k, c) }, nil},
		{"g without (h without k)", g.Jobs().Without(h.Jobs().Without(k.Jobs())), func(c identity.Claims) bool { return in(g, c) && (!in(h, c) || in(k, c)) }, nil},
		{"g without g", g.Jobs().Without(g.Jobs()), func(identity.Claims) bool { return false }, nil},
		{"g where", g.Jobs().Where(x), func(c identity.Claims) bool { return in(g, c) && holds(c) }, nil},
		{"g except", g.Jobs().Except(x).And(h.Jobs()), func(c identity.Claims) bool { return in(g, c) && !holds(c) && in(h, c) }, nil},
	}[m.IntN(8)]
	q.about = append(q.about, x)
	for _, grant := range []*Grant{g, h, k} {
		q.about = append(q.about, grant.Match...)
		for _, b := range grant.Unless {
			q.about = append(q.about, b.Matches...)
		}
	}
	return q
}

// world is tokens of all sorts that some conditions tell apart: for every claim one
// value of each sort.
type world struct {
	sorts  [][]any
	claims identity.Claims
}

func newWorld(about []Match, wrong bool) *world {
	w := &world{claims: identity.Claims{"iss": "https://small.example", "aud": "aud"}}
	for _, c := range small.Claims[:6] {
		var sorts []any
		seen := map[string]bool{}
		for _, value := range domain(c, wrong) {
			if sort := sortOf(c, about, value); !seen[sort] {
				seen[sort] = true
				sorts = append(sorts, value)
			}
		}
		w.sorts = append(w.sorts, sorts)
	}
	return w
}

// find tries tokens, from the i-th claim on, until one is as wanted.
func (w *world) find(i int, wanted func(identity.Claims) bool) bool {
	if i == len(w.sorts) {
		return wanted(w.claims)
	}
	for _, value := range w.sorts[i] {
		put(w.claims, small.Claims[i].Name, value)
		if w.find(i+1, wanted) {
			return true
		}
	}
	return false
}

// sortOf says what each condition thinks of a value.
func sortOf(c identity.Claim, about []Match, value any) string {
	sort := []byte{yes(absent(value)), yes(hasType(value, c.Type))}
	for _, all := range [][]Match{about, lawsOfSmall} {
		for i := range all {
			if m := &all[i]; m.Claim.Name == c.Name {
				sort = append(sort, yes(m.Values.admit(value, c.Type)))
			}
		}
	}
	return string(sort)
}

func yes(b bool) byte {
	if b {
		return 'y'
	}
	return 'n'
}

// lawsOfSmall are the conditions that no grant spells out.
var lawsOfSmall = func() []Match {
	all := []Match{{Claim: small.Claims[5], Values: eventValues(small)}}
	for _, i := range small.Implications {
		all = append(all, *term(small, i.If), *term(small, i.Then))
	}
	return all
}()

var smallTexts = words("abA/", 5)

func domain(c identity.Claim, wrong bool) []any {
	all := []any{nil, ""}
	if wrong {
		all = append(all, map[string]any{})
	}
	switch c.Type {
	case identity.Bool:
		return append(all, true, false)
	case identity.Number:
		return append(all, json.Number("0"), json.Number("1"), json.Number("2"), json.Number("3"))
	case identity.List:
		all = append(all, []any{})
		texts := words("abA/", 2)[1:]
		for i, a := range texts {
			all = append(all, []any{a})
			for _, b := range texts[i+1:] {
				all = append(all, []any{a, b})
				if wrong {
					all = append(all, []any{a, b, false})
				}
			}
		}
		return all
	case identity.Text:
	}
	for _, text := range smallTexts[1:] {
		all = append(all, text)
	}
	return all
}

// possibleToken says in other words what the implications of the small world are.
func possibleToken(claims identity.Claims) bool {
	text, _ := claims.Text("text")
	if len(text) > maxClaim {
		text = ""
	}
	return (claims["event"] != "a" || strings.HasPrefix(text, "a")) &&
		(!strings.Contains(text, "b") || strings.Contains(text, "/") || absent(claims["folded"]))
}

// S5: in a world that is small enough to try every token, the analyser finds a job
// where there is one, says that there is none where there is none, and what it
// finds is one.
func TestS5JobsAgainstBruteForce(t *testing.T) {
	n := 400
	if testing.Short() {
		n = 50
	}
	for seed := range n {
		checkQuestion(t, uint64(seed))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func checkQuestion(t *testing.T, seed uint64) {
	t.Helper()
	m := maker{rand.New(rand.NewPCG(seed, 7)), smallIssuer()}
	q := m.question()
	for _, wrong := range []bool{false, true} {
		answer := q.jobs.Find()
		if wrong {
			answer = q.jobs.FindAny()
		}
		switch e := answer.Example; {
		case answer.Unsure:
			t.Errorf("%s, any %t: nobody knows", q.name, wrong)
		case e != nil:
			if !q.in(e.Claims) || (!wrong && !possibleToken(e.Claims)) {
				t.Errorf("%s, any %t: %v is no job of it", q.name, wrong, e.Claims)
			}
		default:
			w := newWorld(q.about, wrong)
			if w.find(0, func(c identity.Claims) bool { return q.in(c) && (wrong || possibleToken(c)) }) {
				t.Errorf("%s, any %t: none was found, %v is one", q.name, wrong, w.claims)
			}
		}
	}
}

// Whatever the conditions are: what is found is a job, and where none is found
// there is none in a small world.
func FuzzJobs(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(checkQuestion)
}
