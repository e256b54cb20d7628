package lint

import (
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

var formRules = []rule{
	{check.Meta{ID: "impossible-value", Summary: "a value does not look like any that a token has in this claim", Severity: check.High}, perCondition(anywhere, oddValues)},
}

// oddValues leaves what is odd about single characters to suspicious-characters.
func oddValues(l *look, c *condition) {
	for _, w := range c.Values.Exact {
		if message, fix := oddText(c.Claim, w.Text, c.home()); message != "" && !isStrange(w.Text, c) {
			l.say(w.Pos, message, fix)
		}
	}
	for _, w := range c.Values.Globs {
		if message, fix := oddGlob(c.Claim, w.Text, c.home()); message != "" && !isStrange(w.Text, c) {
			l.say(w.Pos, message, fix)
		}
	}
}

func isStrange(text string, c *condition) bool {
	message, _ := strangeness(text, freeText(c))
	return message != ""
}

// home returns the repository that the block names, or what stands for one.
func (c *condition) home() string {
	if m := matchOn(c.others, c.kind.Repository); m != nil && m.Values.Pins() && !isOdd(m.Claim, m.Values.Exact[0].Text) {
		return m.Values.Exact[0].Text
	}
	return anyHome
}

const anyHome = "OWNER/NAME"

// Doubt says why no token of a kind is known to have the text in a claim, and
// what may be meant; "" where nothing speaks against it. That is no proof.
func Doubt(kind *identity.Kind, name, text string) (message, fix string) {
	c, known := kind.Claim(name)
	switch {
	case !known || text == "":
		return "", ""
	case name == kind.Event:
		return unknownEvent(kind, text)
	}
	return oddText(c, text, anyHome)
}

// isOdd reports whether no token is known to have the text in a claim. What the
// language accepts may be odd.
func isOdd(c identity.Claim, text string) bool {
	if text == "" || c.Form == nil {
		return false
	}
	fits := globsOf(c.Form.Globs...)
	return !c.Form.Has(text) || len(c.Form.Globs) > 0 && !fits.Admits(identity.AtRef(text))
}

func oddText(c identity.Claim, text, home string) (message, fix string) {
	if !isOdd(c, text) {
		return "", ""
	}
	return "no " + c.Name + " is " + text + like(c.Form), fixOf(c, text, home)
}

func like(f *identity.Form) string {
	if f.Like == "" {
		return ""
	}
	return ": it is " + f.Like
}

func isOddGlob(c identity.Claim, glob string) bool {
	return c.Form != nil && (!c.Form.Has(glob) || len(c.Form.Globs) > 0 && !policy.GlobsMeet(identity.AtRef(glob), c.Form.Globs))
}

func oddGlob(c identity.Claim, glob, home string) (message, fix string) {
	if !isOddGlob(c, glob) {
		return "", ""
	}
	message, tries := "no "+c.Name+" fits "+glob+like(c.Form), meanings(c, glob, home)
	if !isOddGlob(c, strings.ReplaceAll(glob, "*", "**")) {
		message, tries = "a * stops at a slash, so this fits no "+c.Name, widened(glob)
	}
	for _, other := range tries {
		if other != glob && other != "" && !isOddGlob(c, other) {
			return message, "write " + valueLine(c.Name, other)
		}
	}
	return message, ""
}

// isOddMatch reports whether no value that a condition admits is one that a token
// is known to have.
func isOddMatch(m *policy.Match) bool {
	usual := func(w policy.Word) bool { return !isOdd(m.Claim, w.Text) }
	usualGlob := func(w policy.Word) bool { return !isOddGlob(m.Claim, w.Text) }
	return !m.Values.Empty && !slices.ContainsFunc(m.Values.Exact, usual) && !slices.ContainsFunc(m.Values.Globs, usualGlob)
}

// widened returns what may be meant by a glob whose stars stop too early.
func widened(glob string) []string {
	return []string{
		strings.Replace(glob, "@*", "@refs/heads/*", 1),
		"refs/heads/" + strings.TrimPrefix(glob, "refs/"),
		strings.ReplaceAll(glob, "*", "**"),
	}
}

// fixOf says what may be meant by a text that no token has. A command or a list
// of values is worth more than a guess.
func fixOf(c identity.Claim, text, home string) string {
	if line := lookUp(c.Name, text); line != "" {
		return line
	}
	if near := check.Nearest(text, c.Form.Values); near != "" {
		return "did you mean " + near + "?"
	}
	for _, other := range meanings(c, text, home) {
		if other != text && other != "" && !isOdd(c, other) {
			return "write " + scalar(other)
		}
	}
	switch {
	case len(c.Form.Values) > 0:
		return "write " + strings.Join(c.Form.Values, " or ")
	case c.Form.Example != "":
		return "write " + c.Form.Example
	}
	return "autoken whoami shows what a job has"
}

// lookUp is a command that prints the id of what is named in its place.
func lookUp(claim, name string) string {
	name = bare(name)
	owner, repository, full := strings.Cut(name, "/")
	argv := []string{"gh", "api", "users/" + owner, "--jq", ".id"}
	switch {
	case owner == "" || strings.Contains(repository, "/"):
		return ""
	case claim == "repository_id" && full:
		argv[2] = "repos/" + name
	case claim == "repository_id":
		argv[2] = "repos/OWNER/" + name
	case claim != "repository_owner_id" && claim != "actor_id":
		return ""
	}
	line, ok := quote.Shell(argv)
	if !ok {
		return ""
	}
	return line
}

// bare returns the path of a URL without what git adds, and other texts without
// slashes at their ends.
func bare(text string) string {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		_, text, _ = strings.Cut(rest, "/")
	}
	return strings.TrimSuffix(strings.Trim(text, "/"), ".git")
}

// meanings returns what may be meant, the likeliest first.
func meanings(c identity.Claim, text, home string) []string {
	_, withHost, _ := strings.Cut(text, "://")
	text = bare(text)
	all := []string{text, strings.TrimSuffix(strings.Trim(withHost, "/"), ".git")}
	switch c.Ref {
	case identity.FullRef:
		parts := strings.SplitN(text, "/", 3)
		if len(parts) == 3 {
			all = append(all, "refs/"+check.Nearest(parts[1], []string{"heads", "tags", "pull"})+"/"+parts[2])
		}
	case identity.FileRef:
		all = append(all, fileAtRef(text, home))
	case identity.NoRef, identity.ShortRef:
		all = append(all, "OWNER/"+text)
	}
	return all
}

// fileAtRef completes what somebody wrote for a workflow.
func fileAtRef(text, home string) string {
	file, ref := identity.CutFileRef(text)
	if i := strings.Index(file, ".github/workflows/"); i > 0 {
		home = strings.TrimSuffix(file[:i], "/")
	}
	file = file[strings.LastIndexByte(file, '/')+1:]
	switch {
	case ref == "":
		ref = "refs/heads/main"
	case !strings.HasPrefix(ref, "refs/"):
		ref = "refs/heads/" + ref
	}
	return home + "/.github/workflows/" + file + "@" + ref
}
