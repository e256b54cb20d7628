package source_test

import (
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/source"
)

// P-leak: no excerpt shows a secret, nor what stands under a key that names one.
func TestExcerptsShowNoSecrets(t *testing.T) {
	token := "ghp_" + strings.Repeat("a1B2c3D4e5", 4)
	key := "-----BEGIN " + "PRIVATE KEY-----"
	text := "a: " + token + "\n\"password\": \"hunter2\"\nb: {token: hunter2, x: 1}\nc: |\n  " + key + "\n  hunter2\n  -----END X-----\ntoken:\n  hunter\nmax_token_age: 10m\n"
	file, problems := source.Parse("f", []byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for line, want := range []string{"", "", "   2 | \"password\": …", "   3 | b: {token: …", "   4 | c: |", "", "", "", "   8 | token:", "   9 |   hunter", "  10 | max_token_age: 10m"} {
		got, _, _ := strings.Cut(file.Excerpt(source.Pos{Line: line, Col: 1}, 1), "\n")
		if got != want {
			t.Errorf("line %d: %q, want %q", line, got, want)
		}
	}
	if secrets := file.Secrets(); len(secrets) != 4 || secrets[0].Pos != (source.Pos{Line: 1, Col: 4}) {
		t.Errorf("%+v", secrets)
	}
}
