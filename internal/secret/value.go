// Package secret keeps credentials out of logs, errors and job output.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

const mask = "***"

// Value is a text that prints as "***". Reveal is the one way to read it, so a
// search for "Reveal(" finds every place a secret leaves the program.
//
// The text sits behind a pointer because fmt cannot call methods on unexported
// struct fields: it would print a plain string field as it is.
type Value struct{ text *string }

// New returns text as a secret.
func New(text string) Value { return Value{&text} }

// Reveal returns the secret text, "" for the zero Value.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero reports whether v holds no text.
func (v Value) IsZero() bool { return v.Reveal() == "" }

// Equal reports whether v and w hold the same text, in a time that does not
// depend on where they differ.
func (v Value) Equal(w Value) bool {
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(w.Reveal())) == 1
}

// Format writes the mask, whatever the verb.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// MarshalText makes encoders write the mask.
func (Value) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue makes slog write the mask.
func (Value) LogValue() slog.Value { return slog.StringValue(mask) }
