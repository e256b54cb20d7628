package proof

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// exampleOf returns a value that a condition admits, nil for an absent claim.
func exampleOf(c policy.Match) any {
	switch {
	case c.Values.Empty:
		return nil
	case len(c.Values.Exact) > 0:
		return typed(c.Claim, c.Values.Exact[0].Text)
	case len(c.Values.Globs) > 0:
		return typed(c.Claim, filled(c.Values.Globs[0].Text))
	}
	return nil
}

// filled puts something in for the stars of a pattern. It is the same everywhere:
// a workflow's ref is to be that of the run.
func filled(glob string) string {
	text := strings.ReplaceAll(glob, "**", "*")
	if strings.Contains(glob, "@") || strings.HasPrefix(glob, "refs/") {
		return strings.ReplaceAll(text, "*", "1.2.0")
	}
	return strings.ReplaceAll(text, "*", "x")
}

// typed returns a claim's value as a token has it.
func typed(c identity.Claim, text string) any {
	switch c.Type {
	case identity.Bool:
		return text == "true"
	case identity.Number:
		return json.Number(text)
	case identity.List:
		return []any{text}
	case identity.Text:
	}
	return text
}

// sameValue compares two values of a claim, which may be lists.
func sameValue(a, b any) bool {
	first, isText := a.(string)
	second, areTexts := b.(string)
	if isText && areTexts {
		return first == second
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// others lists values of a claim that are near the one that it has.
func others(kind *identity.Kind, c identity.Claim, value any) []any {
	text := fmt.Sprint(value)
	switch {
	case c.Type == identity.Bool:
		return []any{value != true, nil}
	case c.Type == identity.Number:
		return []any{json.Number("999"), json.Number("998"), nil}
	case c.Type == identity.List:
		return []any{[]any{"another"}, nil}
	case c.Name == kind.Event:
		return append(otherEvents(kind), nil)
	case c.Form != nil && len(c.Form.Values)+len(c.Form.Lengths) > 0:
		return append(formed(c.Form, value), nil)
	case value == nil || value == "":
		return []any{"another", "x"}
	case c.Ref == identity.FullRef:
		return []any{"refs/heads/another-branch", "refs/heads/another/branch", "refs/tags/v0.0.1", "refs/pull/42/merge", nil}
	case c.Ref == identity.FileRef:
		file, ref := identity.CutFileRef(text)
		return []any{otherFile(file) + "@" + ref, file + "@refs/heads/another-branch", file + "@refs/tags/v0.0.1", nil}
	case strings.Trim(text, "0123456789") == "":
		return []any{otherOf(text, "999", "998"), nil}
	}
	return []any{text + "-evil", "another", "another/name", nil}
}

// formed lists other values of a form that is a list, or says how long they are.
func formed(f *identity.Form, value any) []any {
	var all []any
	for _, v := range f.Values {
		if v != value {
			all = append(all, v)
		}
	}
	text, _ := value.(string)
	for _, n := range f.Lengths {
		if len(text) == n {
			all = append(all, text[:n-1]+otherOf(text[n-1:], "0", "1"))
		}
		all = append(all, strings.Repeat("0", n))
	}
	return all
}

// otherOf returns the first of two texts that is not text.
func otherOf(text, first, second string) string {
	if text == first {
		return second
	}
	return first
}

// otherEvents lists what else may start a job, those that outsiders cause first.
func otherEvents(kind *identity.Kind) []any {
	var events []any
	for _, f := range identity.Fixtures() {
		if event, _ := f.Claims.Text(kind.Event); f.Kind == kind.Name && event != "" && !slices.Contains(events, any(event)) {
			events = append(events, event)
		}
	}
	slices.SortStableFunc(events, func(a, b any) int { return outsideFirst(a) - outsideFirst(b) })
	return append(events, "an_event_to_come")
}

func outsideFirst(event any) int {
	if i := slices.Index([]any{"pull_request_target", "issue_comment", "workflow_run", "merge_request_event", "pull_request"}, event); i >= 0 {
		return i
	}
	return 9
}

// otherFile returns the name of another file beside one.
func otherFile(file string) string {
	dir := file[:strings.LastIndexByte(file, '/')+1]
	if file == dir+"another.yml" {
		return dir + "one-more.yml"
	}
	return dir + "another.yml"
}
