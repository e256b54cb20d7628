// Package lint looks at policies that may well load for what their authors did
// not mean: its rules, and the pages that explain them and the language's own.
package lint

import (
	"slices"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

// Options says what a policy is looked at for. The zero Options has no clock, and
// then nothing is about to expire.
type Options struct {
	Now  time.Time
	Base *policy.Draft // where set, only what this one ignores too is ignored: a pull request cannot silence its own findings
}

// rule is one thing to look for. What it reports has the rule's severity unless
// the finding says another.
type rule struct {
	check.Meta
	look func(*look)
}

// look is one rule's look at a policy.
type look struct {
	*policy.Draft
	now  time.Time
	rule check.Meta

	somes map[*policy.Grant]policy.Answer // what some found, for all looks
	work  int                             // what a rule about pairs has done

	subject    string // whom the next findings are about
	findings   []check.Finding
	notChecked []check.NotChecked
}

// rules lists what this package looks for; the language's own rules are
// policy.Rules.
func rules() []rule {
	return slices.Concat(
		characterRules, formRules, nameRules, claimRules, audienceRules, actorRules, callerRules, eventRules, refRules, reachRules, systemRules, globRules, upkeepRules, testRules, secretRules,
		patternRules, logicRules, pairRules, strongRules, impossibleRules, ignoreRules,
	)
}

// Rules lists every rule on policies, the language's own first.
func Rules() []check.Meta {
	all := slices.Clone(policy.Rules)
	for _, r := range rules() {
		all = append(all, r.Meta)
	}
	return all
}

// Run looks at a policy with every rule. What keeps it from being loaded is
// reported as well, and the other rules look at the grants that are sound.
func Run(draft *policy.Draft, opts Options) check.Report {
	rules := rules()
	report := check.Report{Findings: slices.Clone(draft.Findings)}
	somes := map[*policy.Grant]policy.Answer{}
	for _, r := range rules {
		l := &look{Draft: draft, now: opts.Now, rule: r.Meta, somes: somes}
		r.look(l)
		report.Findings = append(report.Findings, l.findings...)
		report.NotChecked = append(report.NotChecked, l.notChecked...)
	}
	for _, g := range draft.Policy.Grants {
		if !g.Sound {
			report.NotChecked = append(report.NotChecked, check.NotChecked{Subject: g.String(), Reason: "more rules run when its errors are gone"})
		}
	}
	silence(&report, draft, opts)
	conceal(&report, draft)
	check.Sort(report.Findings)
	report.Coverage = check.Coverage{Files: len(draft.Files), Grants: len(draft.Policy.Grants), Rules: len(policy.Rules) + len(rules)}
	return report
}

// say adds a finding of the look's rule about its subject. It stands at
// sixty places, so its code is called and not copied to each.
//
//go:noinline
func (l *look) say(pos check.Pos, message, fix string) {
	l.report(pos, check.Finding{Subject: l.subject, Message: message, Fix: fix})
}

// sayAs does so with a severity of its own. Not inlined, as say.
//
//go:noinline
func (l *look) sayAs(s check.Severity, pos check.Pos, message, fix string) {
	l.report(pos, check.Finding{Severity: s, Subject: l.subject, Message: message, Fix: fix})
}

// some returns any job that the grant admits.
func (l *look) some(g *policy.Grant) policy.Answer {
	answer, known := l.somes[g]
	if !known {
		answer = g.Jobs().Some()
		l.somes[g] = answer
	}
	return answer
}

// report adds a finding of the look's rule about the text at pos.
func (l *look) report(pos check.Pos, f check.Finding) {
	f.Rule, f.Pos, f.Excerpt = l.rule.ID, pos, l.excerpt(pos)
	if f.Severity == check.Info {
		f.Severity = l.rule.Severity
	}
	l.findings = append(l.findings, f)
}

func (l *look) excerpt(pos check.Pos) string {
	for _, file := range l.Files {
		if file.Name == pos.File {
			return file.Excerpt(sourcePos(pos), file.WidthAt(sourcePos(pos)))
		}
	}
	return ""
}
