package policy

import (
	"iter"
	"slices"

	"github.com/autoken/autoken/internal/identity"
)

// apart reports whether a look at the texts that both list is enough to say that
// they have no job in common. It allocates nothing.
func (j Jobs) apart(k Jobs) bool {
	switch {
	case !j.known() || !k.known():
		return false
	case !j.sameIssuer(k):
		return true
	}
	others := k.units
	for _, l := range j.units {
		for len(others) > 0 && others[0].claim() < l.claim() {
			others = others[1:]
		}
		for i := 0; i < len(others) && others[i].claim() == l.claim(); i++ {
			if disjoint(l, others[i]) {
				return true
			}
		}
	}
	return false
}

// disjoint reports whether both list the claim's values in full and have none in
// common.
func disjoint(a, b literal) bool {
	x, y := &a.match.Values, &b.match.Values
	if a.sense != fits || b.sense != fits || !x.Pins() || !y.Pins() || x.fold || y.fold {
		return false
	}
	for i := range x.Exact {
		for k := range y.Exact {
			if x.Exact[i].Text == y.Exact[k].Text {
				return false
			}
		}
	}
	return true
}

// Pairs returns the pairs of grants that may have a job in common, the one that
// stands first before the other: all that is not told apart by its issuer or by
// texts that both list. Grants that list ids of the same kind are looked up by
// them, so that a thousand grants are not half a million pairs. Grants that could
// not be read are left out.
func Pairs(grants []*Grant) iter.Seq2[*Grant, *Grant] {
	return func(yield func(*Grant, *Grant) bool) {
		index := newIndex(grants)
		for i, g := range grants {
			for _, k := range index.after(i) {
				if !g.jobs.apart(grants[k].jobs) && !yield(g, grants[k]) {
					return
				}
			}
		}
	}
}

// shelf is where grants stand that may meet: those of one issuer that list one id,
// or those that list none where id is "".
type shelf struct{ url, claim, id string }

type index struct {
	grants  []*Grant
	shelves map[shelf][]int
	of      [][]shelf // of each grant
}

func newIndex(grants []*Grant) *index {
	x := &index{grants: grants, shelves: map[shelf][]int{}}
	for i, g := range grants {
		shelves := g.shelves()
		x.of = append(x.of, shelves)
		for _, s := range shelves {
			x.shelves[s] = append(x.shelves[s], i)
		}
	}
	return x
}

// shelves returns where the grant stands. The first claim of the vocabulary that
// tells its jobs apart decides for all grants of an issuer.
func (g *Grant) shelves() []shelf {
	if !g.jobs.known() {
		return nil
	}
	s := shelf{url: g.Issuer.URL, claim: sourceClaim(g.Issuer.Vocabulary)}
	for _, l := range g.jobs.units {
		if l.claim() != s.claim || !l.match.Values.Pins() || l.match.Values.fold {
			continue
		}
		var all []shelf
		for _, w := range l.match.Values.Exact {
			s.id = w.Text
			all = append(all, s)
		}
		return all
	}
	return []shelf{s}
}

// after returns the grants behind the i-th that may meet it, in their order.
func (x *index) after(i int) []int {
	var near []int
	for _, s := range x.of[i] {
		near = append(near, later(x.shelves[s], i)...)
		if s.id != "" {
			s.id = ""
			near = append(near, later(x.shelves[s], i)...)
		}
	}
	if len(x.of[i]) == 1 && x.of[i][0].id == "" {
		near = x.sameIssuer(i)
	}
	slices.Sort(near)
	return slices.Compact(near)
}

// sourceClaim returns the claim that tells apart whom an issuer's tokens are for.
func sourceClaim(kind *identity.Kind) string {
	if len(kind.Identity) > 0 {
		return kind.Identity[0]
	}
	return "sub"
}

func later(sorted []int, i int) []int {
	at, _ := slices.BinarySearch(sorted, i+1)
	return sorted[at:]
}

func (x *index) sameIssuer(i int) []int {
	var all []int
	for k := i + 1; k < len(x.grants); k++ {
		if x.grants[k].jobs.known() && x.grants[k].Issuer.URL == x.grants[i].Issuer.URL {
			all = append(all, k)
		}
	}
	return all
}
