package identity

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatAnIssuerAcceptsBeyondAnother(t *testing.T) {
	usual := Issuer{Kind: "oidc", URL: "https://a.example", Audience: "https://broker"}
	change := func(f func(*Issuer)) Issuer {
		i := usual
		f(&i)
		return i
	}
	for name, c := range map[string]struct {
		other      Issuer
		more, less []string // what other accepts beyond the usual one, and the usual one beyond it
	}{
		"another name":    {other: change(func(i *Issuer) { i.Name = "b" })},
		"the same, said":  {other: change(func(i *Issuer) { i.MaxTokenAge, i.SingleUse, i.Algorithms = 10*time.Minute, "token", []string{"RS256"} })},
		"older tokens":    {other: change(func(i *Issuer) { i.MaxTokenAge = time.Hour }), more: []string{"age of tokens: 60 min, was 10 min"}},
		"younger tokens":  {other: change(func(i *Issuer) { i.MaxTokenAge = time.Minute }), less: []string{"age of tokens: 10 min, was 1 min"}},
		"used repeatedly": {other: change(func(i *Issuer) { i.SingleUse = "job" }), more: []string{"uses of a token: many by its job, was one"}},
		"another audience": {
			other: change(func(i *Issuer) { i.Audience = "b" }),
			more:  []string{"audience: b, was https://broker"}, less: []string{"audience: https://broker, was b"},
		},
		"other keys": {
			other: change(func(i *Issuer) { i.JWKSURL = "https://b.example/keys" }),
			more:  []string{"keys: https://b.example/keys, was https://a.example/.well-known/openid-configuration"},
			less:  []string{"keys: https://a.example/.well-known/openid-configuration, was https://b.example/keys"},
		},
		"another algorithm": {
			other: change(func(i *Issuer) { i.Algorithms = []string{"ES256"} }),
			more:  []string{"signatures by ES256 added"}, less: []string{"signatures by RS256 added"},
		},
		"another kind": {
			other: change(func(i *Issuer) { i.Kind = "github-server" }),
			more:  []string{"kind: github-server, was oidc"}, less: []string{"kind: oidc, was github-server"},
		},
	} {
		if diff := cmp.Diff([][]string{c.more, c.less}, [][]string{gained(c.other.Beyond(usual)), gained(usual.Beyond(c.other))}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func gained(extras []Extra) []string {
	var all []string
	for _, e := range extras {
		all = append(all, e.Gained())
	}
	return all
}

func TestExtrasAreSaidFromBothSides(t *testing.T) {
	for e, want := range map[Extra][2]string{
		{What: "connection jf"}:                    {"connection jf added", "connection jf taken away"},
		{What: "ttl", Mine: "1h", Theirs: "10m"}:   {"ttl: 1h, was 10m", "ttl: 10m, was 1h"},
		{What: "ref", Mine: "any", Theirs: "none"}: {"ref: any, was none", "ref: none, was any"},
	} {
		if got := [2]string{e.Gained(), e.Lost()}; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
