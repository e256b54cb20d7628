package lint

import (
	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var secretRules = []rule{
	{check.Meta{ID: "secret-in-policy", Summary: "a token or private key stands in a file of the policy", Severity: check.Critical}, secrets},
}

func secrets(l *look) {
	for _, file := range l.Files {
		for _, s := range file.Secrets() {
			if s.What == "" { // the rest of a key that was reported
				continue
			}
			l.say(check.Pos{File: file.Name, Line: s.Pos.Line, Col: s.Pos.Col},
				"this looks like "+s.What+", and everyone who can read the policy has it now",
				"revoke it first, then remove it; it stays in the history")
		}
	}
}

// conceal takes from a report what looks like a secret: a rule that stumbles over
// one must not spread it.
func conceal(report *check.Report, draft *policy.Draft) {
	hide := draft.Concealer()
	hideFinding := func(f *check.Finding) {
		f.Subject, f.Message, f.Fix, f.Example = hide(f.Subject), hide(f.Message), hide(f.Fix), hide(f.Example)
	}
	for i := range report.Findings {
		hideFinding(&report.Findings[i])
	}
	for i := range report.Ignored {
		hideFinding(&report.Ignored[i].Finding)
		report.Ignored[i].Reason = hide(report.Ignored[i].Reason)
	}
	for i := range report.NotChecked {
		n := &report.NotChecked[i]
		n.Subject, n.Reason = hide(n.Subject), hide(n.Reason)
	}
}
