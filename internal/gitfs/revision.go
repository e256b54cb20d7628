package gitfs

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"unicode"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
)

const maxRef = 256

// checkRef refuses what git could take for anything but a revision.
func checkRef(ref string) error {
	switch {
	case ref == "":
		return fault.New(fault.Usage, "the revision is empty")
	case ref[0] == '-', len(ref) > maxRef, strings.ContainsFunc(ref, isOdd):
		return fault.New(fault.Usage, "%s is no git revision", quote.Text(ref[:min(len(ref), maxRef)])).
			WithHint("a branch, a tag or a commit: origin/main")
	}
	return nil
}

func isOdd(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

// commitOf returns the commit of a revision. Git takes the first that fits a name
// of a tag, a branch and a remote's branch, and whoever may push may make a tag
// called origin/main: a name with two meanings has none here.
func commitOf(git command, ref string) (string, error) {
	name, rest := cutName(ref)
	meanings, err := meaningsOf(git, name)
	if err != nil {
		return "", err
	}
	isFull := strings.HasPrefix(name, "refs/") || strings.HasPrefix(name, "origin/")
	switch {
	case len(meanings) > 1:
		return "", fault.New(fault.Ambiguous, "revision %s may be any of: %s", quote.Text(ref), quote.Text(strings.Join(meanings, ", "))).
			WithHint("name it in full: %s", quote.Text(meanings[len(meanings)-1]))
	case len(meanings) == 1 && meanings[0] != name:
		ref = meanings[0] + rest
	case isFull && !slices.Contains(meanings, name):
		return "", unknownRevision(ref, &exec.ExitError{})
	}
	commit, err := git("rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return "", unknownRevision(ref, err)
	}
	return line(commit), nil
}

// cutName parts the name of a ref from what leads on from there, as in main~1.
func cutName(ref string) (name, rest string) {
	end := len(ref)
	for _, mark := range []string{"~", "^", ":", "@{"} {
		if i := strings.Index(ref, mark); i >= 0 {
			end = min(end, i)
		}
	}
	return ref[:end], ref[end:]
}

// meaningsOf returns what a name may be, in git's order. What is no name of a ref
// has none: git knows commits and more, of which none is anybody's to choose.
func meaningsOf(git command, name string) ([]string, error) {
	var asked []string
	switch {
	case name == "":
		return nil, nil
	case strings.HasPrefix(name, "refs/"):
		asked = []string{name}
	default:
		asked = []string{"refs/" + name, "refs/tags/" + name, "refs/heads/" + name, "refs/remotes/" + name, "refs/remotes/" + name + "/HEAD"}
	}
	listing, err := git(append([]string{"for-each-ref", "--format=%(refname)"}, asked...)...)
	if err != nil {
		return nil, fault.New(fault.Usage, "read revision %s: %w", quote.Text(name), cause(err))
	}
	there := strings.Split(string(listing), "\n")
	meanings := slices.DeleteFunc(asked, func(full string) bool { return !slices.Contains(there, full) })
	switch {
	case len(meanings) == 0:
	case strings.HasSuffix(name, "HEAD") && !strings.Contains(name, "/"):
		meanings = append(meanings, name) // git's own, as FETCH_HEAD
	case isShortened(name):
		meanings = append(meanings, "a commit's id, shortened")
	case strings.HasPrefix(name, "origin/") && !slices.Contains(meanings, "refs/remotes/"+name):
		meanings = append(meanings, "refs/remotes/"+name) // which was not fetched, and is meant
	}
	return meanings, nil
}

// isShortened reports whether a name may be the beginning of a commit's id.
func isShortened(name string) bool {
	return len(name) >= 4 && len(name) < 40 && strings.Trim(name, "0123456789abcdefABCDEF") == ""
}

func unknownRevision(ref string, err error) error {
	if _, said := errors.AsType[*exec.ExitError](err); !said {
		return fault.New(fault.Unavailable, "read revision %s: %w", quote.Text(ref), err)
	}
	return fault.New(fault.Usage, "there is no revision %s here", quote.Text(ref)).
		WithHint("git fetch %s\nin GitHub Actions, actions/checkout fetches all with fetch-depth: 0", fetchWords(ref))
}

// fetchWords are what to fetch so that ref exists.
func fetchWords(ref string) string {
	if branch, ok := strings.CutPrefix(strings.TrimPrefix(ref, "refs/remotes/"), "origin/"); ok && branch != "" {
		if words, ok := quote.Shell([]string{"origin", branch}); ok {
			return words
		}
	}
	return "origin"
}
