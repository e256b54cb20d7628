package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/secret"
)

// masked returns text as a Masker shows it.
func masked(t *testing.T, text string, values ...secret.Value) string {
	t.Helper()
	var out strings.Builder
	m := secret.NewMasker(&out, values...)
	if n, err := io.WriteString(m, text); err != nil || n != len(text) {
		t.Fatalf("wrote %d of %d bytes: %v", n, len(text), err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMasker(t *testing.T) {
	for _, test := range []struct{ name, values, text, want string }{
		{"no values", "", "plain", "plain"},
		{"nothing to mask", "secret", "plain", "plain"},
		{"alone", "secret", "secret", "***"},
		{"inside", "secret", "a secret here", "a *** here"},
		{"twice", "secret", "secret secret", "*** ***"},
		{"touching", "secret", "secretsecret", "***"},
		{"overlapping itself", "abab", "xababab.", "x***."},
		{"overlapping", "abcd cdef", "xabcdefx", "x***x"},
		{"one in the other", "abcdef bcde", "xabcdefx xbcdex", "x***x x***x"},
		{"a start that fails", "abcabd", "abcabcabd", "abc***"},
		{"a start at the end", "secret", "no secre", "no secre"},
		{"a longer one fails", "abcd abcdefg", "abcdefx", "***efx"},
		{"an inner one decides late", "abcdefgh cdef", "abcdefx abcdefgh", "ab***x ***"},
		{"a longer one behind a mask", "abcd cdefgh", "abcdefx abcdefgh", "***efx ***"},
		{"two that part inside a third", "xabcdP xabcdQ abcdeZ", "xabcdeZ xabcdQ", "x*** ***"},
		{"case matters", "secret", "SECRET", "SECRET"},
	} {
		var values []secret.Value
		for value := range strings.FieldsSeq(test.values) {
			values = append(values, secret.New(value))
		}
		if got := masked(t, test.text, values...); got != test.want {
			t.Errorf("%s: %q shows as %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

// C1: no line of a secret shows, however the log ends its lines.
func TestC1LinesOfASecretAreMasked(t *testing.T) {
	key := secret.New("-----BEGIN-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END-----\n")
	got := masked(t, "key:\r\n  -----BEGIN-----\r\n  MIIEvQIBADANBg\r\n  kqhkiG9w0BAQEF\r\n  -----END-----\r\nok\n", key)
	if want := "key:\r\n  ***\r\n  ***\r\n  ***\r\n  ***\r\nok\n"; got != want {
		t.Errorf("shows as %q, want %q", got, want)
	}
	if got := masked(t, key.Reveal()+"ok", key); got != "***ok" {
		t.Errorf("the whole shows as %q", got)
	}
}

// C19: every form is masked, also when it comes byte by byte.
func TestC19FormsAreMaskedInPieces(t *testing.T) {
	value := secret.New("p&ss <w>/+ör?d~ and a longer end")
	for _, form := range secret.Forms(value) {
		var out strings.Builder
		m := secret.NewMasker(&out, value)
		for _, b := range []byte("(" + form.Reveal() + ")\n") {
			if _, err := m.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		if got := out.String(); got != "(***)\n" {
			t.Errorf("%q shows as %q", form.Reveal(), got)
		}
	}
}

// C20: a short value masks nothing, not even beside a longer one.
func TestC20ShortValuesAreNotMasked(t *testing.T) {
	got := masked(t, "one abc, two abc, YWJj, secret", secret.New("abc"), secret.New("secret"), secret.New(""))
	if want := "one abc, two abc, YWJj, ***"; got != want {
		t.Errorf("shows as %q, want %q", got, want)
	}
}

// S24: what curl -u and git send for a token does not show.
func TestS24BasicFormsAreMasked(t *testing.T) {
	token := secret.New("squ_0123456789abcdef")
	for text, want := range map[string]string{
		"Basic c3F1XzAxMjM0NTY3ODlhYmNkZWY6":                        "Basic ***",
		"Basic c3F1XzAxMjM0NTY3ODlhYmNkZWY6\n":                      "Basic ***\n",
		"Basic c3F1XzAxMjM0NTY3ODlhYmNkZWY=":                        "Basic ***",
		"Basic eC1hY2Nlc3MtdG9rZW46c3F1XzAxMjM0NTY3ODlhYmNkZWY= ok": "Basic eC1hY2Nlc3MtdG9rZW46*** ok",
	} {
		if got := masked(t, text, token); got != want {
			t.Errorf("%q shows as %q, want %q", text, got, want)
		}
	}
}

// Text is passed on as soon as it can no longer be part of a secret.
func TestMaskerHoldsBackLittle(t *testing.T) {
	var out bytes.Buffer
	m := secret.NewMasker(&out, secret.New("abcdef"), secret.New("cdxyz"), secret.New("defghi"))
	for _, step := range []struct{ write, want string }{
		{"$ ", "$ "},
		{"ab", ""},
		{"c", ""},
		{"d", ""},
		{"x", "ab"},
		{"y", ""},
		{"z", "***"},
		{"\n", "\n"},
		{"abcd", ""},
		{"ef", "***"},
		{"gh", ""},
		{"!", "gh!"},
		{"abcdef", "***"},
		{"ghi", ""},
		{"cd", ""},
		{"\n", "cd\n"},
	} {
		out.Reset()
		if _, err := io.WriteString(m, step.write); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != step.want {
			t.Errorf("after %q: %q, want %q", step.write, got, step.want)
		}
	}
}

func TestMaskerAfterClose(t *testing.T) {
	var out strings.Builder
	m := secret.NewMasker(&out, secret.New("secret"))
	for _, text := range []string{"secr", "et", "secret", "secret"} {
		fmt.Fprint(m, text)
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := out.String(), "secret******"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A write that touches no secret reaches the writer behind as it is.
func TestMaskerPassesPlainTextOnWithoutACopy(t *testing.T) {
	var got []byte
	m := secret.NewMasker(writer(func(p []byte) (int, error) { got = p; return len(p), nil }), secret.New("secret"))
	text := []byte("plain text\n")
	if _, err := m.Write(text); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(text) || &got[0] != &text[0] {
		t.Error("plain text was copied")
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestMaskerKeepsWriteErrors(t *testing.T) {
	full := errors.New("disk full")
	for _, test := range []struct {
		name  string
		write writer
		want  error
	}{
		{"error", func([]byte) (int, error) { return 0, full }, full},
		{"short write", func(p []byte) (int, error) { return len(p) - 1, nil }, io.ErrShortWrite},
	} {
		calls := 0
		m := secret.NewMasker(writer(func(p []byte) (int, error) { calls++; return test.write(p) }), secret.New("secret"))
		for range 2 {
			if n, err := io.WriteString(m, "text"); n != 0 || !errors.Is(err, test.want) {
				t.Errorf("%s: wrote %d, %v; want 0, %v", test.name, n, err, test.want)
			}
		}
		if err := m.Close(); !errors.Is(err, test.want) {
			t.Errorf("%s: close: %v, want %v", test.name, err, test.want)
		}
		if calls != 1 {
			t.Errorf("%s: %d writes to a writer that is broken since the first", test.name, calls)
		}
	}
}
