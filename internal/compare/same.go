package compare

import (
	"slices"

	"github.com/autoken/autoken/internal/policy"
)

// sameWords reports whether two grants ask for the same in the same words, which
// most do: then no search for a job that tells them apart is needed.
func sameWords(a, b *policy.Grant) bool {
	return a.Issuer.URL == b.Issuer.URL && a.Issuer.Kind == b.Issuer.Kind &&
		sameMatches(a.Issuer.Require, b.Issuer.Require) && sameMatches(a.Match, b.Match) &&
		slices.EqualFunc(a.Unless, b.Unless, func(a, b policy.Block) bool { return sameMatches(a.Matches, b.Matches) })
}

func sameMatches(a, b []policy.Match) bool { return slices.EqualFunc(a, b, sameMatch) }

func sameMatch(a, b policy.Match) bool {
	return a.Claim.Name == b.Claim.Name && a.Values.Empty == b.Values.Empty &&
		slices.EqualFunc(a.Values.Exact, b.Values.Exact, sameText) && slices.EqualFunc(a.Values.Globs, b.Values.Globs, sameText)
}

func sameText(a, b policy.Word) bool { return a.Text == b.Text }
