package secret

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// MinLength is the length in bytes of the shortest text that is masked. A
// shorter one would also mask words that are no secret and so make the log
// unreadable, or give the secret away by what is missing.
const MinLength = 4

// Forms returns every text by which one of values could show in a log, the
// longest first and none twice: the value, each of its lines, its base64, URL
// and JSON forms, and the signature of a JWT, which is all of it that has to
// stay secret. Texts shorter than MinLength and blank ones are left out.
func Forms(values ...Value) []Value {
	texts := map[string]bool{}
	for _, v := range values {
		for _, text := range formsOf(v.Reveal()) {
			if len(text) >= MinLength {
				texts[text] = true
			}
		}
	}

	var forms []Value
	for _, text := range slices.SortedFunc(maps.Keys(texts), longestFirst) {
		forms = append(forms, New(text))
	}
	return forms
}

// Whole returns each value as it is, and the signature of a JWT: enough for a
// secret that no other program is given, which would show it in another form.
func Whole(values ...Value) []Value {
	var all []Value
	for _, v := range values {
		for _, text := range append([]string{v.Reveal()}, signature(v.Reveal())...) {
			if len(text) >= MinLength {
				all = append(all, New(text))
			}
		}
	}
	return all
}

// Conceal returns text with each value in it masked, and the signature of each
// JWT. It does for a message what a Masker, which takes longer to make, does for
// a stream.
func Conceal(text string, values ...Value) string {
	for _, v := range Whole(values...) {
		text = strings.ReplaceAll(text, v.Reveal(), mask)
	}
	return text
}

func longestFirst(a, b string) int {
	return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
}

// formsOf takes the encodings of the trimmed text too: a secret read from a
// file ends in a line end, the header that it is sent in does not.
func formsOf(text string) []string {
	if len(text) < MinLength || strings.TrimSpace(text) == "" {
		return nil
	}
	forms := append([]string{text}, lines(text)...)
	for _, whole := range slices.Compact([]string{text, strings.TrimSpace(text)}) {
		if len(whole) < MinLength {
			continue
		}
		forms = slices.Concat(forms, base64Forms(whole), urlForms(whole), jsonForms(whole), signature(whole))
	}
	return forms
}

// lines returns the lines of text, trimmed, as GitHub's runner masks them.
func lines(text string) []string {
	all := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, line := range all {
		all[i] = strings.TrimSpace(line)
	}
	return all
}

// base64Forms returns what base64 makes of text. Three bytes become four
// characters, so there are three forms, by the number of bytes that stand
// before text in its group of three ("user:TOKEN"). Each comes with and without
// padding, with nothing and with ":" behind text (Basic authentication), and
// without the last character where that depends on what stands behind.
func base64Forms(text string) []string {
	var forms []string
	for before := range 3 {
		foreign := (8*before + 5) / 6 // characters that depend on what stands before
		own := 8 * (before + len(text)) / 6
		for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			for _, after := range []string{"", ":"} {
				all := alphabet.EncodeToString([]byte("\x00\x00"[:before] + text + after))
				forms = append(forms, all[foreign:], strings.TrimRight(all[foreign:], "="), all[foreign:own])
			}
		}
	}
	return forms
}

func urlForms(text string) []string {
	query := url.QueryEscape(text)
	component := strings.ReplaceAll(query, "+", "%20")

	var forms []string
	for _, form := range []string{url.PathEscape(text), query, component} {
		forms = append(forms, form, lowerEscapes(form))
	}
	return forms
}

// lowerEscapes writes the escaped bytes of a URL in lower case: "%2F" as "%2f".
func lowerEscapes(form string) string {
	lower := []byte(form)
	for i := range lower {
		if lower[i] == '%' && i+2 < len(lower) {
			copy(lower[i:i+3], strings.ToLower(form[i:i+3]))
		}
	}
	return string(lower)
}

// jsonForms returns text as it stands in a JSON string: as most encoders write
// it, and with \u0026 for "&" and the like as Go's does.
func jsonForms(text string) []string {
	var forms []string
	for _, html := range []bool{false, true} {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(html)
		_ = encoder.Encode(text) // a string always has a JSON form
		forms = append(forms, strings.TrimSuffix(out.String(), "\"\n")[1:])
	}
	return forms
}

// signature returns the last part of a JWT, also where other text stands before
// it, as in GitHub's ghs_<app>_<JWT>. "ey" is how base64 writes a "{".
func signature(text string) []string {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || !strings.Contains(parts[0], "ey") || !strings.HasPrefix(parts[1], "ey") {
		return nil
	}
	return parts[2:]
}
