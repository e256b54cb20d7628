package identity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

// P9: one string, equal to the audience.
func TestP9Audience(t *testing.T) {
	for _, test := range []struct {
		kind   string
		aud    any
		want   string
		refuse string
	}{
		{"github", broker, "", ""},
		{"github", broker, broker, ""},
		{"github", "autoken", "autoken", ""},
		{"github", broker, "autoken", "and not"},
		{"github", "autoken", "", "and not"},
		{"github", broker + "/", "", "and not"},
		{"github", strings.ToUpper(broker), "", "and not"},
		{"github", "", "", "and not"},
		{"github", nil, "", "not one string"},
		{"github", []any{broker}, "", "not one string"},
		{"github", []any{broker, "x"}, "", "not one string"},
		{"github", 1, "", "not one string"},
		{"github", true, "", "not one string"},
		{"github", map[string]any{"0": broker}, "", "not one string"},
		{"oidc", []any{broker}, "", "not one string"},
		{"bitbucket", []any{broker}, "", ""},
		{"bitbucket", []any{broker, broker}, "", "not one string"},
		{"bitbucket", []any{"x", broker}, "", "not one string"},
		{"bitbucket", []any{}, "", "not one string"},
		{"bitbucket", []any{[]any{broker}}, "", "not one string"},
		{"bitbucket", []any{"x"}, "", "and not"},
	} {
		w := newWorld()
		w.issuer.Kind = test.kind
		_, err := w.verifier().Verify(t.Context(), w.token(map[string]any{"aud": test.aud}), test.want)
		if test.refuse == "" && err != nil || test.refuse != "" && (err == nil || fault.KindOf(err) != fault.Untrusted) {
			t.Errorf("%s, aud %v, wanted %q: %v, want %q", test.kind, test.aud, test.want, err, test.refuse)
		}
	}
}

func TestP9NoAudienceConfiguredLetsNobodyIn(t *testing.T) {
	w := newWorld()
	w.issuer.Audience = ""
	_, err := w.verifier().Verify(t.Context(), w.token(map[string]any{"aud": ""}), "")
	wantRefused(t, err, "no audience is configured")
}

// T3, T4: one minute of leeway at every end, and not a second more.
func TestT3T4Times(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	now := w.clock().Unix()
	at := func(seconds int64) int64 { return now + seconds }
	for name, test := range map[string]struct {
		changes map[string]any
		refuse  string
	}{
		"as GitHub sends it":        {nil, ""},
		"nbf ten minutes ago":       {map[string]any{"nbf": at(-600)}, ""},
		"no nbf":                    {map[string]any{"nbf": nil}, ""},
		"nbf at the leeway":         {map[string]any{"nbf": at(60)}, ""},
		"nbf beyond the leeway":     {map[string]any{"nbf": at(61)}, "nbf"},
		"nbf is text":               {map[string]any{"nbf": "1"}, "nbf"},
		"clock five seconds ahead":  {map[string]any{"iat": at(5)}, ""},
		"iat at the leeway":         {map[string]any{"iat": at(60)}, ""},
		"iat beyond the leeway":     {map[string]any{"iat": at(61)}, "iat"},
		"expired within the leeway": {map[string]any{"exp": at(-59)}, ""},
		"expired at the leeway":     {map[string]any{"exp": at(-60)}, "exp"},
		"expired beyond the leeway": {map[string]any{"exp": at(-61)}, "exp"},
		"old within the leeway":     {map[string]any{"iat": at(-659), "exp": at(3600)}, ""},
		"old at the leeway":         {map[string]any{"iat": at(-660), "exp": at(3600)}, "iat"},
		"no exp":                    {map[string]any{"exp": nil}, "exp is not a number"},
		"no iat":                    {map[string]any{"iat": nil}, "iat is not a number"},
		"exp is text":               {map[string]any{"exp": fmt.Sprint(at(300))}, "exp is not a number"},
		"exp is true":               {map[string]any{"exp": true}, "cannot unmarshal bool"},
		"exp is a fraction":         {map[string]any{"exp": float64(at(300)) + 0.5}, "no time"},
		"exp in milliseconds":       {map[string]any{"exp": at(300) * 1000}, "no time"},
		"exp is too large":          {map[string]any{"exp": 1e30}, "no time"},
		"exp is negative":           {map[string]any{"exp": -1}, "no time"},
		"iat is zero":               {map[string]any{"iat": 0}, "no time"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier.Verify(t.Context(), w.token(test.changes), "")
			if test.refuse == "" {
				wantKind(t, err, "")
				return
			}
			wantRefused(t, err, test.refuse)
		})
	}
}

func TestMaxTokenAgeOfTheIssuer(t *testing.T) {
	w := newWorld()
	w.issuer.MaxTokenAge = time.Hour
	changes := map[string]any{"iat": w.clock().Unix() - 3600, "exp": w.clock().Unix() + 3600}
	_, err := w.verifier().Verify(t.Context(), w.token(changes), "")
	wantKind(t, err, "")
	w.pass(time.Minute)
	_, err = w.verifier().Verify(t.Context(), w.token(changes), "")
	wantRefused(t, err, "accepted for 1h0m0s")
}
