package quote_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/autoken/autoken/internal/quote"
)

func TestYAML(t *testing.T) {
	for text, want := range map[string]string{
		"refs/heads/main": "refs/heads/main", "acme/payments": "acme/payments", "yes": `"yes"`, "456789": `"456789"`, "": `""`, "1e3": `"1e3"`,
		"a b": `"a b"`, "a: b": `"a: b"`, "##[x]": `"#\x23[x]"`, "ü": `"\u00fc"`, "-a": `"-a"`, "Null": `"Null"`,
	} {
		if got := quote.YAML(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// FuzzYAML: what a reader of YAML gets is the text, and no runner takes it for a
// command.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{"", "a", "on", "0x1f", "\x00\u2028\u009b", "'\"\\", "###[a]", "::add-mask::x", "a\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		line := quote.YAML(text)
		var got map[string]any
		if err := yaml.Unmarshal([]byte("k: "+line+"\n"), &got); err != nil || got["k"] != text {
			t.Fatalf("%q became %s, which is read as %q (%v)", text, line, got["k"], err)
		}
		if quote.Text(line) != line {
			t.Fatalf("%s is %s in a log", line, quote.Text(line))
		}
	})
}
