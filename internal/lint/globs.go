package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
)

var globRules = []rule{
	{check.Meta{ID: "regex-like", Summary: "a value looks like a regular expression, and is none", Severity: check.Medium}, perCondition(anywhere, regexes)},
	{check.Meta{ID: "doublestar-inner", Summary: "a ** spans slashes where * is enough", Severity: check.Medium}, perCondition(inMatch|inRequire|inMay, innerStars)},
}

func regexes(l *look, c *condition) {
	if c.Claim.Globs == identity.NoGlobs {
		return
	}
	for _, w := range words(c.Match) {
		if what, fix := regex(c, w.Text); what != "" {
			l.say(w.Pos, what+" stands for itself: a glob is no regular expression", fix)
		}
	}
}

// regex says what in a text is meant for another language, and what to write
// where that is certain.
func regex(c *condition, text string) (what, fix string) {
	before, choices, after := group(text)
	cut, end := strings.CutSuffix(text, "$")
	strange := strings.IndexAny(text, `^\[`)
	switch {
	case choices != "":
		texts := strings.Split(choices, "|")
		for i := range texts {
			texts[i] = before + texts[i] + after
		}
		return "(" + choices + ")", valueLine(c.Claim.Name, texts...)
	case end:
		return "the $ at the end", valueLine(c.Claim.Name, cut)
	case c.Claim.Ref != identity.NoRef:
	case strange >= 0:
		return "the " + text[strange:strange+1], ""
	case strings.Contains(text, ".*"):
		return "the dot in .*", ""
	}
	return "", ""
}

// group finds (a|b) in a text; choices is "" where there is none.
func group(text string) (before, choices, after string) {
	before, rest, _ := strings.Cut(text, "(")
	choices, after, closed := strings.Cut(rest, ")")
	if !closed || !strings.Contains(choices, "|") {
		return text, "", ""
	}
	return before, choices, after
}

// valueLine writes a condition on a claim, as a glob where the values have stars.
func valueLine(claim string, values ...string) string {
	if !strings.Contains(strings.Join(values, ""), "*") {
		return line(claim, values...)
	}
	return claim + ": {" + line("glob", values...) + "}"
}

func innerStars(l *look, c *condition) {
	for _, w := range c.Values.Globs {
		if text := narrower(c, w.Text); text != "" {
			l.say(w.Pos, "** spans slashes, so more fits than it looks", "write "+scalar(text))
		}
	}
}

// narrower returns a glob with * for every ** that stands inside, or anywhere in
// what has no slash there; "" where nothing is to be changed.
func narrower(c *condition, glob string) string {
	inner := strings.TrimRight(glob, "*")
	if c.Claim.Name == "repository" && inner != "" {
		inner = glob
	}
	if !strings.Contains(inner, "**") {
		return ""
	}
	rest := glob[len(inner):]
	for strings.Contains(inner, "**") {
		inner = strings.ReplaceAll(inner, "**", "*")
	}
	return inner + rest
}
