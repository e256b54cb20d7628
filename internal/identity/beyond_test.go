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
		"older tokens":    {other: change(func(i *Issuer) { i.MaxTokenAge = time.Hour }), more: []string{"tokens up to 60 minutes old instead of 10"}},
		"younger tokens":  {other: change(func(i *Issuer) { i.MaxTokenAge = time.Minute }), less: []string{"tokens up to 10 minutes old instead of 1"}},
		"used repeatedly": {other: change(func(i *Issuer) { i.SingleUse = "job" }), more: []string{"tokens that a job uses more than once"}},
		"another audience": {
			other: change(func(i *Issuer) { i.Audience = "b" }),
			more:  []string{"tokens made for b instead of https://broker"}, less: []string{"tokens made for https://broker instead of b"},
		},
		"other keys": {
			other: change(func(i *Issuer) { i.JWKSURL = "https://b.example/keys" }),
			more:  []string{"tokens signed with keys from https://b.example/keys instead of https://a.example/.well-known/openid-configuration"},
			less:  []string{"tokens signed with keys from https://a.example/.well-known/openid-configuration instead of https://b.example/keys"},
		},
		"another algorithm": {
			other: change(func(i *Issuer) { i.Algorithms = []string{"ES256"} }),
			more:  []string{"tokens signed with ES256"}, less: []string{"tokens signed with RS256"},
		},
		"another kind": {
			other: change(func(i *Issuer) { i.Kind = "github-server" }),
			more:  []string{"tokens of kind github-server instead of oidc"}, less: []string{"tokens of kind oidc instead of github-server"},
		},
	} {
		if diff := cmp.Diff([][]string{c.more, c.less}, [][]string{c.other.Beyond(usual), usual.Beyond(c.other)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
