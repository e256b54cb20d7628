package compare

import (
	"cmp"

	"github.com/autoken/autoken/internal/policy"
)

// owners notes which grants have another owner. That decides nothing, but who
// reads of an owner may ask them, or take their word.
func (c *comparison) owners() {
	for _, after := range c.after.Policy.Grants {
		before := c.before.Policy.Grant(after.ID)
		if before == nil || before.Owner == after.Owner || (teamOwns(c.before.Policy, before) && teamOwns(c.after.Policy, after)) {
			continue // an owner who is the team's is noted with the team
		}
		c.add(about(Note, side{grant: after}, newOwner(before.Owner, after.Owner)))
	}
}

func newOwner(before, after string) string {
	return "its owner is " + cmp.Or(after, "nobody") + ", " + was(cmp.Or(before, "nobody"))
}

// teamOwns reports whether a grant's owner is its team's.
func teamOwns(p *policy.Policy, g *policy.Grant) bool {
	team := team(p, g.Team)
	return team != nil && team.Owner == g.Owner
}
