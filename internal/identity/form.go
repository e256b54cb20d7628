package identity

import (
	"slices"
	"strings"
)

// Form is how the values of a claim look, as far as that is known. It is no
// proof: platforms change what they send, so it makes findings and never decides
// who is admitted or what is impossible.
type Form struct {
	Like    string   // for people: "a number"
	Example string   // such a value, "" where Like says enough
	Values  []string // it is one of these
	Globs   []string // it fits one of these
	Letters string   // it has no others
	Lengths []int    // it has so many bytes
	Never   string   // it has none of these characters
}

// Has reports whether a text looks like the claim's values, but for its globs,
// which the language of policies compares. A glob is such a text as well.
func (f *Form) Has(text string) bool {
	switch {
	case f == nil:
		return true
	case len(f.Values) > 0 && !slices.Contains(f.Values, text),
		f.Letters != "" && strings.Trim(text, f.Letters) != "",
		len(f.Lengths) > 0 && !slices.Contains(f.Lengths, len(text)):
		return false
	}
	return !strings.ContainsAny(text, f.Never) && (len(f.Globs) == 0 || !strings.Contains("/"+text+"/", "//"))
}

const (
	digits = "0123456789"
	hex    = digits + "abcdef"
	space  = " \t"
	noRef  = space + `~^:?[\` // by git-check-ref-format(1)
)

// The forms that several claims share.
var (
	isNumber = &Form{Like: "a number", Letters: digits}
	isUUID   = &Form{Like: "a UUID", Letters: hex + "-", Lengths: []int{36}}
	isCommit = &Form{Like: "a commit in full", Example: "all of its 40 digits", Letters: hex, Lengths: []int{40, 64}}
	isLogin  = &Form{Like: "a name without a slash", Never: space + "/:@"}
	isBranch = &Form{Like: "the name of a branch or tag", Example: "main", Never: noRef}
	isTruth  = &Form{Values: []string{"true", "false"}}
	isSort   = &Form{Values: []string{"branch", "tag"}}
	isSeen   = &Form{Values: []string{"public", "private", "internal"}}

	isRef = &Form{
		Like: "a ref in full", Example: "refs/heads/main", Never: noRef,
		Globs: []string{"refs/heads/**", "refs/tags/**", "refs/pull/**", "refs/merge-requests/**"},
	}
	isRepository = &Form{Like: "an owner and a name", Example: "OWNER/NAME", Globs: []string{"*/*"}, Never: space + ":@"}
	isPath       = &Form{Like: "a group and a name", Example: "GROUP/NAME", Globs: []string{"*/**"}, Never: space + ":@"}

	// isWorkflow allows for workflows that GitHub itself provides. A commit behind
	// the @ is looked at as a ref.
	isWorkflow = &Form{
		Like: "a file of a repository at a ref", Example: "OWNER/NAME/.github/workflows/FILE@refs/heads/main",
		Globs: []string{
			"*/*/.github/workflows/**@refs/heads/**", "*/*/.github/workflows/**@refs/tags/**", "*/*/.github/workflows/**@refs/pull/**",
			"*/*/dynamic/**@refs/**",
		},
	}
)

// AtRef returns a file at a commit as it would be at a branch, so that it can be
// compared with a form: any other text stays.
func AtRef(text string) string {
	file, ref := CutFileRef(text)
	if ref != "" && isCommit.Has(ref) {
		return file + "@refs/heads/" + ref
	}
	return text
}
