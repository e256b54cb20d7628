package suggest

import (
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// maxListed is how many names a suggestion lists in place of a pattern.
const maxListed = 10

// shape returns the narrowest condition that a person would write for the texts:
// the one text; a list of names; of refs, which keep coming, the folder that they
// lie in.
func shape(claim identity.Claim, texts []string) (policy.Values, bool) {
	switch {
	case len(texts) == 0:
		return policy.Values{}, false
	case len(texts) == 1:
		return exactly(texts), true
	case claim.Guard == identity.GuardCallee, claim.Globs == identity.NoGlobs:
		return policy.Values{}, false
	case claim.Ref == identity.NoRef:
		return exactly(texts), len(texts) <= maxListed
	case claim.Ref == identity.FileRef:
		return shapeFiles(texts)
	}
	return folder("", texts)
}

// shapeFiles is the shape of one workflow file at several refs.
func shapeFiles(texts []string) (policy.Values, bool) {
	file, _ := identity.CutFileRef(texts[0])
	var refs []string
	for _, text := range texts {
		other, ref := identity.CutFileRef(text)
		if other != file || strings.Contains(file, "*") {
			return policy.Values{}, false
		}
		refs = append(refs, ref)
	}
	return folder(file+"@", refs)
}

// folder returns the glob of all refs in the folder that these lie in; refs/heads
// is the widest.
func folder(before string, refs []string) (policy.Values, bool) {
	common := refs[0]
	for _, ref := range refs {
		for !strings.HasPrefix(ref, common) {
			common = common[:len(common)-1]
		}
	}
	common = common[:strings.LastIndexByte(common, '/')+1]
	star := "*"
	for _, ref := range refs {
		if strings.Contains(ref[len(common):], "/") {
			star = "**"
		}
	}
	if common == "" || common == "refs/" {
		return policy.Values{}, false
	}
	return policy.Values{Globs: []policy.Word{{Text: before + common + star}}}, true
}
