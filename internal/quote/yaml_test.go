package quote_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/autoken/autoken/internal/quote"
)

func TestYAML(t *testing.T) {
	for text, want := range map[string]string{
		"refs/heads/main": "refs/heads/main", "acme/payments": "acme/payments", "yes": `"yes"`, "456789": `"456789"`, "": `""`, "1e3": `"1e3"`,
		"a b": `"a b"`, "a: b": `"a: b"`, "##[x]": `"#\x23[x]"`, "ü": `"ü"`, "a\u115f": `"a\u115f"`, "-a": `"-a"`, "Null": `"Null"`, "a@b": "a@b", "@a": `"@a"`,
	} {
		if got := quote.YAML(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestYAMLValue(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, `""`}, {"a b", `"a b"`}, {true, "true"}, {json.Number("12"), "12"}, {[]string{"a", "1"}, `[a, "1"]`}, {[]any{"a", json.Number("1")}, `[a, "1"]`}, {[]any{}, "[]"},
	} {
		if got := quote.YAMLValue(c.value); got != c.want {
			t.Errorf("%v: %s, want %s", c.value, got, c.want)
		}
	}
}

// FuzzYAML: what a reader of YAML gets is the text, and no runner takes it for a
// command.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{"", "a", "on", "0x1f", "a #b", "{a}", "a,b", "- a", "~", "=", "<<", ".inf", "\xff", "\x00\u2028\u009b", "'\"\\", "###[a]", "::add-mask::x", "a\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line := quote.YAML(text)
		text = strings.ToValidUTF8(text, "\ufffd")
		var got map[string]any
		if err := yaml.Unmarshal([]byte("k: "+line+"\nl: {a: [x, "+line+"]}\n"), &got); err != nil || got["k"] != text {
			t.Fatalf("%q became %s, which is read as %q (%v)", text, line, got["k"], err)
		}
		if want := map[string]any{"a": []any{"x", text}}; !cmp.Equal(got["l"], any(want)) {
			t.Fatalf("%q became %s, which is read as %q between braces", text, line, got["l"])
		}
		if quote.Text(line) != line {
			t.Fatalf("%s is %s in a log", line, quote.Text(line))
		}
	})
}

// A long value stands below its key, where it is the same value.
func TestYAMLEntry(t *testing.T) {
	for _, length := range []int{1, 70, 71, 90} {
		value := strings.Repeat("a", length)
		text := quote.YAMLEntry("  ", "long", value)
		var got map[string]any
		if err := yaml.Unmarshal([]byte("top: x\nmap:\n"+text), &got); err != nil {
			t.Fatal(err)
		}
		if in, ok := got["map"].(map[string]any); !ok || in["long"] != value {
			t.Errorf("%q is read as %v", text, got)
		}
		if broken := strings.Count(text, "\n") == 2; broken != (length > 72) {
			t.Errorf("%d: %q", length, text)
		}
	}
}
