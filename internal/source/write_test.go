package source_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/source"
)

// Whatever text is written, YAML reads it as that text, on one line that gives
// nobody an order, in a map and in a list between braces.
func FuzzWrite(f *testing.F) {
	for _, seed := range []string{"", "a", "yes", "~", "1", "0x1", "1e3", "- a", "a: b", "a #b", "refs/heads/main", "##[x]", "::x::", "\x1b", "\u202e", "é", "{a}", "a,b", "'", `"\`, "2027-01-01", "=", "<<", "null", ".inf"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := source.Write(text)
		if strings.Contains(written, "##") || strings.ContainsAny(written, "\n\r\x1b") || strings.HasPrefix(written, "::") {
			t.Fatalf("%q is written as %q", text, written)
		}
		file, problems := source.Parse("x", []byte("a: "+written+"\nb: [x, "+written+"]\n"))
		if len(problems) > 0 {
			for _, p := range problems {
				if !strings.Contains(p.Message, "be seen") { // escapes of what a reviewer would not see are refused
					t.Fatalf("%q: %v", text, problems)
				}
			}
			return
		}
		want := strings.ToValidUTF8(text, "\ufffd")
		if got := file.Root.Get("a"); got.Text != want || !got.IsText() {
			t.Errorf("%q (valid %v) came back as %q, %s", text, utf8.ValidString(text), got.Text, got.Type)
		}
		if got := file.Root.Get("b").Items[1]; got.Text != want || !got.IsText() {
			t.Errorf("%q came back as %q from a list", text, got.Text)
		}
	})
}
