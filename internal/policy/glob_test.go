package policy

import (
	"regexp"
	"strings"
	"testing"
)

// P1 P3: a glob is compared as a whole, and * stops at the slash.
func TestP3GlobMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"acme/*", "acme/x", true},
		{"acme/*", "acme/x/y", false},
		{"acme/*", "acme-evil/x", false},
		{"acme/*", "acme/", true},
		{"acme/*", "acme/x:environment:prod", true}, // a name cannot have a colon
		{"acme/pay*", "acme/payments-evil", true},
		{"refs/heads/**", "refs/heads/a/b", true},
		{"refs/heads/**", "xrefs/heads/a", false},
		{"refs/*/x", "refs/heads/x", true},
		{"refs/*/x", "refs/a/b/x", false},
		{"refs/**/x", "refs/a/b/x", true},
		{"**a*b", "x/ab/aab", true},
		{"**a*b", "ab/", false},
		{"a**b*c", "axbbxc", true},
		{"a**b*c", "a/b/c", false},
		{"***", "a/b", true},
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"main|release", "xrelease", false},
		{"v[0-9]", "v1", false},
		{"v[0-9]", "v[0-9]", true},
		{"Main", "main", false},
		{"ä*", "äö", true},
	} {
		if got := globMatches(c.pattern, c.text); got != c.want {
			t.Errorf("globMatches(%q, %q) = %t", c.pattern, c.text, got)
		}
	}
}

// asRegexp says in another language what a glob is.
func asRegexp(pattern string) *regexp.Regexp {
	expr := regexp.QuoteMeta(pattern)
	expr = regexp.MustCompile(`(\\\*){2,}`).ReplaceAllLiteralString(expr, `(?s:.*)`)
	return regexp.MustCompile(`^(?:` + strings.ReplaceAll(expr, `\*`, `[^/]*`) + `)$`)
}

func FuzzGlobMatches(f *testing.F) {
	for _, seed := range [][2]string{{"a*b", "axb"}, {"**a*b/", "x/a/ab/"}, {"*/**a*", "b/ca"}, {"a**b*c/*", "a/b/bc/"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 64 || len(text) > 64 || !validUTF8(pattern) || !validUTF8(text) {
			t.Skip()
		}
		for _, p := range []string{pattern, onAlphabet(pattern, "ab/*")} {
			for _, s := range []string{text, onAlphabet(text, "ab/")} {
				if got, want := globMatches(p, s), asRegexp(p).MatchString(s); got != want {
					t.Fatalf("globMatches(%q, %q) = %t, the regular expression says %t", p, s, got, want)
				}
			}
		}
	})
}

func validUTF8(s string) bool { return strings.ToValidUTF8(s, "") == s }

// onAlphabet maps a text to one over few letters, where patterns and texts meet
// more often.
func onAlphabet(s, letters string) string {
	return strings.Map(func(r rune) rune { return rune(letters[int(r)%len(letters)]) }, s)
}

// Every pattern of up to four characters against every other, with every text of
// up to six characters as the judge.
func TestGlobsContainAgainstBruteForce(t *testing.T) {
	patterns := words("a/*", 4)
	texts := words("ab/", 6)
	fits := map[string][]bool{}
	for _, p := range patterns {
		for _, text := range texts {
			fits[p] = append(fits[p], globMatches(p, text))
		}
	}
	for _, outer := range patterns {
		for _, inner := range patterns {
			if got, want := globsContain([]string{outer}, inner), subset(fits[inner], fits[outer]); got != want {
				t.Fatalf("globsContain(%q, %q) = %t, want %t", outer, inner, got, want)
			}
		}
	}
}

// The union of patterns can contain what none of them does alone.
func TestGlobsContainUnion(t *testing.T) {
	patterns := words("a/*", 3)
	texts := words("ab/", 6)
	for i, first := range patterns {
		for j := i + 1; j < len(patterns); j += 3 {
			second := patterns[j]
			for k := 0; k < len(patterns); k += 2 {
				inner := patterns[k]
				want := true
				for _, text := range texts {
					want = want && (!globMatches(inner, text) || globMatches(first, text) || globMatches(second, text))
				}
				if got := globsContain([]string{first, second}, inner); got != want {
					t.Fatalf("globsContain(%q or %q, %q) = %t, want %t", first, second, inner, got, want)
				}
			}
		}
	}
}

func TestGlobsContain(t *testing.T) {
	for _, c := range []struct {
		outer []string
		inner string
		want  bool
	}{
		{[]string{"payments*"}, "payments-*", true},
		{[]string{"payments-*"}, "payments*", false},
		{[]string{"refs/heads/*"}, "refs/heads/release/*", false},
		{[]string{"refs/heads/**"}, "refs/heads/release/*", true},
		{[]string{"acme/a", "acme/b"}, "acme/*", false},
		{[]string{"acme/*"}, "acme/a", true},
		{nil, "a", false},
		{[]string{"ä*"}, "ä", true},
	} {
		if got := globsContain(c.outer, c.inner); got != c.want {
			t.Errorf("globsContain(%q, %q) = %t", c.outer, c.inner, got)
		}
	}
}

// What costs too much to find out counts as not contained, and costs little.
func TestGlobsContainGivesUp(t *testing.T) {
	part := strings.Repeat("a", 40)
	var outer []string
	for i := range 40 {
		outer = append(outer, "**"+part[:i]+"b"+part[i:]+"**/*a*"+strings.Repeat("/*", i+3))
	}
	if globsContain(outer, "**/*a*/*/*/*/*/*/*/*/*/*/*/*/*b") {
		t.Error("it took the long way")
	}
}

func subset(inner, outer []bool) bool {
	for i := range inner {
		if inner[i] && !outer[i] {
			return false
		}
	}
	return true
}

// words returns every text over letters of up to n characters.
func words(letters string, n int) []string {
	all := []string{""}
	for from := 0; n > 0; n-- {
		to := len(all)
		for _, word := range all[from:to] {
			for _, letter := range letters {
				all = append(all, word+string(letter))
			}
		}
		from = to
	}
	return all
}

// The slowest pattern and claim that can be: a caller must not be able to keep
// the broker busy.
func BenchmarkGlobWorst(b *testing.B) {
	pattern := "**" + strings.Repeat("a*", 126) + "b"
	text := strings.Repeat("a", maxClaim)
	for b.Loop() {
		globMatches(pattern, text)
	}
}
