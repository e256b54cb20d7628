package policy

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
)

func (p patterns) values() Values { return Values{Exact: p.words, Globs: p.globs, fold: p.fold} }

func (t texts) admits(text string) bool {
	for _, p := range t.fits {
		if v := p.values(); !v.Admits(text) {
			return false
		}
	}
	for _, p := range t.misfits {
		if v := p.values(); v.Admits(text) {
			return false
		}
	}
	return true
}

// Sets of texts of all sorts, with every text of up to six characters as the judge.
func TestTextsAgainstBruteForce(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(3, 4)), nil}
	all := words("abA/", 6)[1:]
	some := func(n int) []patterns {
		var groups []patterns
		for range m.IntN(n + 1) {
			p := patterns{fold: m.IntN(3) == 0}
			letters := map[bool]string{true: "ab/***", false: "abA/***"}[p.fold]
			for range 1 + m.IntN(2) {
				p.globs = append(p.globs, Word{Text: m.pattern(letters, 5)})
			}
			groups = append(groups, p)
		}
		return groups
	}
	for range 500 {
		set := texts{fits: some(3), misfits: some(2), tidy: m.IntN(4) == 0}
		work := searchWork
		text, v := set.find(&work)
		switch {
		case v == unsure:
			t.Fatalf("%v: nobody knows", set)
		case v == found && (!set.admits(text) || text == "" || (set.tidy && !tidy(text))):
			t.Fatalf("%v: %q", set, text)
		case v == found:
			continue
		}
		for _, text := range all {
			if set.admits(text) && (!set.tidy || tidy(text)) {
				t.Fatalf("%v: none was found, and %q is one", set, text)
			}
		}
	}
}

// What is found has as few letters as can be, and no more work than such patterns
// are worth.
func TestTextsFind(t *testing.T) {
	fold := func(all ...string) patterns { p := globs(all...); p.fold = true; return p }
	for name, c := range map[string]struct {
		set  texts
		want string
	}{
		"both":                      {texts{fits: []patterns{globs("refs/heads/release/*"), globs("refs/heads/*/hotfix")}}, "refs/heads/release/hotfix"},
		"apart":                     {texts{fits: []patterns{globs("refs/heads/*"), globs("refs/heads/release/1")}}, ""},
		"a star takes nothing":      {texts{fits: []patterns{globs("a*")}, misfits: []patterns{globs("a")}}, "ax"},
		"two stars take a slash":    {texts{fits: []patterns{globs("a**")}, misfits: []patterns{globs("a*")}}, "a/"},
		"tidy":                      {texts{fits: []patterns{globs("a**")}, misfits: []patterns{globs("a*")}, tidy: true}, "a/x"},
		"no letter of a pattern":    {texts{fits: []patterns{globs("*")}, misfits: []patterns{globs("x*", "y*")}}, "z"},
		"another case":              {texts{fits: []patterns{fold("a")}, misfits: []patterns{globs("a")}}, "A"},
		"all cases":                 {texts{fits: []patterns{fold("a*")}, misfits: []patterns{fold("a"), fold("a*b")}}, "ax"},
		"the sign for kelvin":       {texts{fits: []patterns{fold("k")}, misfits: []patterns{globs("k", "K")}}, "\u212a"},
		"the i with a dot":          {texts{fits: []patterns{fold("i")}, misfits: []patterns{globs("i", "I")}}, "İ"},
		"letters of several bytes":  {texts{fits: []patterns{globs("ä*"), globs("*ö")}}, "äö"},
		"nothing wanted":            {texts{}, "x"},
		"no alternative":            {texts{fits: []patterns{{}}}, ""},
		"everything refused":        {texts{misfits: []patterns{globs("**")}}, ""},
		"all readable ones refused": {texts{misfits: []patterns{globs(strings.Split(readable, "")...), globs("/", "*/**", "**?**", "*-*", "*?")}, fits: []patterns{globs("*")}}, "一"},
	} {
		work := 10_000
		text, v := c.set.find(&work)
		if text != c.want || (v == found) != (c.want != "") || v == unsure {
			t.Errorf("%s: %q %d, want %q", name, text, v, c.want)
		}
	}
}

// Longer than a claim can be is not what a job can have, and not proven to be
// impossible either.
func TestTextsTooLong(t *testing.T) {
	set := texts{}
	for _, letter := range "abcde" {
		set.fits = append(set.fits, globs("**"+strings.Repeat(string(letter), 250)+"**"))
	}
	work := searchWork
	if text, v := set.find(&work); v != unsure {
		t.Errorf("%d bytes, %v", len(text), v)
	}
}

// The letters that a folded pattern reads are all that strings.ToLower makes of it.
func TestSpellings(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if lower := unicode.ToLower(r); lower != r && !strings.ContainsRune(string(spellings(lower)), r) {
			t.Errorf("%q is not one of %q", r, spellings(lower))
		}
	}
}
