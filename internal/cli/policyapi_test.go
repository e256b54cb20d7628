package cli

import (
	"bytes"
	"strings"
	"testing"
)

// S20: which host is asked about a repository, the policy says, and that is
// nobody's reason to send it a token: it must be GitHub's own, or be named by the
// person or the runner too.
func TestS20TokensGoToNoHostOfThePolicyAlone(t *testing.T) {
	const all = "GH_TOKEN=gh GITHUB_TOKEN=github GH_ENTERPRISE_TOKEN=server GITHUB_ENTERPRISE_TOKEN=github-server"
	for _, c := range []struct{ api, env, flag, name, want, note string }{
		{"https://api.github.com", all, "", "GH_TOKEN", "gh", ""},
		{"https://api.github.com", "GITHUB_TOKEN=github", "", "GITHUB_TOKEN", "github", ""},
		{"https://api.github.com", "GH_ENTERPRISE_TOKEN=server GH_HOST=github.com", "", "GH_TOKEN", "", ""},
		{"https://api.acme.ghe.com", all, "", "GH_TOKEN", "gh", ""},
		{"https://API.GITHUB.COM", all, "", "GH_TOKEN", "gh", ""},

		{"https://evil.example/api/v3", all, "", "GH_ENTERPRISE_TOKEN", "", "no token went to evil.example"},
		{"https://evil.example/api/v3", "", "", "GH_ENTERPRISE_TOKEN", "", ""},
		{"https://evil.example/api/v3", all + " GH_HOST=ghes.acme.example", "", "GH_ENTERPRISE_TOKEN", "", "no token"},
		{"https://api.github.com.evil.example", all, "", "GH_ENTERPRISE_TOKEN", "", "no token"},
		{"https://api.github.com:8443", all, "", "GH_ENTERPRISE_TOKEN", "", "no token"},
		{"https://api.github.com@evil.example", all, "", "GH_ENTERPRISE_TOKEN", "", "no token"},
		{"https://acme.ghe.com", all, "", "GH_ENTERPRISE_TOKEN", "", "no token"},
		{"https://api.a.evil.ghe.com.evil.example", all, "", "GH_ENTERPRISE_TOKEN", "", "no token"},
		{"https://api.ghe.com", all, "", "GH_ENTERPRISE_TOKEN", "", "no token"},

		{"https://ghes.acme.example/api/v3", all + " GH_HOST=GHES.acme.example", "", "GH_ENTERPRISE_TOKEN", "server", ""},
		{"https://ghes.acme.example/api/v3", "GITHUB_ENTERPRISE_TOKEN=s GH_HOST=ghes.acme.example", "", "GITHUB_ENTERPRISE_TOKEN", "s", ""},
		{"https://ghes.acme.example/api/v3", "GH_TOKEN=gh GITHUB_TOKEN=github GH_HOST=ghes.acme.example", "", "GH_ENTERPRISE_TOKEN", "", ""},
		{"https://ghes.acme.example/api/v3", "GH_TOKEN=gh GITHUB_TOKEN=github GITHUB_API_URL=https://ghes.acme.example/api/v3", "", "GITHUB_TOKEN", "github", ""},
		{"https://ghes.acme.example:8443/api/v3", "GITHUB_TOKEN=github GITHUB_API_URL=https://ghes.acme.example/api/v3", "", "GH_ENTERPRISE_TOKEN", "", "no token"},
		{"https://ghes.acme.example/api/v3", all, "https://ghes.acme.example/api/v3", "GH_ENTERPRISE_TOKEN", "server", ""},
		{"https://ghes.acme.example/api/v3", "GITHUB_TOKEN=github GITHUB_API_URL=https://api.github.com", "https://ghes.acme.example/api/v3", "GH_ENTERPRISE_TOKEN", "", ""},
	} {
		var said bytes.Buffer
		a := &App{Environ: strings.Fields(c.env), Stderr: &said, Terminal: func(any) (int, bool) { return 0, false }}
		name, token := a.apiToken(wish{api: c.flag}, c.api)
		if name != c.name || token.Reveal() != c.want {
			t.Errorf("%s with %s: %s=%s", c.api, c.env, name, token.Reveal())
		}
		a.tellNotes()
		if !strings.Contains(said.String(), c.note) || c.note == "" && said.Len() > 0 {
			t.Errorf("%s with %s: says %q", c.api, c.env, said.String())
		}
	}
}
