package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

var globRules = []rule{
	{check.Meta{ID: "regex-like", Summary: "a value looks like a regular expression, and is none", Severity: check.Medium}, regexes},
	{check.Meta{ID: "doublestar-inner", Summary: "a ** spans slashes where * is enough", Severity: check.Medium}, innerStars},
}

func regexes(l *look) {
	for c := range l.conditions(inMatch, inUnless, inRequire, inMay) {
		if c.Claim.Globs == identity.NoGlobs {
			continue
		}
		for _, w := range words(c.Match) {
			if f, found := regex(c, w); found {
				f.Subject = c.subject
				l.report(w.Pos, f)
			}
		}
	}
}

// regex says what in a text is meant for another language, and what to write
// where that is certain.
func regex(c condition, w policy.Word) (check.Finding, bool) {
	const says = " stands for itself: a glob is no regular expression"
	if before, choices, after := group(w.Text); choices != "" {
		var texts []string
		for choice := range strings.SplitSeq(choices, "|") {
			texts = append(texts, before+choice+after)
		}
		return check.Finding{Message: "(" + choices + ")" + says, Fix: valueLine(c.Claim.Name, texts...)}, true
	}
	if text, found := strings.CutSuffix(w.Text, "$"); found {
		return check.Finding{Message: "the $ at the end" + says, Fix: valueLine(c.Claim.Name, text)}, true
	}
	if i := strings.IndexAny(w.Text, `^\[`); i >= 0 && c.Claim.Ref == identity.NoRef {
		return check.Finding{Message: "the " + w.Text[i:i+1] + says}, true
	}
	if strings.Contains(w.Text, ".*") && c.Claim.Ref == identity.NoRef {
		return check.Finding{Message: ".* is a dot and any text: a glob is no regular expression"}, true
	}
	return check.Finding{}, false
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

func innerStars(l *look) {
	for c := range l.conditions(inMatch, inRequire, inMay) {
		for _, w := range c.Values.Globs {
			if text := narrower(c, w.Text); text != "" {
				l.report(w.Pos, check.Finding{Subject: c.subject, Message: "** spans slashes, so more fits than it looks", Fix: "write " + scalar(text)})
			}
		}
	}
}

// narrower returns a glob with * for every ** that stands inside, or anywhere in
// what has no slash there; "" where nothing is to be changed.
func narrower(c condition, glob string) string {
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
