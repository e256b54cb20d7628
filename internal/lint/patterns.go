package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var patternRules = []rule{
	{check.Meta{ID: "glob-matches-all", Summary: "a glob admits every value there can be, so the condition guards nothing", Severity: check.High}, (*look).globMatchesAll},
	{check.Meta{ID: "dead-alternative", Summary: "an item of a list adds nothing to what the others admit", Severity: check.Medium}, (*look).deadAlternative},
	{check.Meta{ID: "prefix-confusion", Summary: "a * stands where a name goes on, so that it also fits the names of others", Severity: check.High}, (*look).prefixConfusion},
}

func (l *look) globMatchesAll() {
	for _, c := range l.conditions(inMatch | inUnless | inRequire) {
		if c.in == inUnless && len(c.others) == 1 {
			continue // it denies every job, which cancelled-by-unless says
		}
		for _, g := range c.Values.Globs {
			if len(g.Text) > 1 && strings.Trim(g.Text, "*") == "" {
				l.report(g.Pos, check.Finding{
					Subject: c.subject, Message: c.Claim.Name + " may be anything at all here, as long as a job has one",
					Fix: "write what is meant, or leave " + c.Claim.Name + " out",
				})
			}
		}
	}
}

// deadAlternative looks for items that a sibling admits as well.
func (l *look) deadAlternative() {
	for _, c := range l.conditions(anywhere) {
		kept := slices.Clone(words(c.Match))
		times := map[string]int{}
		for _, w := range kept {
			times[w.Text]++
		}
		for i := len(kept) - 1; i >= 0 && len(kept) > 1; i-- {
			if times[kept[i].Text] == 1 && len(c.Values.Globs) == 0 {
				continue // an exact text admits itself alone
			}
			times[kept[i].Text]--
			rest := slices.Delete(slices.Clone(kept), i, i+1)
			by := l.coverer(c.Match, rest, kept[i].Text)
			if strings.Trim(by, "*") == "" {
				continue // nothing does, or what admits all does, which is the other rule's
			}
			message := kept[i].Text + " stands here twice"
			if by != kept[i].Text {
				message = by + " admits " + kept[i].Text + " as well"
			}
			l.report(kept[i].Pos, check.Finding{Subject: c.subject, Message: message, Fix: "write " + writeValues(c.Match, rest)})
			kept = rest
		}
	}
	if l.tired(0) {
		l.unsure("", "so many globs begin alike that not all could be compared")
	}
}

// coverer returns the one of rest that admits all that text does, "" where none
// does by itself.
func (l *look) coverer(m *policy.Match, rest []policy.Word, text string) string {
	inner := valuesOf(m, []policy.Word{{Text: text}})
	for _, w := range rest {
		if prefix, _, _ := strings.Cut(w.Text, "*"); !strings.HasPrefix(text, prefix) {
			continue // as it is with most, and cheaper to see
		}
		if l.tired(5 * searchWork) {
			return ""
		}
		outer := valuesOf(m, []policy.Word{w})
		if outer.Contain(&inner) {
			return w.Text
		}
	}
	return ""
}

// valuesOf returns words as values of the kind that the condition has.
func valuesOf(m *policy.Match, words []policy.Word) policy.Values {
	if len(m.Values.Globs) > 0 {
		return policy.Values{Globs: words}
	}
	return policy.Values{Exact: words}
}

// writeValues writes a condition with other values.
func writeValues(m *policy.Match, words []policy.Word) string {
	texts := make([]string, 0, len(words))
	for _, w := range words {
		texts = append(texts, w.Text)
	}
	if len(m.Values.Globs) == 0 {
		return line(m.Claim.Name, texts...)
	}
	return m.Claim.Name + ": {" + line("glob", texts...) + "}"
}

func (l *look) prefixConfusion() {
	for _, g := range l.grants() {
		for i := range g.Match {
			m := &g.Match[i]
			for _, glob := range m.Values.Globs {
				if star := goesOn(g, m.Claim, glob.Text); star >= 0 {
					l.openName(g, m.Claim, glob, star)
				}
			}
		}
	}
}

// goesOn returns where in a glob a name of an owner, a repository or a file
// goes on with a *, -1 where none does. Where ids say which repository is meant
// its name is a label.
func goesOn(g *policy.Grant, claim identity.Claim, glob string) int {
	kind := g.Issuer.Vocabulary
	path := glob
	switch {
	case claim.Name == kind.Repository && g.Pins(kind.Identity...):
		return -1
	case claim.Ref == identity.FileRef:
		path, _, _ = strings.Cut(glob, "@")
	case claim.Name != kind.Repository:
		return -1
	}
	for i := 1; i < len(path); i++ {
		if path[i] == '*' && isNameLetter(path[i-1]) {
			return i
		}
	}
	return -1
}

// isNameLetter reports whether c is a letter or digit: what stands behind one is
// the same word, and behind . _ and - the next.
func isNameLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// openName reports the glob with a job that its author hardly meant: one of a
// repository or file that the policy names elsewhere, or else of one that could be
// made.
func (l *look) openName(g *policy.Grant, claim identity.Claim, glob policy.Word, star int) {
	rest := strings.TrimLeft(glob.Text[star:], "*")
	evil := policy.Values{Globs: []policy.Word{{Text: glob.Text[:star] + "-evil" + rest}}}
	tries := append(l.namesElsewhere(g, claim, glob.Text), evil)
	for _, values := range tries {
		answer := g.Jobs().Where(policy.Match{Claim: claim, Values: values}).Find()
		if answer.None() {
			continue
		}
		name, _, _ := strings.Cut(glob.Text[:star], "@")
		l.report(glob.Pos, check.Finding{
			Subject: g.String(), Message: "the name " + name[strings.LastIndexByte(name, '/')+1:] + " has no end: " + others(answer, claim),
			Fix: "list what is meant", Example: jobOf(answer),
		})
		return
	}
}

func others(a policy.Answer, claim identity.Claim) string {
	if a.Example == nil {
		return "whatever begins like that fits as well"
	}
	text, _ := a.Example.Claims.Text(claim.Name)
	name, _, _ := strings.Cut(text, "@")
	return name + " fits as well"
}

// namesElsewhere returns what the policy says about a claim in other places, as
// far as the glob fits it: in other grants of the issuer, and in their tests.
func (l *look) namesElsewhere(g *policy.Grant, claim identity.Claim, glob string) []policy.Values {
	own := policy.Values{Globs: []policy.Word{{Text: glob}}}
	var names []string
	for _, other := range l.grants() {
		m := other.Find(claim.Name)
		if other == g || other.Issuer != g.Issuer || m == nil {
			continue
		}
		for _, w := range m.Values.Exact {
			names = append(names, w.Text)
		}
	}
	for _, test := range l.Policy.Tests {
		if name, _ := test.Set[claim.Name].(string); test.Grant.Text != g.ID {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var all []policy.Values
	for _, name := range slices.Compact(names) {
		if own.Admits(name) {
			all = append(all, policy.Values{Exact: []policy.Word{{Text: name}}})
		}
	}
	return all[:min(len(all), maxTries)]
}

// maxTries is how many of the policy's own names are tried for an example.
const maxTries = 8

// jobOf writes an answer's job for people, "" where there is none.
func jobOf(a policy.Answer) string {
	if a.Example == nil {
		return ""
	}
	return a.Example.String()
}
