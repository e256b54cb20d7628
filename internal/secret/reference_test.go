package secret_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/secret"
)

// reference is what a masker shows, found by looking for each needle everywhere.
type reference struct{ needles []string }

func newReference(values ...secret.Value) reference {
	return reference{reveal(secret.Forms(values...))}
}

// growing is the length of the longest end of text that is a needle's start.
func (r reference) growing(text string) int {
	longest := 0
	for _, needle := range r.needles {
		for n := min(len(text), len(needle)-1); n > longest; n-- {
			if strings.HasSuffix(text, needle[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// show returns what must have been written after text: its decided part, and the
// whole mask where a region starts no later than that ends.
func (r reference) show(text string, growing int) string {
	hidden := make([]bool, len(text))
	for _, needle := range r.needles {
		for at := range len(text) {
			if strings.HasPrefix(text[at:], needle) {
				copy(hidden[at:], slices.Repeat([]bool{true}, len(needle)))
			}
		}
	}
	var out strings.Builder
	decided := len(text) - growing
	for i := 0; i < len(text) && i <= decided; i++ {
		switch {
		case hidden[i] && (i == 0 || !hidden[i-1]):
			out.WriteString("***")
		case !hidden[i] && i < decided:
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

// split cuts text at places taken from cuts.
func split(text string, cuts []byte) []string {
	var parts []string
	for _, cut := range cuts {
		n := min(int(cut)%17, len(text))
		parts = append(parts, text[:n])
		text = text[n:]
	}
	return append(parts, text)
}

// checkMasker fails unless a masker shows text as the reference does after each
// write, however text is cut, and its output holds no needle.
func checkMasker(t *testing.T, text string, cuts []byte, values ...secret.Value) {
	t.Helper()
	want := newReference(values...)
	var out strings.Builder
	m := secret.NewMasker(&out, values...)
	written := ""
	for _, part := range split(text, cuts) {
		fmt.Fprint(m, part)
		written += part
		if shown := want.show(written, want.growing(written)); out.String() != shown {
			t.Fatalf("%q after %q: %q, reference: %q", want.needles, written, out.String(), shown)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}

	if whole := masked(t, text, values...); out.String() != whole {
		t.Errorf("%q, %q in pieces: %q, whole: %q", want.needles, text, out.String(), whole)
	}
	if shown := want.show(text, 0); out.String() != shown {
		t.Errorf("%q, %q: %q, reference: %q", want.needles, text, out.String(), shown)
	}
	for _, needle := range want.needles {
		if !strings.Contains(needle, "*") && strings.Contains(out.String(), needle) {
			t.Errorf("%q in %q", needle, out.String())
		}
	}
}

// C19: secrets that overlap in every way, in texts made of them, cut anywhere.
func TestC19MaskerEqualsReference(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	word := func(longest int) string {
		letters := make([]byte, random.IntN(longest+1))
		for i := range letters {
			letters[i] = "aaab"[random.IntN(4)]
		}
		return string(letters)
	}
	for range 2000 {
		values := []secret.Value{secret.New(word(6)), secret.New(word(9)), secret.New(word(12))}
		cuts := make([]byte, random.IntN(20))
		for i := range cuts {
			cuts[i] = byte(random.IntN(5))
		}
		checkMasker(t, word(40), cuts, values...)
		if t.Failed() {
			return
		}
	}
}

// C19: the same for any text and any secrets.
func FuzzMasker(f *testing.F) {
	f.Add("token=abcdef!", []byte{8}, "abcdef", "cdefgh", "")
	f.Add("aaabaaab", []byte{2, 1, 1}, "aaab", "abaa", "aaaaa")
	f.Add("xabcdefghx abcdefx abcdx", []byte{1, 1, 1, 1, 1, 1}, "abcd", "abcdefgh", "cdefx")
	f.Add("c3F1XzAxMjM0NTY3ODlhYmNkZWY6 squ_0123456789abcdef", []byte{9, 0, 3}, "squ_0123456789abcdef", "", "")
	f.Add("eyJh.eyJp.c2lnbmF0dXJl c2lnbmF0dXJl", []byte{16, 16, 3}, "eyJh.eyJp.c2lnbmF0dXJl", "p&ss <w>", "line one\nline two\n")
	f.Add("\xff\x00\xff\x00\xff\x00\xff", []byte{3}, "\xff\x00\xff\x00", "\x00\xff\x00\xff\x00", "")
	f.Fuzz(func(t *testing.T, text string, cuts []byte, a, b, c string) {
		if len(text) > 400 || len(cuts) > 100 || len(a)+len(b)+len(c) > 60 {
			t.Skip("the reference is slow")
		}
		checkMasker(t, text, cuts, secret.New(a), secret.New(b), secret.New(c))

		// With two letters left, everything overlaps.
		letters := func(s string) string {
			return strings.Map(func(r rune) rune { return rune("ab"[r%2]) }, s)
		}
		checkMasker(t, letters(text), cuts, secret.New(letters(a)), secret.New(letters(b)), secret.New(letters(c)))
	})
}
