package compare

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/policy"
)

// side is a grant as one of the two policies has it.
type side struct {
	policy *policy.Policy
	grant  *policy.Grant // nil where the policy has none of that id
	live   bool          // it gives its credential to somebody, now or later
}

func (c *comparison) side(d *policy.Draft, id string) side {
	g := d.Policy.Grant(id)
	return side{d.Policy, g, g != nil && g.Mode == policy.Enforce && (g.Expires.IsZero() || c.now.Before(g.Expires))}
}

func (c *comparison) grant(id string) {
	before, after := c.side(c.before, id), c.side(c.after, id)
	if before.live && after.live && before.grant.Issuer.URL == after.grant.Issuer.URL && before.grant.Issuer.Kind != after.grant.Issuer.Kind {
		c.add(about(NotCompared, after, "its issuer's kind is "+after.grant.Issuer.Kind+", was "+before.grant.Issuer.Kind))
		return
	}
	c.jobs(NewlyAllowed, after, before)
	c.jobs(NewlyDenied, before, after)
	if before.live && after.live {
		c.credential(before, after)
		c.lambda(before, after)
	}
}

// about makes a change of a grant.
func about(class Class, s side, what ...string) *Change {
	g := s.grant
	return &Change{Class: class, Subject: "grant " + g.ID, Grant: g.ID, Owner: g.Owner, Pos: g.Pos, What: what}
}

// jobs looks for a job that gets the grant's credential from more and not from
// less.
func (c *comparison) jobs(class Class, more, less side) {
	if !more.live {
		return
	}
	if answer, at := c.difference(more, less); !answer.None() {
		c.add(c.told(class, more, less, answer, at))
	}
}

// told makes a change of what was found. An example counts only if the two
// policies disagree on it; without one nobody knows that there is no such job.
func (c *comparison) told(class Class, more, less side, answer policy.Answer, at time.Time) *Change {
	here := more
	if class == NewlyDenied && less.grant != nil {
		here = less
	}
	change := about(class, here, c.whatChanged(class, more, less)...)
	change.Gone = c.after.Policy.Grant(change.Grant) == nil
	if e := answer.Example; e != nil && more.admits(e, at) && !less.admits(e, at) {
		change.Example, change.At = e, at
	} else if class == NewlyAllowed {
		change.Class = NotCompared
		change.Note = "whether it admits more jobs could not be found out"
	} else {
		change.Note = "whether it admits fewer jobs could not be found out"
	}
	return change
}

// difference looks for a job that more admits and less does not, and says when.
func (c *comparison) difference(more, less side) (policy.Answer, time.Time) {
	if !less.live {
		return more.grant.Jobs().FindAny(), c.now
	}
	var answer policy.Answer
	if !sameWords(more.grant, less.grant) {
		answer = more.grant.Jobs().Without(less.grant.Jobs()).FindAny()
	}
	if !answer.None() || !endsLater(more.grant, less.grant) {
		return answer, c.now
	}
	return more.grant.Jobs().And(less.grant.Jobs()).FindAny(), less.grant.Expires
}

// endsLater reports whether a grants something at the instant at which b ends.
func endsLater(a, b *policy.Grant) bool {
	return !b.Expires.IsZero() && (a.Expires.IsZero() || a.Expires.After(b.Expires))
}

// admits reports whether a job gets the grant's credential.
func (s side) admits(e *policy.Example, at time.Time) bool {
	return s.grant != nil && s.policy.Evaluate(e.Issuer.URL, e.Claims, s.grant.ID, at).Allowed
}

// whatChanged says in words why a grant admits other jobs.
func (c *comparison) whatChanged(class Class, more, less side) []string {
	before, after := less, more
	if class == NewlyDenied {
		before, after = more, less
	}
	switch {
	case before.grant == nil:
		return c.newGrant(after)
	case after.grant == nil:
		return []string{"the grant is gone"}
	}
	var what []string
	if before.grant.Mode != after.grant.Mode {
		what = append(what, "mode: "+mode(after.grant)+", "+was(mode(before.grant)))
	}
	return append(what, c.conditions(before, after)...)
}

func (c *comparison) newGrant(s side) []string {
	what := []string{"the grant is new; it gives " + s.grant.Credential.Connection + " (" + s.grant.Credential.Platform.Name + ")"}
	if s.grant.Lambda {
		what = append(what, "the lambda path may use it")
	}
	if team := team(s.policy, s.grant.Team); team != nil && team.Owner != s.grant.Owner {
		what = append(what, "its owner is "+s.grant.Owner+", and its team's "+cmp.Or(team.Owner, "nobody"))
	}
	return what
}

func mode(g *policy.Grant) string { return cmp.Or(string(g.Mode), "enforce") }

func was(before string) string { return "was " + before }

// conditions says which conditions differ between two versions of a grant.
func (c *comparison) conditions(before, after side) []string {
	then, now := c.wants(before), c.wants(after)
	var what []string
	for _, w := range now {
		switch i := slices.IndexFunc(then, w.sameName); {
		case i < 0:
			what = append(what, w.name+": "+w.want+", was not asked for")
		case then[i].want != w.want:
			if text := w.insteadOf(then[i]); text != "" { // else the order alone
				what = append(what, w.name+": "+text)
			}
		}
	}
	for _, w := range then {
		if !slices.ContainsFunc(now, w.sameName) {
			what = append(what, w.name+": not asked for, "+was(w.want))
		}
	}
	return what
}

// want is what a grant asks for under one name.
type want struct {
	name, want string
	values     *policy.Values // nil where it is not a list of values
}

// insteadOf says what is different: of two lists that have something in common
// what came and what went.
func (w want) insteadOf(before want) string {
	if w.values == nil || before.values == nil {
		return w.want + ", " + was(before.want)
	}
	added, common := w.values.Beyond(before.values)
	gone, _ := before.values.Beyond(w.values)
	if !common {
		return w.want + ", " + was(before.want)
	}
	var parts []string
	if len(added) > 0 {
		parts = append(parts, strings.Join(added, ", ")+" added")
	}
	if len(gone) > 0 {
		parts = append(parts, strings.Join(gone, ", ")+" taken away")
	}
	return strings.Join(parts, ", ")
}

func (w want) sameName(other want) bool { return w.name == other.name }

// wants lists a grant's conditions. The events that are admitted where none is
// listed go by the name of the condition that lists some.
func (c *comparison) wants(s side) []want {
	var all []want
	for _, condition := range s.policy.Evaluate("", nil, s.grant.ID, c.now).Conditions {
		all = append(all, s.want(condition))
	}
	return all
}

func (s side) want(c policy.Condition) want {
	kind := s.grant.Issuer.Vocabulary
	if c.Name == "event" {
		return want{"match." + kind.Event, c.Want, exactly(kind.Events)}
	}
	var m *policy.Match
	if claim, ok := strings.CutPrefix(c.Name, "match."); ok {
		m = s.grant.Find(claim)
	} else if claim, ok := strings.CutPrefix(c.Name, "require."); ok {
		m = s.grant.Issuer.Find(claim)
	}
	if m == nil {
		return want{c.Name, c.Want, nil}
	}
	return want{c.Name, c.Want, &m.Values}
}

func exactly(texts []string) *policy.Values {
	var v policy.Values
	for _, text := range texts {
		v.Exact = append(v.Exact, policy.Word{Text: text})
	}
	return &v
}

// credential compares what jobs get that get something from both.
func (c *comparison) credential(before, after side) {
	more := after.grant.Credential.Beyond(&before.grant.Credential)
	less := before.grant.Credential.Beyond(&after.grant.Credential)
	if len(more)+len(less) == 0 {
		return
	}
	both := before.grant.Jobs().And(after.grant.Jobs()).FindAny()
	if both.None() {
		return // whoever gets the new one did not get the old one
	}
	change := about(Stronger, after, gainedAndLost(more, less)...)
	if len(more) == 0 {
		change.Class = Weaker
	}
	if e := both.Example; e != nil && before.admits(e, c.now) && after.admits(e, c.now) {
		change.Example, change.At = e, c.now
	}
	c.add(change)
}

// maxRenames bounds how many pairs are looked at for grants that only have
// another name.
const maxRenames = 1000

// renames notes where a new grant is one that is gone under another name. It is a
// change all the same: jobs ask for grants by their names.
func (c *comparison) renames() {
	looks := 0
	for i := range c.changes {
		for j := range c.changes {
			a, b := c.changes[i], c.changes[j]
			if a.Class != NewlyAllowed || b.Class != NewlyDenied || c.before.Policy.Grant(a.Grant) != nil || c.after.Policy.Grant(b.Grant) != nil {
				continue
			}
			if looks++; looks > maxRenames {
				return
			}
			if c.sameRights(c.before.Policy.Grant(b.Grant), c.after.Policy.Grant(a.Grant)) {
				a.Note = "grant " + b.Grant + ", which is gone, gave the same jobs the same"
				b.Note = "grant " + a.Grant + ", which is new, gives the same jobs the same"
			}
		}
	}
}

// sameRights reports whether two grants certainly give the same jobs the same for
// the same time.
func (c *comparison) sameRights(a, b *policy.Grant) bool {
	return a.Issuer.URL == b.Issuer.URL && a.Expires.Equal(b.Expires) && a.Lambda == b.Lambda &&
		a.Credential.Covers(&b.Credential) && b.Credential.Covers(&a.Credential) &&
		a.Jobs().Without(b.Jobs()).FindAny().None() && b.Jobs().Without(a.Jobs()).FindAny().None()
}
