package quote_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/quote"
)

func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"acme/payments, push (main)": "acme/payments, push (main)",
		"a|b":                        "a&#124;b",
		"<img src=x>":                "&#60;img src=x&#62;",
		"*a* _b_ ~c~ `d` \\e":        "&#42;a&#42; &#95;b&#95; &#126;c&#126; &#96;d&#96; &#92;e",
		"repository_owner_id":        "repository_owner_id",
		"a__b _c d_ e-_f g_9 ü_ü":    "a&#95;&#95;b &#95;c d&#95; e-&#95;f g_9 ü&#95;ü",
		"[a](b) ![c][d]":             "&#91;a&#93;(b) !&#91;c&#93;&#91;d&#93;",
		"&lt;":                       "&#38;lt;",
		"cc @acme, #12":              "cc &#64;<!-- -->acme, &#35;<!-- -->12",
		"https://a.example":          "https&#58;<!-- -->//a.example",
		"see WWW.a.example":          "see WWW&#46;<!-- -->a.example",
		"a@b.example":                "a&#64;<!-- -->b.example",
		"$x$":                        "&#36;<!-- -->x&#36;<!-- -->",
		"- a":                        "&#45; a",
		"    a":                      "&#32;   a",
		"12. a":                      "12&#46; a",
		"1) a":                       "1&#41; a",
		"===":                        "&#61;==",
		":-: a.b) c":                 "&#58;-: a.b) c",
		"a\nb\u202e":                 "a&#92;nb&#92;u202e",
	} {
		if got := quote.Markdown(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	for text, want := range map[string]string{
		"":              "`  `",
		"refs/heads/ma": "`refs/heads/ma`",
		"a`b``c":        "```a`b``c```",
		"`a":            "`` `a ``",
		"a`":            "`` a` ``",
		" a ":           "`  a  `",
		" a":            "` a`",
		"@a <b> *c*":    "`@a <b> *c*`",
		"a|`<b>":        "<code>a&#124;&#96;&#60;b&#62;</code>",
		"a\nb":          "`a\\nb`",
		"##[x]":         "`##\\[x]`",
		"#":             "`#`",
	} {
		if got := quote.Code(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

var (
	// entity is how a byte is written so that it is nothing but text.
	entity = regexp.MustCompile(`&#[0-9]+;`)
	// active is what markdown, HTML or GitHub could make more of than text.
	active = regexp.MustCompile("[<>|`*~\\[\\]\\\\@#$&\n\r]|://|(?i:www\\.)|^[ \\-+=:]|^[0-9]+[.)]|_(?:[^0-9A-Za-z]|$)|(?:[^0-9A-Za-z]|^)_")
	// ticks are runs of backticks; the first of a code span is its fence.
	ticks = regexp.MustCompile("`+")
)

// S6: nothing in foreign text is active in markdown, and all of it shows.
func FuzzMarkdown(f *testing.F) {
	for _, text := range []string{
		"plain", "a|b", "<script>", "</details>", "`a``b", "`", "``", "@acme/team", "https://a.example", "www.a.example", "wwww.a", "[a](javascript:b)",
		"- a", "1. a", "# a", "> a", "    a", "---", "===", "a  ", "\\", "&amp;", "<!-- a", "-->", "##[x]", "::x::", " ` ", "a\nb", "$a$", "|`|", "  ", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := text
		if _, ok := quote.Shell([]string{text}); !ok {
			want = "" // what does not print is escaped, as the tests of Text claim
		}
		got := quote.Markdown(text)
		checkPrintable(t, got)
		checkInert(t, got, want)

		code := quote.Code(text)
		checkPrintable(t, code)
		if inner, ok := strings.CutPrefix(code, "<code>"); ok {
			checkInert(t, strings.TrimSuffix(inner, "</code>"), strings.ReplaceAll(want, "##[", `##\[`))
			return
		}
		checkSpan(t, code, want)
	})
}

// checkInert fails if markdown has anything active, or does not show as want.
func checkInert(t *testing.T, markdown, want string) {
	t.Helper()
	plain := strings.ReplaceAll(markdown, "<!-- -->", "")
	if found := active.FindString(entity.ReplaceAllString(plain, "x")); found != "" {
		t.Errorf("%q is active in %q", found, markdown)
	}
	for _, link := range []string{"&#64;", "&#35;", "&#36;", "&#58;//", "www&#46;"} {
		if strings.Count(markdown, link) != strings.Count(markdown, link+"<!-- -->") {
			t.Errorf("%q may be a link in %q", link, markdown)
		}
	}
	if shown := html.UnescapeString(plain); want != "" && shown != want {
		t.Errorf("%q shows as %q, want %q", markdown, shown, want)
	}
}

// checkSpan fails unless code is one code span that shows as want.
func checkSpan(t *testing.T, code, want string) {
	t.Helper()
	runs := ticks.FindAllString(code, -1)
	if len(runs) < 2 || strings.Contains(code, "|") {
		t.Fatalf("%q is no code span for a table", code)
	}
	fence := runs[0]
	for i, run := range runs[1:] {
		if len(run) >= len(fence) && i+2 != len(runs) {
			t.Errorf("%q ends at its tick run %d", code, i+2)
		}
	}
	if runs[len(runs)-1] != fence {
		t.Fatalf("%q does not end in its fence", code)
	}
	shown := code[len(fence) : len(code)-len(fence)]
	if strings.HasPrefix(shown, " ") && strings.HasSuffix(shown, " ") && strings.Trim(shown, " ") != "" {
		shown = shown[1 : len(shown)-1]
	}
	if want != "" && strings.Trim(want, " ") != "" && shown != want && !strings.Contains(want, "##") {
		t.Errorf("%q shows as %q, want %q", code, shown, want)
	}
}
