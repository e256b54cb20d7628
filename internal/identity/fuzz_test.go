package identity_test

import (
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

// FuzzVerify: one token is good, and nothing that is made out of it.
func FuzzVerify(f *testing.F) {
	w := newWorld()
	verifier := w.verifier()
	good := w.token(nil).Reveal()
	if _, err := verifier.Verify(f.Context(), secret.New(good), ""); err != nil {
		f.Fatal(err)
	}
	head, rest, _ := strings.Cut(good, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	f.Add(head, payload, signature)
	f.Add(encode(header("none", "k1")), payload, "")
	f.Add(encode(header("HS256", "k1")), payload, signature)
	f.Add(head, encode(`{"iss":"`+issuerURL+`","aud":"`+broker+`","exp":1,"exp":2}`), signature)
	f.Add(head, payload+"\n", signature)
	f.Add(head, payload, signature+"==")
	f.Add(head+"."+payload, signature, "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		// Both as text and as what the text would say.
		for _, token := range []string{a + "." + b + "." + c, encode(a) + "." + encode(b) + "." + c} {
			got, err := verifier.Verify(t.Context(), secret.New(token), "")
			switch {
			case err == nil && token != good:
				t.Fatalf("verified %q as %v", token, got.Claims())
			case err != nil && token == good:
				t.Fatalf("refused the good token: %v", err)
			case err != nil && fault.KindOf(err) != fault.Untrusted && fault.KindOf(err) != fault.Unavailable:
				t.Fatalf("kind %q: %v", fault.KindOf(err), err)
			}
		}
	})
}
