package cli

import (
	"strings"

	"github.com/autoken/autoken/internal/lint"
	"github.com/autoken/autoken/internal/policy"
)

// doubt says of each NAME=TEXT where no token of the grant's issuer is known to
// have that, or else none of any issuer of the policy. It is shown all the same:
// platforms send new things without notice.
func (a *App) doubt(set []string, p *policy.Policy, grant string) {
	issuers := p.Trusted()
	if g := p.Grant(grant); g != nil {
		issuers = []*policy.Issuer{g.Issuer}
	}
	for _, entry := range set {
		name, text, _ := strings.Cut(entry, "=")
		first, fix := "", ""
		for _, i := range issuers {
			if _, known := i.Vocabulary.Claim(name); !known {
				continue
			}
			message, mend := lint.Doubt(i.Vocabulary, name, text)
			if message == "" {
				first = ""
				break
			}
			first, fix = message, mend
		}
		if first != "" {
			a.warn("--set %s: %s", entry, first)
			a.hint(fix)
		}
	}
}
