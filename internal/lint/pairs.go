package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var pairRules = []rule{
	{check.Meta{ID: "duplicate-grant", Summary: "everything that a grant gives another gives as well", Severity: check.Medium}, (*look).duplicateGrant},
	{check.Meta{ID: "bypass-grant", Summary: "a grant gives what another gives, without the other's guards", Severity: check.High}, (*look).bypassGrant},
	{check.Meta{ID: "ambiguous-overlap", Summary: "a request of the lambda protocol fits two grants, and is refused", Severity: check.Medium}, (*look).ambiguousOverlap},
}

// maxWork bounds what one rule does with all the pairs of grants: what people write
// takes a thousandth of it, and one policy must not keep everybody waiting.
const maxWork = 10_000_000

// searchWork is what any search costs, in the steps that it counts.
const searchWork = 1000

// pair is two grants of which the second admits every job of the first, to a
// credential that can do as much.
type pair struct{ less, more *policy.Grant }

// covers reports whether the pair is one. Most are not, and a job of the first that
// the second does not admit says so.
func (l *look) covers(p pair) bool {
	some := l.some(p.less)
	if some.None() || !p.more.Credential.Covers(&p.less.Credential) || some.Example != nil && !p.more.Jobs().Has(some.Example.Claims) {
		return false
	}
	answer := l.closely(p.less.Jobs().Without(p.more.Jobs()))
	if answer.Unsure && !l.tired(0) {
		l.unsure(p.less.String(), "whether "+p.more.String()+" admits the same jobs takes too long to find out")
	}
	return answer.None()
}

// closely asks for a job of a set, unless the rule has asked too much.
func (l *look) closely(jobs policy.Jobs) policy.Answer {
	if l.tired(0) {
		return policy.Answer{Unsure: true}
	}
	answer := jobs.Some()
	if l.tired(searchWork + answer.Work) {
		l.unsure("", "so many grants are alike that not all were compared")
		l.report(check.Pos{File: l.Files[0].Name}, check.Finding{
			Message: "so many grants are alike that not all could be compared, and among the others this rule may be broken",
			Fix:     "make one grant of those that are alike",
		})
	}
	return answer
}

// tired counts work and reports whether the rule has done too much of it.
func (l *look) tired(work int) bool {
	l.work += work
	return l.work > maxWork
}

// neighbours lists for each grant that admits anybody today those that may have
// jobs in common with it.
func (l *look) neighbours() ([]*policy.Grant, map[*policy.Grant][]*policy.Grant) {
	var current []*policy.Grant
	for _, g := range l.grants() {
		if g.Expires.IsZero() || l.now.IsZero() || l.now.Before(g.Expires) {
			current = append(current, g)
		}
	}
	near := map[*policy.Grant][]*policy.Grant{}
	for a, b := range policy.Pairs(current) {
		if a.Credential.Connection == b.Credential.Connection {
			near[a], near[b] = append(near[a], b), append(near[b], a)
		}
	}
	return current, near
}

// duplicateGrant reports each grant that could go, by the first other that makes
// it needless. Of two that are alike that is the one that stands last.
func (l *look) duplicateGrant() {
	grants, near := l.neighbours()
	place := map[*policy.Grant]int{}
	for i, g := range grants {
		place[g] = i
	}
	for _, g := range grants {
		for _, other := range near[g] {
			if l.tired(0) || l.needless(pair{g, other}, place[other] < place[g]) {
				break
			}
		}
	}
}

// needless reports the first grant of a pair if nothing would be lost without it.
func (l *look) needless(p pair, last bool) bool {
	if p.less.Lambda != p.more.Lambda || !p.less.Credential.Covers(&p.more.Credential) || !l.covers(p) {
		return false
	}
	message := p.more.String() + " gives the same to these jobs and to more"
	switch {
	case l.covers(pair{p.more, p.less}):
		if !last {
			return false
		}
		message = "the same jobs get the same from " + p.more.String()
	case !l.closely(unguarded(p)).None():
		return false // which bypass-grant says
	}
	l.report(p.less.Pos, check.Finding{
		Subject: p.less.String(), Message: message + " (" + p.more.Pos.String() + ")", Fix: "remove one of the two", Example: jobOf(p.less.Jobs().Find()),
	})
	return true
}

// unguarded returns the jobs that come from where those of the first grant do,
// which the second admits and the first does not.
func unguarded(p pair) policy.Jobs { return p.less.Own(p.more.Jobs()).Without(p.less.Jobs()) }

// bypassGrant reports grants that make the guards of others pointless, each once.
func (l *look) bypassGrant() {
	grants, near := l.neighbours()
	for _, g := range grants {
		var pairs []pair
		for _, other := range near[g] {
			if !l.tired(0) && l.bypasses(pair{other, g}) {
				pairs = append(pairs, pair{other, g})
			}
		}
		if len(pairs) > 0 {
			l.reportBypass(pairs)
		}
	}
}

func (l *look) bypasses(p pair) bool {
	if !l.covers(p) {
		return false
	}
	answer := l.closely(unguarded(p))
	if answer.Unsure && !l.tired(0) {
		l.unsure(p.more.String(), "whether it goes around the conditions of "+p.less.String()+" takes too long to find out")
	}
	return answer.Example != nil
}

func (l *look) reportBypass(pairs []pair) {
	p := pairs[0]
	message := "it gives all that " + p.less.String() + " gives, " + without(p)
	if len(pairs) > 1 {
		message += fmt.Sprintf(", and the same goes for %d more", len(pairs)-1)
	}
	l.report(p.more.Pos, check.Finding{
		Subject: p.more.String(), Message: message, Example: jobOf(unguarded(p).Find()),
		Fix: "ask for the same here, or remove " + p.less.String(),
	})
}

// without says what the first grant demands and the second does not.
func without(p pair) string {
	var claims []string
	jobs := p.less.Own(p.more.Jobs())
	for i := range p.less.Match {
		m := &p.less.Match[i]
		if jobs.Except(*m).Some().Example != nil {
			claims = append(claims, m.Claim.Name)
		}
	}
	if len(claims) == 0 {
		return "also to jobs that its unless keeps out"
	}
	return "without its " + strings.Join(claims, ", ")
}

// ambiguousOverlap looks at the grants that requests do not name: one that fits
// two of them is refused, whatever they give.
func (l *look) ambiguousOverlap() {
	grants, _ := l.neighbours()
	grants = slices.DeleteFunc(grants, func(g *policy.Grant) bool { return !g.Lambda })
	for a, b := range policy.Pairs(grants) {
		if a.Credential.Platform.Name != b.Credential.Platform.Name || apartByTarget(a, b) {
			continue
		}
		answer := l.closely(a.Jobs().And(b.Jobs()))
		switch {
		case l.tired(0):
			return
		case answer.Unsure:
			l.unsure(b.String(), "whether a job fits "+a.String()+" as well takes too long to find out")
		case answer.None():
		default:
			l.overlap(a, b)
		}
	}
}

func (l *look) overlap(a, b *policy.Grant) {
	answer := a.Jobs().Overlaps(b.Jobs())
	if answer.Example == nil || !sameTarget(a, b, answer.Example) {
		l.unsure(b.String(), "whether its project can come out as that of "+a.String()+" depends on the job")
		return
	}
	l.report(b.Pos, check.Finding{
		Subject: b.String(), Message: "a request of the lambda protocol that fits this grant fits " + a.String() + " too, and is refused",
		Fix: "keep their jobs apart, or take lambda from one of them", Example: jobOf(answer),
	})
}

// apartByTarget reports whether two grants are for different projects, which is
// what a request of the lambda protocol names. For Artifactory it names nothing.
func apartByTarget(a, b *policy.Grant) bool {
	x, y := project(a), project(b)
	return x != y && !strings.Contains(x+y, "{")
}

// sameTarget reports whether a job gets the same project by both.
func sameTarget(a, b *policy.Grant, job *policy.Example) bool {
	x, err := a.Resolve(job.Claims)
	if err != nil {
		return false
	}
	y, err := b.Resolve(job.Claims)
	return err == nil && x["project"] == y["project"]
}

// project returns what stands under project in a grant's credential, "" where the
// platform knows none.
func project(g *policy.Grant) string {
	for _, f := range g.Credential.Fields {
		if f.Name == "project" && len(f.Texts) == 1 {
			return f.Texts[0].Text
		}
	}
	return ""
}
