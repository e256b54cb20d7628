package cli

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/render"
)

const attack = "::stop-commands::x ##[group]y \x1b]0;z\x07</details><img src=x> @octocat [a](https://x) `code` \u202e\n::error::w\n# h |"

// exampleIssuer is one as a policy has it.
func exampleIssuer(t *testing.T) *policy.Issuer {
	t.Helper()
	text := `{version: 1, issuers: {gh: {kind: github, url: "https://token.actions.githubusercontent.com", audience: a}}}`
	draft, err := policy.Parse(fstest.MapFS{policy.FileName: {Data: []byte(text)}}, ".", policy.Options{})
	if err != nil || len(draft.Findings) > 0 {
		t.Fatal(err, draft)
	}
	return draft.Policy.Trusted()[0]
}

// hostileDiff is a comparison of policies in which everything is an attack, in n
// changes of each class.
func hostileDiff(t *testing.T, n int) policyDiff {
	t.Helper()
	issuer := exampleIssuer(t)
	d := policyDiff{before: attack, after: attack, Result: compare.Result{Grants: n}}
	for _, class := range compare.Classes {
		for range n {
			d.Changes = append(d.Changes, &compare.Change{
				Class: class, Subject: "ignore " + attack, Grant: attack, Owner: attack, What: []string{attack, strings.Repeat(attack, 50)}, Note: attack,
				Pos: check.Pos{File: attack, Line: 1, Col: 1}, At: exampleTime,
				Example: &policy.Example{Issuer: issuer, Claims: identity.Claims{"ref": attack, "repository": attack, "event_name": attack}},
			})
		}
	}
	return d
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// S2, S27: whatever stands in a policy, a diff of it gives a runner and a terminal
// no orders, in any format.
func TestS27DiffsGiveNoOrders(t *testing.T) {
	d := hostileDiff(t, 3)
	for name, text := range map[string]string{
		"table":    written(t, func(w io.Writer) error { return d.table(w, render.NewStyle(w, false, 40)) }),
		"json":     written(t, func(w io.Writer) error { return render.JSON(w, d.report()) }),
		"markdown": written(t, d.markdown),
		"github":   written(t, d.annotations),
	} {
		for line := range strings.Lines(text) {
			start := strings.TrimLeft(line, " -")
			ours := name == "github" && regexp.MustCompile(`^::(warning|notice) file=[^:]*,line=1,col=1,title=autoken%3A [a-z ]+::`).MatchString(line)
			if strings.HasPrefix(start, "::") && !ours || strings.Contains(line, "##[") {
				t.Errorf("%s: %q", name, line)
			}
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || r == '\u202e' }) {
			t.Errorf("%s has control characters", name)
		}
	}
}

// S27: in a comment foreign text is only text.
func TestS27CommentsAreInert(t *testing.T) {
	text := written(t, hostileDiff(t, 2).markdown)
	plain := regexp.MustCompile("(`+)[^\n]*?[^`](`+)").ReplaceAllString(text, "")
	for _, active := range []string{"<img", "@octocat", "](http", "\n#h", "\n# h"} {
		if strings.Contains(plain, active) {
			t.Errorf("%q is active in\n%s", active, plain)
		}
	}
	if opened, closed := strings.Count(plain, "<details>"), strings.Count(plain, "</details>"); opened != closed || opened == 0 {
		t.Errorf("%d folds are opened, %d closed", opened, closed)
	}
}

// A comment that is too long is refused by GitHub, and then nobody sees anything.
func TestCommentsAreBounded(t *testing.T) {
	for _, n := range []int{1, 11, 300} {
		text := written(t, hostileDiff(t, n).markdown)
		if utf8.RuneCountInString(text) > maxComment {
			t.Errorf("%d changes of each class make %d characters", n, utf8.RuneCountInString(text))
		}
		if n > 11 && !strings.Contains(text, "more\n") {
			t.Error("what is left out is not counted")
		}
	}
}

func TestAnnotationsAreBounded(t *testing.T) {
	text := written(t, hostileDiff(t, 12).annotations)
	if n := strings.Count(text, "\n::warning"); n != maxAnnotations-1 {
		t.Errorf("%d warnings behind the first", n)
	}
	if !strings.Contains(text, "not annotated: 50 warnings") {
		t.Error(text[len(text)-200:])
	}
}
