package compare

import "slices"

// lambda looks at whether the lambda path may use a grant.
func (c *comparison) lambda(before, after side) {
	switch {
	case after.grant.Lambda && !before.grant.Lambda:
		c.add(about(Wider, after, "the lambda path may use it"))
	case before.grant.Lambda && !after.grant.Lambda:
		c.add(about(Narrower, after, "the lambda path may no longer use it"))
	}
}

// unblocked looks for grants that the lambda path can use because another one
// admits less: where two fit a request it gets nothing.
func (c *comparison) unblocked() {
	for _, g := range c.before.Policy.Grants {
		other := c.side(c.before, g.ID)
		if !other.live || !g.Lambda || !c.lost(g.ID) {
			continue
		}
		for _, mine := range c.after.Policy.Grants {
			s := c.side(c.after, mine.ID)
			if mine.ID == g.ID || !s.live || !mine.Lambda || mine.Credential.Platform.Name != g.Credential.Platform.Name {
				continue
			}
			if !mine.Jobs().And(g.Jobs()).FindAny().None() {
				c.add(about(Wider, s, "the lambda path may use it where grant "+g.ID+" stood in the way: two that fit give nothing"))
			}
		}
	}
}

// lost reports whether the lambda path can use a grant less than before.
func (c *comparison) lost(id string) bool {
	now := c.side(c.after, id)
	return !now.live || !now.grant.Lambda || slices.ContainsFunc(c.changes, func(change *Change) bool {
		return change.Grant == id && slices.Contains([]Class{NewlyDenied, Stronger, Weaker}, change.Class)
	})
}
