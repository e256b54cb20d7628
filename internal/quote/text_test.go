package quote_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/quote"
)

func TestText(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"ordinary", "fix: handle a::b in C# (#12) [skip ci]", "fix: handle a::b in C# (#12) [skip ci]"},
		{"leading bracket", "[bot] x", "[bot] x"},
		{"headings", "## Why ## How", "## Why ## How"},
		{"letters", "Grüße, 日本語, e\u0301, 👍", "Grüße, 日本語, e\u0301, 👍"},
		{"old command", "x ##[stop-commands]y", `x ##\[stop-commands]y`},
		{"old command in hashes", "####[group]", `####\[group]`},
		{"azure", "a ##vso[task.setvariable]b", `a ##vso\[task.setvariable]b`},
		{"teamcity", "##teamcity[x]##[y]", `##teamcity\[x]##\[y]`},
		{"command", "::stop-commands::x", `\::stop-commands::x`},
		{"command behind blanks", "  ::add-mask::x", `  \::add-mask::x`},
		{"half a command", ":", `\:`},
		{"no command", ":sparkles: new", ":sparkles: new"},
		{"hash", "#", `\#`},
		{"hashes at the end", "x ##", `x #\#`},
		{"bracket behind a hash", "#[derive]", `#\[derive]`},
		{"line ends", "a\r\nb\tc", `a\r\nb\tc`},
		{"controls", "\x1b[31m\x00\x7f\u0085\u009b", `\x1b[31m\x00\x7f\u0085\u009b`},
		{"bidi", "a\u202eb\u2066", `a\u202eb\u2066`},
		{"separators", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"blanks", "a\u00a0b\u3000", `a\u00a0b\u3000`},
		{"zero width", "a\u200bb\ufeff\u00ad", `a\u200bb\ufeff\u00ad`},
		{"fillers", "\u3164\u115f\ufe0fa\ufe0fa\u034f", `\u3164\u115f\ufe0fa\ufe0fa\u034f`},
		{"beyond the first plane", "\U000e0041", `\U000e0041`},
		{"marks on signs", "#\u0338:\u20e3\u0301", `#\u0338:\u20e3\u0301`},
		{"replacement", "a\ufffd", "a\ufffd"},
		{"broken", "a\xff\xc3", `a\xff\xc3`},
	} {
		if got := quote.Text(test.text); got != test.want {
			t.Errorf("%s: %q shows as %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

func TestLines(t *testing.T) {
	got := quote.Lines("one ##[x]\r\n::two::\n\n three\rfour\u2028::five::\n")
	want := "one ##\\[x]\n\\::two::\n\n three\\rfour\\u2028::five::\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCommandEscapes(t *testing.T) {
	const text = "a,b:c%25\r\n%"
	if got, want := quote.CommandData(text), "a,b:c%2525%0D%0A%25"; got != want {
		t.Errorf("data %q, want %q", got, want)
	}
	if got, want := quote.CommandProperty(text), "a%2Cb%3Ac%2525%0D%0A%25"; got != want {
		t.Errorf("property %q, want %q", got, want)
	}
}

// command returns the name of the command that a runner sees in a line: one of
// "::name key=value::data" or of "##[name key=value]data". Names that no runner
// has count too. Where it compares by language, it does not see invisible runes.
func command(line string) (name string, ok bool) {
	line = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Cc, unicode.M, unicode.Other_Default_Ignorable_Code_Point) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, line)
	if rest, found := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::"); found {
		if name, _, found = strings.Cut(rest, "::"); found {
			return name, true
		}
	}
	for _, prefix := range []string{"##[", "##vso["} {
		if _, rest, found := strings.Cut(line, prefix); found {
			if name, _, found = strings.Cut(rest, "]"); found {
				return name, true
			}
		}
	}
	return "", false
}

// runnerLines cuts a text where some reader of logs would.
func runnerLines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r)
	})
}

func TestCommandOfTheTest(t *testing.T) {
	for line, want := range map[string]string{
		"::add-mask::x": "add-mask", " \t\u00a0::stop-commands::x": "stop-commands", "a ##[group]b": "group", "\u200b:\u200b:x::": "x",
		"#\u00ad#[x]": "x", "#\ufe0f#[x]": "x", "##vso[a b]": "a b",
		"::x": "", "a::b::c": "", "##[x": "", `##\[x]`: "", `\::x::`: "",
	} {
		if got, ok := command(line); got != want || ok != (want != "") {
			t.Errorf("%q is command %q, want %q", line, got, want)
		}
	}
}

// S2: no command arises where neutralised texts are joined, for all short texts.
func TestS2JoinedTextsAreNoCommand(t *testing.T) {
	texts := []string{""}
	for from := 0; len(texts[from]) < 3; from++ {
		for _, sign := range []string{"#", "[", ":", " ", "a"} {
			texts = append(texts, texts[from]+sign)
		}
	}
	for _, a := range texts {
		for _, b := range texts {
			line := quote.Text(a) + quote.Text(b)
			for _, line := range []string{line, line + quote.Text("#") + quote.Text("["), quote.Text("#") + line, quote.Text(":") + line, line + quote.Text(":x")} {
				if name, ok := command(line + "]::"); ok {
					t.Fatalf("%q and %q make the command %q in %q", a, b, name, line)
				}
			}
		}
	}
}

// S2: no line of a neutralised text is a command for the runner, not even joined
// with another one and with our words.
func FuzzText(f *testing.F) {
	for _, pair := range [][2]string{
		{"::stop-commands::x", "##[stop-commands]x"},
		{"#", "#[x]"},
		{"##", "[x]"},
		{"C#", "#"},
		{"C##", "[x]"},
		{"#", "#"},
		{":", ":stop::"},
		{" ", "::x::"},
		{" :", ":x::"},
		{":", ":"},
		{"a\r::x::", "b\u2028::x::"},
		{"#\u200b", "#[x]"},
		{":\ufe0f", ":x::"},
		{"\xff::x::", "\u00a0::x::"},
		{"##vso[x]", "\x1b[31m::"},
		{"#\u0301#[x]", "\u0301:"},
	} {
		f.Add(pair[0], pair[1], "[x]")
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for _, text := range []string{a, b, c} {
			for name, show := range map[string]func(string) string{"Text": quote.Text, "Lines": quote.Lines} {
				shown := show(text)
				if again := show(shown); again != shown {
					t.Errorf("%s of %q: %q, again: %q", name, text, shown, again)
				}
				if len(text) > 0 && shown == "" {
					t.Errorf("%s of %q is empty", name, text)
				}
			}
			checkPrintable(t, quote.Text(text))
			checkPrintable(t, strings.ReplaceAll(quote.Lines(text), "\n", ""))
			if got, want := strings.Count(quote.Lines(text), "\n"), strings.Count(text, "\n"); got != want {
				t.Errorf("%q has %d line ends, its Lines %d", text, want, got)
			}
		}
		ta, tb, tc := quote.Text(a), quote.Text(b), quote.Text(c)
		la, lb, lc := quote.Lines(a), quote.Lines(b), quote.Lines(c)
		line, ok := quote.Shell([]string{a, b, c})
		if !ok {
			line = ""
		}
		for _, text := range []string{
			ta, ta + tb, ta + tb + tc, ta + " " + tb + ": " + tc, "denied: " + ta + tb + ", " + tc + "]", "\t" + ta + tb + tc + "]::",
			la, la + lb, la + lb + lc, la + tb + lc + "::", "autoken: " + la + "\n" + tb + "]::",
			line, line + ta, ta + " " + line, quote.Code(a) + tb, quote.Markdown(a) + tb,
		} {
			for _, line := range runnerLines(text) {
				if name, ok := command(line); ok {
					t.Errorf("%q, %q and %q make the command %q in %q", a, b, c, name, line)
				}
			}
		}
	})
}

// checkPrintable fails where shown has a rune that does not print, or a mark on
// a sign.
func checkPrintable(t *testing.T, shown string) {
	t.Helper()
	before := ' '
	for _, r := range shown {
		sign := before < utf8.RuneSelf && !unicode.IsLetter(before)
		if !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) || sign && unicode.IsMark(r) {
			t.Errorf("%U in %q", r, shown)
		}
		before = r
	}
}
