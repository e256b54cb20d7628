package check

import (
	"cmp"
	"slices"
)

// Filter says which findings are listed, and in which order. The zero Filter lists
// all, worst first.
type Filter struct {
	Rules   []string // none for all
	Least   Severity
	Top     int // at most so many; 0 for all
	ByPlace bool
}

// Of returns what of findings is listed.
func (f Filter) Of(findings []Finding) []Finding {
	var listed []Finding
	for _, finding := range findings {
		if finding.Severity >= f.Least && (len(f.Rules) == 0 || slices.Contains(f.Rules, finding.Rule)) {
			listed = append(listed, finding)
		}
	}
	Sort(listed)
	WorstFirst(listed)
	if f.Top > 0 {
		listed = listed[:min(f.Top, len(listed))]
	}
	if f.ByPlace {
		Sort(listed)
	}
	return listed
}

// WorstFirst sorts findings by severity and leaves those of one severity in their
// order.
func WorstFirst(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(b.Severity, a.Severity) })
}
