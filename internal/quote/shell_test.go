package quote_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/quote"
)

func TestShell(t *testing.T) {
	for _, test := range []struct {
		argv []string
		want string
	}{
		{[]string{"gh", "api", "-X", "PUT", "repos/acme/a_b.c/x@1,2:3=4%20+5"}, "gh api -X PUT repos/acme/a_b.c/x@1,2:3=4%20+5"},
		{[]string{"git", "push", "a b", "", "it's", "$(id)", "`id`", "a\\b", "~", "*", "#x", "!"}, `git push 'a b' '' 'it'\''s' '$(id)' '` + "`id`" + `' 'a\b' '~' '*' '#x' '!'`},
		{[]string{"A=b", "A=b"}, "'A=b' A=b"},
		{[]string{"::stop::x", "=ls", ":x"}, "'::stop::x' '=ls' ':x'"},
		{[]string{"x", "##[stop-commands]y", "##vso[z]"}, "x '##''[stop-commands]y' '##vso''[z]'"},
		{[]string{"größe", "日本"}, "'größe' '日本'"},
	} {
		if got, ok := quote.Shell(test.argv); !ok || got != test.want {
			t.Errorf("%q prints as %s, %v; want %s", test.argv, got, ok, test.want)
		}
	}
}

func TestShellLeavesFewSignsPlain(t *testing.T) {
	for sign := '!'; sign <= '~'; sign++ {
		if unicode.IsLetter(sign) || unicode.IsDigit(sign) {
			continue
		}
		arg := "a" + string(sign) + "b"
		line, ok := quote.Shell([]string{"x", arg})
		if plain := line == "x "+arg; !ok || plain != strings.ContainsRune("_./:=@%+,-", sign) {
			t.Errorf("%q prints as %s, %v", arg, line, ok)
		}
	}
}

// S6: what a reader cannot see is not printed as a command.
func TestS6ShellRefuses(t *testing.T) {
	for name, argv := range map[string][]string{
		"nothing": {}, "nil": nil, "line end": {"gh", "a\nid"}, "return": {"gh", "a\rid"}, "tab": {"gh", "a\tb"}, "escape": {"gh", "\x1b[2K"},
		"zero byte": {"gh", "a\x00"}, "delete": {"gh", "\x7f"}, "broken": {"gh", "\xff"}, "bidi": {"gh", "\u202e"},
		"no-break space": {"gh", "a\u00a0b"}, "zero width": {"gh\u200b"}, "separator": {"gh", "\u2028"}, "filler": {"gh", "\u3164"},
		"c1": {"gh", "\u009b"}, "private": {"gh", "\ue000"}, "lone mark": {"gh", "\u0301"},
	} {
		if line, ok := quote.Shell(argv); ok || line != "" {
			t.Errorf("%s: %q prints as %s, %v", name, argv, line, ok)
		}
	}
}

// S6: a shell reads the printed line as the argv that it was made from.
func FuzzShell(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip("no POSIX shell here")
	}
	for _, arg := range []string{"", "a", "a b", "it's", "''", "$(id)", "`id`", "a\\", "\\'", "~", "-n", "##[x]", "a;b|c&d>e<f", "{a,b}", "%s", "größe", "a'##[b'", "=x", "!!", "*"} {
		f.Add(arg, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		argv := []string{"printf", `%s\0`, a, b, a + b}
		line, ok := quote.Shell(argv)
		if !ok {
			if plainText(a) && plainText(b) {
				t.Errorf("%q is refused", argv)
			}
			return
		}
		if strings.ContainsAny(line, "\n\r\x00") {
			t.Fatalf("%q prints as %q", argv, line)
		}
		out, err := exec.Command(sh, "-c", line).Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, argv[2:]) {
			t.Errorf("%s gives %q, want %q", line, got, argv[2:])
		}
	})
}

// plainText reports whether nobody could object to s in a command.
func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.In(r, unicode.M, unicode.Other_Default_Ignorable_Code_Point)
	})
}
