package source_test

import (
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/source"
)

// P4, T5: what a reviewer cannot see is not loaded, as it stands and as an escape.
func TestInvisibleCharactersAreRefused(t *testing.T) {
	for _, text := range []string{"a: depen\u200bdabot", "a: \"x\" # \u202e", "a: \u2066x", "a: x\u3164", "a: x\U000e0041", `a: "depen\u200bdabot"`, `a: "\u202e"`} {
		if _, problems := source.Parse("f", []byte(text)); len(problems) != 1 || !strings.Contains(problems[0].Message, "be seen") {
			t.Errorf("%q: %+v", text, problems)
		}
	}
	for _, text := range []string{"a: Grüße 東京 # ✓ ❤️"} {
		if _, problems := source.Parse("f", []byte(text)); len(problems) != 0 {
			t.Errorf("%q: %+v", text, problems)
		}
	}
}
