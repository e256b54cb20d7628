package lint

import (
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/source"
)

const howToIgnore = "write # autoken: ignore[RULE] REASON"

// comments returns what a file's comments ignore, and reports those that try to
// and do not.
func (l *look) comments(file *source.File) []*ignore {
	var all []*ignore
	comments, seen := file.Comments(), 0
	for n, c := range comments {
		rest, ours := strings.CutPrefix(c.Text, "autoken:")
		rest, isIgnore := strings.CutPrefix(strings.TrimSpace(rest), "ignore")
		if !ours || !isIgnore {
			continue
		}
		if seen++; seen > policy.MaxIgnores { // the policy does not load
			break
		}
		pos := check.Pos{File: file.Name, Line: c.Pos.Line, Col: c.Pos.Col}
		names, reason, ok := ignored(rest)
		switch {
		case !ok:
			l.report(pos, check.Finding{Message: "this comment does not say which rule to ignore", Fix: howToIgnore})
		case reason == "":
			l.report(pos, check.Finding{Message: "this comment does not say why the rule is ignored", Fix: howToIgnore})
		}
		for _, name := range names {
			if ok && reason != "" {
				all = append(all, &ignore{rule: name, reason: reason, pos: pos, line: lineOf(comments[n:])})
			}
		}
	}
	return all
}

// lineOf returns the line that the first comment is about: its own where
// something stands before it, else the next that is not all comment.
func lineOf(comments []source.Comment) int {
	line := comments[0].Pos.Line
	if !comments[0].Alone {
		return line
	}
	for _, c := range comments {
		if c.Pos.Line != line || !c.Alone {
			break
		}
		line++
	}
	return line
}

// ignored takes "[a, b] reason" apart.
func ignored(text string) (rules []string, reason string, ok bool) {
	list, reason, closed := strings.Cut(text, "]")
	list, open := strings.CutPrefix(strings.TrimSpace(list), "[")
	if !open || !closed {
		return nil, "", false
	}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			return nil, "", false
		}
		rules = append(rules, name)
	}
	return rules, strings.TrimSpace(strings.TrimLeft(reason, ": ")), true
}
