package cli

import "testing"

// S27: a file's name cannot make a CODEOWNERS line say something else. What
// cannot be escaped everywhere is not written.
func TestS27OwnersPattern(t *testing.T) {
	for path, want := range map[string]string{
		"policy/":               "/policy/",
		"policy/a b.yaml":       `/policy/a\ b.yaml`,
		"policy/#x.yaml":        `/policy/\#x.yaml`,
		"policy/größe.yaml":     "/policy/größe.yaml",
		"policy/*.yaml":         "",
		"policy/[a].yaml":       "",
		"policy/a?.yaml":        "",
		`policy/a\b.yaml`:       "",
		"!policy/x.yaml":        "",
		"policy/a\n* @evil":     "",
		"policy/a\u202eb.yaml":  "",
		"../policy/x.yaml":      "",
		"":                      "",
		"policy/##[x] y.yaml":   "",
		"policy/::add-mask::x ": `/policy/::add-mask::x\ `,
	} {
		if got, ok := ownersPattern(path); got != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestAreOwners(t *testing.T) {
	for text, want := range map[string]bool{
		"@acme/payments": true, "@octocat sec@acme.example": true, "a.b+c@acme.example": true, "@@maintainers": true,
		"": false, " ": false, "payments": false, "@acme/payments # all": false, "@a\n* @evil": false, "@a\t@b": false, "@": false, "*": false, "@acme/*": false,
	} {
		if got := areOwners(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
