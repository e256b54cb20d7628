package compare

import (
	"maps"
	"slices"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// shift adds what is different about something that both policies have, by what
// each allows beyond the other.
func (c *comparison) shift(change Change, more, less []identity.Extra) {
	switch {
	case len(more) > 0:
		change.Class = Wider
	case len(less) > 0:
		change.Class = Narrower
	default:
		return
	}
	change.What = gainedAndLost(more, less)
	c.add(&change)
}

// gainedAndLost says what the new one of two things allows more and less, and
// each thing once.
func gainedAndLost(more, less []identity.Extra) []string {
	var what []string
	for _, e := range more {
		what = append(what, e.Gained())
	}
	for _, e := range less {
		mirrored := func(other identity.Extra) bool { return other.Mine != "" && other.What == e.What }
		if e.Mine == "" || !slices.ContainsFunc(more, mirrored) {
			what = append(what, e.Lost())
		}
	}
	return what
}

// issuers compares whose tokens are accepted. Without grants a new issuer gives
// nobody anything, and with them the grants are what is new.
func (c *comparison) issuers() {
	before := c.before.Policy.Trusted()
	for _, after := range c.after.Policy.Trusted() {
		change := Change{Subject: "issuer " + after.Name, Pos: after.Pos}
		i := slices.IndexFunc(before, func(i *policy.Issuer) bool { return i.URL == after.URL })
		if i < 0 {
			change.Class, change.What = Note, []string{"the issuer is new: " + after.URL}
			c.add(&change)
			continue
		}
		c.shift(change, after.Beyond(before[i]), before[i].Beyond(after))
	}
	for _, i := range before {
		c.issuerName(i)
	}
}

// issuerName looks at what became of an issuer and of its name. Teams may write
// grants for a name, whatever it stands for.
func (c *comparison) issuerName(old *policy.Issuer) {
	trusted := c.after.Policy.Trusted()
	i := slices.IndexFunc(trusted, func(i *policy.Issuer) bool { return i.Name == old.Name })
	if i >= 0 && trusted[i].URL != old.URL {
		c.add(&Change{Class: Wider, Subject: "issuer " + old.Name, Pos: trusted[i].Pos, What: []string{"it is " + trusted[i].URL + ", " + was(old.URL)}})
		return
	}
	if !slices.ContainsFunc(trusted, func(i *policy.Issuer) bool { return i.URL == old.URL }) {
		c.add(&Change{Class: Note, Subject: "issuer " + old.Name, Pos: old.Pos, Gone: true, What: []string{"the issuer is gone: " + old.URL}})
	}
}

// connections looks for names that stand for another platform: teams may write
// grants for a name.
func (c *comparison) connections() {
	before, after := c.before.Policy.Connections, c.after.Policy.Connections
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if then, known := before[name]; known && then != after[name] {
			c.add(&Change{Class: Wider, Subject: "connection " + name, Pos: c.mainFile(), What: []string{"it is " + after[name] + ", " + was(then)}})
		}
	}
}

func (c *comparison) mainFile() check.Pos { return check.Pos{File: c.after.Files[0].Name} }

// limits compares how long credentials may live.
func (c *comparison) limits() {
	before, after := c.before.Policy, c.after.Policy
	c.shift(Change{Subject: "limits", Pos: c.mainFile()}, after.LongerThan(before), before.LongerThan(after))
}

// teams compares what teams may do without asking anybody.
func (c *comparison) teams() {
	for _, after := range c.after.Policy.Teams {
		change := Change{Subject: "team " + after.Name, Owner: after.Owner, Pos: after.Pos}
		before := team(c.before.Policy, after.Name)
		if before == nil {
			change.Note = "the team is new"
			c.shift(change, after.May.Beyond(nil), nil)
			continue
		}
		c.shift(change, after.May.Beyond(before.May), before.May.Beyond(after.May))
		if before.Owner != after.Owner {
			change.Class, change.What = Note, []string{newOwner(before.Owner, after.Owner)}
			c.add(&change)
		}
	}
	for _, before := range c.before.Policy.Teams {
		if team(c.after.Policy, before.Name) == nil {
			c.add(&Change{Class: Narrower, Subject: "team " + before.Name, Owner: before.Owner, Pos: before.Pos, Gone: true, What: []string{"the team is gone"}})
		}
	}
}

func team(p *policy.Policy, name string) *policy.Team {
	i := slices.IndexFunc(p.Teams, func(t *policy.Team) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return p.Teams[i]
}
