package policy

import (
	"testing"
)

func TestShowExamples(t *testing.T) {
	p := acme(t)
	for _, g := range p.Grants {
		a := g.Jobs().Find()
		t.Logf("%s: %v unsure %t", g.ID, a.Example, a.Unsure)
		if a.Example != nil {
			t.Logf("   %t %v", a.Example.Plausible, p.Evaluate(g.Issuer.URL, a.Example.Claims, g.ID, today).Failed())
		}
		for _, h := range p.Grants {
			a := g.Jobs().Without(h.Jobs()).FindAny()
			t.Logf("    without %s: %v unsure %t", h.ID, a.Example, a.Unsure)
			o := g.Jobs().Overlaps(h.Jobs())
			t.Logf("    and %s: %v unsure %t", h.ID, o.Example, o.Unsure)
		}
	}
}
