package lint

import (
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

// pair is two grants of which the first gives nothing but what the second gives
// as well.
type pair struct{ less, more *policy.Grant }

// covered lists the pairs of which the second grant admits every job of the first
// to a credential that can do as much.
func (l *look) covered() []pair {
	var all []pair
	for a, b := range policy.Pairs(l.current()) {
		for _, p := range []pair{{a, b}, {b, a}} {
			if !p.more.Credential.Covers(&p.less.Credential) {
				continue
			}
			answer := p.less.Jobs().Without(p.more.Jobs()).Find()
			if answer.Unsure {
				l.unsure(p.less.String(), "whether "+p.more.String()+" admits the same jobs takes too long to find out")
			}
			if answer.None() {
				all = append(all, p)
			}
		}
	}
	return all
}

// current lists the grants that admit anybody today.
func (l *look) current() []*policy.Grant {
	var all []*policy.Grant
	for _, g := range l.grants() {
		if g.Expires.IsZero() || l.now.IsZero() || l.now.Before(g.Expires) {
			all = append(all, g)
		}
	}
	return all
}

// duplicateGrant reports the grant that could go: of two that are alike the one
// that stands last.
func (l *look) duplicateGrant() {
	pairs := l.covered()
	for _, p := range pairs {
		same := slices.Contains(pairs, pair{p.more, p.less})
		switch {
		case !p.less.Credential.Covers(&p.more.Credential), p.less.Lambda != p.more.Lambda:
		case same && !before(p.more, p.less):
		case same:
			l.reportDuplicate(p, "the same jobs get the same from "+p.more.String()+" ("+p.more.Pos.String()+")")
		case l.unguarded(p).None():
			l.reportDuplicate(p, p.more.String()+" ("+p.more.Pos.String()+") gives the same to these jobs and to more")
		}
	}
}

func (l *look) reportDuplicate(p pair, message string) {
	l.report(p.less.Pos, check.Finding{
		Subject: p.less.String(), Message: message, Fix: "remove one of the two", Example: jobOf(p.less.Jobs().Find()),
	})
}

// before reports whether a stands before b in the policy.
func before(a, b *policy.Grant) bool {
	if a.Pos.File != b.Pos.File {
		return a.Team == "" || (b.Team != "" && a.Pos.File < b.Pos.File)
	}
	return a.Pos.Line < b.Pos.Line || (a.Pos.Line == b.Pos.Line && a.Pos.Col < b.Pos.Col)
}

// unguarded looks for a job of the repositories that the first grant is for, which
// the second admits and the first does not.
func (l *look) unguarded(p pair) policy.Answer {
	return p.less.Own(p.more.Jobs()).Without(p.less.Jobs()).Find()
}

// bypassGrant reports grants that make another's guards pointless.
func (l *look) bypassGrant() {
	for _, p := range l.covered() {
		answer := l.unguarded(p)
		if answer.Unsure {
			l.unsure(p.more.String(), "whether it goes around the guards of "+p.less.String()+" takes too long to find out")
			continue
		}
		if answer.None() {
			continue
		}
		l.report(p.more.Pos, check.Finding{
			Subject: p.more.String(),
			Message: "it gives all that " + p.less.String() + " gives, " + without(p),
			Fix:     "ask for the same here, or remove " + p.less.String(),
			Example: jobOf(answer),
		})
	}
}

// without says what the first grant demands and the second does not.
func without(p pair) string {
	var claims []string
	jobs := p.less.Own(p.more.Jobs())
	for _, m := range p.less.Match {
		if jobs.Except(m).Find().Example != nil {
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
	grants := slices.DeleteFunc(l.current(), func(g *policy.Grant) bool { return !g.Lambda })
	for a, b := range policy.Pairs(grants) {
		if a.Credential.Platform.Name != b.Credential.Platform.Name {
			continue
		}
		answer := a.Jobs().Overlaps(b.Jobs())
		if answer.Unsure {
			l.unsure(b.String(), "whether a job fits "+a.String()+" as well takes too long to find out")
			continue
		}
		if answer.None() {
			continue
		}
		switch sameTarget(a, b, answer) {
		case yes:
			l.report(b.Pos, check.Finding{
				Subject: b.String(), Message: "a request of the lambda protocol that fits this grant fits " + a.String() + " too, and is refused",
				Fix: "keep their jobs apart, or take lambda from one of them", Example: jobOf(answer),
			})
		case perhaps:
			l.unsure(b.String(), "whether its project can come out as that of "+a.String()+" depends on the job")
		case no:
		}
	}
}

// truth is what is known about a question.
type truth int

const (
	no truth = iota
	yes
	perhaps
)

// sameTarget says whether two grants are for the same project, which is what a
// request of the lambda protocol names. For Artifactory it names nothing.
func sameTarget(a, b *policy.Grant, answer policy.Answer) truth {
	x, y := project(a), project(b)
	switch {
	case x == nil || y == nil || x.Text == y.Text:
		return yes
	case !strings.Contains(x.Text+y.Text, "{"):
		return no
	}
	mine, err := a.Resolve(answer.Example.Claims)
	if err != nil {
		return perhaps
	}
	other, err := b.Resolve(answer.Example.Claims)
	if err == nil && mine["project"] == other["project"] {
		return yes
	}
	return perhaps
}

func project(g *policy.Grant) *policy.Template {
	for _, f := range g.Credential.Fields {
		if f.Name == "project" && len(f.Texts) == 1 {
			return &f.Texts[0]
		}
	}
	return nil
}
