package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var logicRules = []rule{
	{check.Meta{ID: "never-matches", Summary: "no job can meet all conditions of a grant", Severity: check.High}, (*look).neverMatches},
	{check.Meta{ID: "violates-floor", Summary: "a grant admits nobody whom its issuer's require lets through", Severity: check.High}, (*look).violatesFloor},
	{check.Meta{ID: "cancelled-by-unless", Summary: "unless denies every job that a grant admits", Severity: check.High}, (*look).cancelledByUnless},
	{check.Meta{ID: "redundant-guard", Summary: "a condition adds nothing to what the others demand", Severity: check.Low}, (*look).redundantGuard},
}

// A grant that admits nobody does so for one reason: its own conditions go
// together with no token, they do with none that the floor lets through, or unless
// denies what is left. What proves it is what is always so.

func (l *look) neverMatches() {
	for _, g := range l.grants() {
		own := conditionsOf(g)
		answer := l.some(g)
		if answer.Example == nil || hasShape(own) {
			answer = jobsWith(g.Issuer, own).Some()
		}
		switch owner := foreignOwner(g); {
		case answer.Unsure:
			l.unsure(g.String(), "whether any job meets all conditions takes too long to find out")
		case answer.None():
			core := culprits(g.Issuer, own)
			l.reportNobody(g, core, "no token has "+phrase(core))
		case owner != nil:
			core := []demand{{Match: g.Find("repository")}, {Match: owner}}
			l.reportNobody(g, core, "no token has "+phrase(core))
		}
	}
}

func (l *look) violatesFloor() {
	for _, g := range l.grants() {
		own := conditionsOf(g)
		if len(g.Issuer.Require) == 0 || (l.some(g).Example != nil && !hasShape(own)) {
			continue
		}
		all := slices.Concat(own, demandsOf(g.Issuer))
		answer := jobsWith(g.Issuer, all).Some()
		switch {
		case answer.Unsure:
			l.unsure(g.String(), "whether any job of the issuer's meets all conditions takes too long to find out")
		case answer.None() && possible(g.Issuer, own):
			core := culprits(g.Issuer, all)
			floor, rest := split(core)
			l.reportNobody(g, core, "no job has both: issuer "+g.Issuer.Name+" demands "+phrase(floor)+", the grant "+phrase(rest))
		}
	}
}

func (l *look) cancelledByUnless() {
	for _, g := range l.grants() {
		answer := l.some(g)
		if len(g.Unless) == 0 || answer.Example != nil {
			continue
		}
		all := slices.Concat(conditionsOf(g), demandsOf(g.Issuer))
		switch {
		case answer.Unsure:
			l.unsure(g.String(), "whether unless leaves any job takes too long to find out")
		case answer.None() && possible(g.Issuer, all):
			l.reportCancelled(g, all)
		}
	}
}

func (l *look) reportCancelled(g *policy.Grant, all []demand) {
	pos, message := g.Unless[0].Pos, "these blocks together deny every job that the grant admits"
	for _, b := range g.Unless {
		if denies(g, b, all) {
			pos, message = b.Pos, "this denies every job that the grant admits"
			break
		}
	}
	l.report(pos, check.Finding{Subject: g.String(), Message: message, Fix: "deny less, or remove the grant"})
}

// denies reports whether one block denies all jobs that meet the conditions: each
// of its own holds for all of them.
func denies(g *policy.Grant, b policy.Block, all []demand) bool {
	jobs := jobsWith(g.Issuer, all)
	for i := range b.Matches {
		if !jobs.Except(b.Matches[i]).Some().None() {
			return false
		}
	}
	return true
}

// demand is a condition that a job must meet.
type demand struct {
	*policy.Match
	what string // "" for one that is written in the grant
}

const (
	byFloor   = "floor"
	byDefault = "default" // of the events
	byShape   = "shape"   // of what platforms send
)

// conditionsOf returns what a grant itself demands.
func conditionsOf(g *policy.Grant) []demand {
	kind := g.Issuer.Vocabulary
	var all []demand
	for i := range g.Match {
		m := &g.Match[i]
		all = append(all, demand{Match: m})
		if m.Claim.Ref == identity.FullRef && slices.ContainsFunc(m.Values.Globs, func(w policy.Word) bool { return !strings.HasPrefix(w.Text, "refs/") }) {
			all = append(all, demand{&policy.Match{Claim: m.Claim, Values: globsOf("refs/**")}, byShape})
		}
	}
	if kind.Event != "" && g.Find(kind.Event) == nil {
		claim, _ := kind.Claim(kind.Event)
		all = append(all, demand{&policy.Match{Claim: claim, Values: exactly(kind.Events...)}, byDefault})
	}
	return all
}

// hasShape reports whether there is something about refs that a search does not
// know.
func hasShape(demands []demand) bool {
	return slices.ContainsFunc(demands, func(d demand) bool { return d.what == byShape })
}

// demandsOf returns what an issuer demands of every job.
func demandsOf(i *policy.Issuer) []demand {
	var all []demand
	for k := range i.Require {
		all = append(all, demand{&i.Require[k], byFloor})
	}
	return all
}

func exactly(texts ...string) policy.Values { return policy.Values{Exact: asWords(texts)} }
func globsOf(texts ...string) policy.Values { return policy.Values{Globs: asWords(texts)} }

func asWords(texts []string) []policy.Word {
	all := make([]policy.Word, 0, len(texts))
	for _, text := range texts {
		all = append(all, policy.Word{Text: text})
	}
	return all
}

func jobsWith(issuer *policy.Issuer, demands []demand) policy.Jobs {
	jobs := issuer.Jobs()
	for _, d := range demands {
		jobs = jobs.Where(*d.Match)
	}
	return jobs
}

// possible reports whether a job may meet the demands; in doubt it may.
func possible(issuer *policy.Issuer, demands []demand) bool {
	return !jobsWith(issuer, demands).Some().None()
}

// unsure notes a question that has no answer.
func (l *look) unsure(subject, reason string) {
	l.notChecked = append(l.notChecked, check.NotChecked{Rule: l.rule.ID, Subject: subject, Reason: reason})
}

// culprits returns as few of the demands as no job meets.
func culprits(issuer *policy.Issuer, demands []demand) []demand {
	core := slices.Clone(demands)
	for i := range slices.Backward(demands) {
		if less := slices.Delete(slices.Clone(core), i, i+1); !possible(issuer, less) {
			core = less
		}
	}
	return core
}

// split separates what the floor demands from what the grant does.
func split(core []demand) (floor, rest []demand) {
	for _, d := range core {
		if d.what == byFloor {
			floor = append(floor, d)
		} else {
			rest = append(rest, d)
		}
	}
	return floor, rest
}

// phrase says demands as a person would: "ref_type tag and ref refs/heads/main".
func phrase(core []demand) string {
	var parts []string
	for _, d := range core {
		switch d.what {
		case byShape:
		case byDefault:
			parts = append(parts, d.Claim.Name+" "+d.Values.String()+" where it lists none")
		default:
			parts = append(parts, d.Claim.Name+" "+d.Values.String())
		}
	}
	return strings.Join(parts, " and ")
}

// alone returns the one condition that no job meets whatever the others are, nil
// where it takes several.
func alone(core []demand) *policy.Match {
	core = slices.DeleteFunc(slices.Clone(core), func(d demand) bool { return d.what == byShape })
	if len(core) == 1 && core[0].what == "" {
		return core[0].Match
	}
	return nil
}

// reportNobody points at the last condition that the grant itself has among the
// culprits. Where one is odd by itself impossible-value says that.
func (l *look) reportNobody(g *policy.Grant, core []demand, message string) {
	pos, fix := g.Pos, "correct one of them, or remove the grant"
	if m := alone(core); m != nil {
		fix = "correct it, or remove the grant"
		if b := badClaimOn(m.Claim.Name); b != nil {
			fix = b.fix
		}
	}
	for i := range core {
		if core[i].what == "" && isOddMatch(core[i].Match) {
			return
		}
		if core[i].what == "" {
			pos = start(core[i].Match)
		}
	}
	l.report(pos, check.Finding{Subject: g.String(), Message: message, Fix: fix})
}

// foreignOwner returns the condition on the owner's name where it is not the owner
// of any repository that the grant names. Case is left out of account: platforms
// do not agree with themselves about it.
func foreignOwner(g *policy.Grant) *policy.Match {
	owner, repository := g.Find("repository_owner"), g.Find("repository")
	if owner == nil || repository == nil || !owner.Values.Pins() || repository.Values.Empty {
		return nil
	}
	for _, w := range words(repository) {
		login, _, _ := strings.Cut(w.Text, "/")
		if slices.ContainsFunc(owner.Values.Exact, func(o policy.Word) bool { return strings.EqualFold(o.Text, login) }) {
			return nil
		}
	}
	return owner
}

// redundantGuard looks at conditions that others, the floor and what is always so
// may imply. A list of events is never one too many, nor is an id, nor a name beside
// its id.
func (l *look) redundantGuard() {
	for _, g := range l.grants() {
		for i := range g.Match {
			if m := &g.Match[i]; l.mayBeImplied(g, m) {
				l.checkImplied(g, i)
			}
		}
	}
}

func (l *look) checkImplied(g *policy.Grant, i int) {
	m := &g.Match[i]
	var others []demand
	for k := range g.Match {
		if k != i {
			others = append(others, demand{Match: &g.Match[k]})
		}
	}
	others = append(others, demandsOf(g.Issuer)...)
	jobs := jobsWith(g.Issuer, others)
	if jobs.Some().None() {
		return // which never-matches and violates-floor say
	}
	answer := jobs.Except(*m).Some()
	switch {
	case answer.Unsure:
		l.unsure(g.String(), "whether "+m.Claim.Name+" adds anything takes too long to find out")
	case answer.None():
		l.report(start(m), check.Finding{Subject: g.String(), Message: l.whyImplied(g, m), Fix: "leave " + m.Claim.Name + " out"})
	}
}

func (l *look) whyImplied(g *policy.Grant, m *policy.Match) string {
	if g.Issuer.Find(m.Claim.Name) != nil {
		return "issuer " + g.Issuer.Name + " demands this of every job"
	}
	return "the other conditions leave nothing else for " + m.Claim.Name
}

// mayBeImplied reports whether it is worth asking: the floor speaks of the claim,
// or a law whose condition the grant or the floor speaks of does. What the language
// or the team's boundary asks for stays.
func (l *look) mayBeImplied(g *policy.Grant, m *policy.Match) bool {
	kind := g.Issuer.Vocabulary
	name := m.Claim.Name
	if name == kind.Event || slices.Contains(kind.Tenant, name) || slices.Contains(kind.Identity, name) || (m.Claim.Guard != identity.NoGuard && guards(g) < 2) {
		return false
	}
	if g.Issuer.Find(name) != nil {
		return true
	}
	return !l.boundTo(g, name) && slices.ContainsFunc(kind.Implications, func(i identity.Implication) bool {
		return i.Level == identity.Always && i.Then.Claim == name && speaksOf(g, i.If.Claim)
	})
}

// guards counts the conditions on claims that can be context guards.
func guards(g *policy.Grant) int {
	n := 0
	for i := range g.Match {
		if g.Match[i].Claim.Guard != identity.NoGuard {
			n++
		}
	}
	return n
}

// boundTo reports whether the boundary of the grant's team names the claim.
func (l *look) boundTo(g *policy.Grant, claim string) bool {
	for _, team := range l.Policy.Teams {
		if team.Name == g.Team && team.May != nil {
			return slices.ContainsFunc(team.May.Claims, func(m policy.Match) bool { return m.Claim.Name == claim })
		}
	}
	return false
}
