package secret_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/secret"
)

func reveal(values []secret.Value) []string {
	var texts []string
	for _, v := range values {
		texts = append(texts, v.Reveal())
	}
	return texts
}

// C19, S24: every encoding that a log could show is a form.
func TestC19FormsCoverEncodings(t *testing.T) {
	const text = "p&ss <w>/+ör~~~???\"\n"
	asJSON, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"text":                 text,
		"line":                 "p&ss <w>/+ör~~~???\"",
		"json of Go":           strings.Trim(string(asJSON), `"`),
		"json":                 `p&ss <w>/+ör~~~???\"\n`,
		"base64":               base64.StdEncoding.EncodeToString([]byte(text)),
		"base64url":            base64.URLEncoding.EncodeToString([]byte(text)),
		"base64 unpadded":      base64.RawStdEncoding.EncodeToString([]byte(text)),
		"base64url unpadded":   base64.RawURLEncoding.EncodeToString([]byte(text)),
		"base64 of the line":   base64.StdEncoding.EncodeToString([]byte(strings.TrimSpace(text))),
		"basic":                base64.StdEncoding.EncodeToString([]byte(text + ":")),
		"basic unpadded":       base64.RawStdEncoding.EncodeToString([]byte(text + ":")),
		"basic url unpadded":   base64.RawURLEncoding.EncodeToString([]byte(text + ":")),
		"path":                 url.PathEscape(text),
		"query":                url.QueryEscape(text),
		"component":            "p%26ss%20%3Cw%3E%2F%2B%C3%B6r~~~%3F%3F%3F%22%0A",
		"query in lower case":  "p%26ss+%3cw%3e%2f%2b%c3%b6r~~~%3f%3f%3f%22%0a",
		"path in lower case":   "p&ss%20%3cw%3e%2f+%c3%b6r~~~%3f%3f%3f%22%0a",
		"query without an end": "p%26ss+%3Cw%3E%2F%2B%C3%B6r~~~%3F%3F%3F%22",
	}
	got := reveal(secret.Forms(secret.New(text)))
	for name, form := range want {
		if !slices.Contains(got, form) {
			t.Errorf("%s: no form %q in %q", name, form, got)
		}
	}
}

// S24: base64 hides a token at three offsets; all of it but the characters that
// it shares with unknown neighbours is masked.
func TestS24Base64BesideOtherText(t *testing.T) {
	const token = "squ_0123456789abcdef0123456789abcdef01234567"
	for _, user := range []string{"", "a", "ab", "abc", "x-access-token:"} {
		for _, end := range []string{"", ":", "\n", ":x", "@host"} {
			basic := base64.StdEncoding.EncodeToString([]byte(user + token + end))
			before := basic[:(8*len(user)+5)/6]
			behind := basic[8*len(user+token)/6:]
			shown := masked(t, basic, secret.New(token))
			rest, ok := strings.CutPrefix(shown, before+"***")
			if !ok || !strings.HasSuffix(behind, rest) || strings.Trim(end, ":") == "" && rest != "" {
				t.Errorf("%q + token + %q: %q shows as %q", user, end, basic, shown)
			}
		}
	}
}

// S24: the signature of a JWT is a form of its own; what looks alike is not.
func TestS24SignatureAlone(t *testing.T) {
	for text, want := range map[string]string{
		"eyJhbGciOiJ.eyJpc3MiOiJ.c2lnbmF0dXJl":                "c2lnbmF0dXJl",
		"ghs_1234_eyJhbGciOiJ.eyJpc3MiOiJ.c2lnbmF0dXJl":       "c2lnbmF0dXJl",
		"eyJhbGciOiJ.eyJpc3MiOiJ.c2lnbmF0dXJl\n":              "c2lnbmF0dXJl",
		"eyJhbGciOiJ.eyJpc3MiOiJ.":                            "",
		"eyJhbGciOiJ.eyJpc3MiOiJ.c2ln.bmF0dXJl":               "",
		"www.example.com":                                     "",
		"eyJhbGciOiJkaXIi.a2V5.aXY.Y2lwaGVydGV4dA.dGFnX3RhZw": "",
	} {
		got := reveal(secret.Forms(secret.New(text)))
		if want != "" && !slices.Contains(got, want) {
			t.Errorf("%s: signature %q is no form", text, want)
		}
		last := strings.TrimSpace(text[strings.LastIndex(text, ".")+1:])
		if want == "" && slices.Contains(got, last) {
			t.Errorf("%s: %q is a form", text, last)
		}
	}
}

// C1: each line of a secret is a secret, however the log ends its lines.
func TestC1LinesAreForms(t *testing.T) {
	key := "-----BEGIN KEY-----\r\n\tMIIEvQIBADANBg \r\nkqhkiG9w0\rBAQEF\n}\n-----END KEY-----\n"
	got := reveal(secret.Forms(secret.New(key)))
	for _, line := range []string{key, "-----BEGIN KEY-----", "MIIEvQIBADANBg", "kqhkiG9w0", "BAQEF", "-----END KEY-----"} {
		if !slices.Contains(got, line) {
			t.Errorf("no form %q in %q", line, got)
		}
	}
	if slices.Contains(got, "}") {
		t.Error("a line of one brace is a form: every brace of the log would be masked")
	}
}

// C20: nothing short and nothing blank is masked.
func TestC20ShortValuesHaveNoForms(t *testing.T) {
	for _, text := range []string{"", "a", "abc", "ö\n", "   ", "        ", "\n\n\n\n\n"} {
		if got := reveal(secret.Forms(secret.New(text))); len(got) != 0 {
			t.Errorf("forms of %q: %q", text, got)
		}
	}
	if got := reveal(secret.Forms(secret.Value{})); len(got) != 0 {
		t.Errorf("forms of no value: %q", got)
	}
	if got := reveal(secret.Forms(secret.New("abcd"))); !slices.Contains(got, "abcd") {
		t.Errorf("a value of MinLength is not among its forms: %q", got)
	}
	for _, form := range reveal(secret.Forms(secret.New("ab\ncd\n"), secret.New(" ab  "))) {
		if len(form) < secret.MinLength {
			t.Errorf("form %q is shorter than MinLength", form)
		}
	}
}

func TestFormsAreOrderedAndUnique(t *testing.T) {
	v, w := secret.New("s3cret-one"), secret.New("s3cret-two")
	got := reveal(secret.Forms(v, w, v))
	for i, form := range got[1:] {
		if len(form) > len(got[i]) {
			t.Errorf("%q stands behind the shorter %q", form, got[i])
		}
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(got))); len(unique) != len(got) {
		t.Errorf("%d forms, %d of them different", len(got), len(unique))
	}
	if other := reveal(secret.Forms(w, v)); !slices.Equal(got, other) {
		t.Errorf("the order of values matters: %q, %q", got, other)
	}
}
