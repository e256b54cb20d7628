// Package compare says what changes for jobs, and for those who write grants,
// when one policy takes the place of another.
package compare

import (
	"cmp"
	"slices"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

// Class says what sort of change one is.
type Class string

// The classes, those that give somebody more first.
const (
	NewlyAllowed Class = "newly-allowed" // a job gets a credential that it did not get
	Stronger     Class = "stronger"      // a job gets a credential that can do more or other things
	Wider        Class = "wider"         // a team may more, or an issuer's tokens are accepted more widely
	IgnoreAdded  Class = "ignore-added"  // the linter is told to be silent
	NotCompared  Class = "not-compared"  // nobody knows whether a job gets more
	NewlyDenied  Class = "newly-denied"
	Weaker       Class = "weaker"
	Narrower     Class = "narrower"
	Note         Class = "note" // nobody gets more or less by it alone
)

// Classes lists every class, in the order in which reports show them.
var Classes = []Class{NewlyAllowed, Stronger, Wider, IgnoreAdded, NotCompared, NewlyDenied, Weaker, Narrower, Note}

// Widens reports whether somebody gets, or may get, more by such a change.
func (c Class) Widens() bool {
	return slices.Contains([]Class{NewlyAllowed, Stronger, Wider, IgnoreAdded, NotCompared}, c)
}

// Change is one thing that is different.
type Change struct {
	Class   Class
	Subject string   // "grant payments/sonar", "issuer gh", "team payments", "limits"
	Grant   string   // the id where it is about one
	Owner   string   // of the grant or team; "" where nobody is named
	What    []string // what is different, in words
	Note    string   // what else a reader should know
	Pos     check.Pos
	Gone    bool            // Pos is in the old policy: the new one has it no more
	Example *policy.Example // a job that it is about; nil where there is none
	At      time.Time       // when the example's job asks
}

// Result is what is different between two policies.
type Result struct {
	Changes []*Change // those that give more first, then by place
	Grants  int       // that were compared
}

// Widens reports whether somebody gets, or may get, more.
func (r Result) Widens() bool {
	return slices.ContainsFunc(r.Changes, func(c *Change) bool { return c.Class.Widens() })
}

// Count returns how many changes are of a class.
func (r Result) Count(class Class) int {
	n := 0
	for _, c := range r.Changes {
		if c.Class == class {
			n++
		}
	}
	return n
}

// comparison is one look at two policies.
type comparison struct {
	before, after *policy.Draft
	now           time.Time
	changes       []*Change
}

// Policies compares two policies that load, from now on: what has ended by then
// admits nobody. Where it is not certain that nobody gets more it says so, and it
// relies on nothing that is only believed about tokens.
func Policies(before, after *policy.Draft, now time.Time) Result {
	c := &comparison{before: before, after: after, now: now}
	ids := c.grantIDs()
	for _, id := range ids {
		c.grant(id)
	}
	c.unblocked()
	c.renames()
	c.owners()
	c.issuers()
	c.connections()
	c.limits()
	c.teams()
	c.ignores()
	slices.SortStableFunc(c.changes, func(a, b *Change) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Classes, a.Class), slices.Index(Classes, b.Class)),
			cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line),
		)
	})
	return Result{c.changes, len(ids)}
}

// add adds a change. What looks like a secret is not shown.
func (c *comparison) add(change *Change) {
	for i := range change.What {
		change.What[i] = quote.Conceal(change.What[i])
	}
	change.Note = quote.Conceal(change.Note)
	c.changes = append(c.changes, change)
}

// grantIDs lists the grants of both policies, those of the new one first.
func (c *comparison) grantIDs() []string {
	var ids []string
	for _, g := range c.after.Policy.Grants {
		ids = append(ids, g.ID)
	}
	for _, g := range c.before.Policy.Grants {
		if c.after.Policy.Grant(g.ID) == nil {
			ids = append(ids, g.ID)
		}
	}
	return ids
}
