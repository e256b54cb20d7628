package lint

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/source"
)

var secretRules = []rule{
	{check.Meta{ID: "secret-in-policy", Summary: "a token or private key stands in a file of the policy", Severity: check.Critical}, secrets},
}

// secretShapes are the beginnings of what platforms issue, and how many letters
// and digits follow at least.
var secretShapes = []struct {
	begin string
	rest  int
	what  string
}{
	{"ghp_", 30, "a token of GitHub"},
	{"gho_", 30, "a token of GitHub"},
	{"ghu_", 30, "a token of GitHub"},
	{"ghs_", 30, "a token of GitHub"},
	{"ghr_", 30, "a token of GitHub"},
	{"github_pat_", 30, "a token of GitHub"},
	{"glpat-", 20, "a token of GitLab"},
	{"gldt-", 20, "a token of GitLab"},
	{"glrt-", 20, "a token of GitLab"},
	{"glcbt-", 20, "a token of GitLab"},
	{"squ_", 40, "a token of SonarQube"},
	{"sqp_", 40, "a token of SonarQube"},
	{"sqa_", 40, "a token of SonarQube"},
	{"AKCp", 60, "a key of Artifactory"},
	{"cmVmdGtu", 40, "a token of Artifactory"},
	{"AKIA", 16, "a key of AWS"},
	{"ASIA", 16, "a key of AWS"},
	{"AIza", 35, "a key of Google"},
	{"xoxb-", 20, "a token of Slack"},
	{"xoxp-", 20, "a token of Slack"},
	{"npm_", 36, "a token of npm"},
	{"pypi-", 60, "a token of PyPI"},
	{"hvs.", 20, "a token of Vault"},
	{"bkua_", 40, "a token of Buildkite"},
	{"CCIPAT_", 20, "a token of CircleCI"},
	{"dckr_pat_", 20, "a token of Docker"},
	{"sk_live_", 20, "a key of Stripe"},
	{"eyJ", 60, "a signed token"},
}

// spotted is a text in a file that looks like a secret. Nobody prints it.
type spotted struct {
	pos  check.Pos
	text string
	what string
}

// spot looks at every line of a policy's files, whatever YAML makes of it.
func spot(files []*source.File) []spotted {
	var all []spotted
	for _, file := range files {
		inKey := false
		for n := 1; n <= file.Lines(); n++ {
			text := file.Line(n)
			pos := check.Pos{File: file.Name, Line: n}
			switch i := strings.Index(text, "-----BEGIN "); {
			case i >= 0 && strings.Contains(text[i:], "PRIVATE KEY"):
				pos.Col = 1 + utf8.RuneCountInString(text[:i])
				all = append(all, spotted{pos, strings.TrimSpace(text[i:]), "a private key"})
				inKey = !strings.Contains(text[i:], "-----END ")
			case inKey:
				inKey = !strings.Contains(text, "-----END ")
				all = append(all, spotted{pos, strings.TrimSpace(strings.TrimLeft(text, " #")), ""})
			default:
				all = append(all, tokens(text, pos)...)
			}
		}
	}
	return all
}

// tokens finds what begins and goes on like a token in one line.
func tokens(text string, pos check.Pos) []spotted {
	var all []spotted
	for _, shape := range secretShapes {
		for from := 0; ; {
			i := strings.Index(text[from:], shape.begin)
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(shape.begin)
			if endsInLetter(text[:at]) {
				continue
			}
			rest := text[from : from+run(text[from:])]
			from += len(rest)
			if len(rest) >= shape.rest && random(rest) {
				pos.Col = 1 + utf8.RuneCountInString(text[:at])
				all = append(all, spotted{pos, text[at:from], shape.what})
			}
		}
	}
	return all
}

// run returns how many bytes at the start of text can be a token's.
func run(text string) int {
	for i, r := range text {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.=", r) {
			return i
		}
	}
	return len(text)
}

// endsInLetter reports whether what follows text is the middle of a word.
func endsInLetter(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return unicode.IsLetter(last) || unicode.IsDigit(last)
}

// random tells what a machine made from xxxx and your_token_here: it has digits
// and letters, and many different ones.
func random(text string) bool {
	different := map[rune]bool{}
	for _, r := range text {
		different[r] = true
	}
	return len(different) >= 8 && strings.ContainsAny(text, "0123456789") && strings.ContainsFunc(text, unicode.IsLetter)
}

func secrets(l *look) {
	for _, s := range spot(l.Files) {
		if s.what == "" { // the rest of a key that was reported
			continue
		}
		l.say(s.pos,
			"this looks like "+s.what+", and everyone who can read the policy has it now",
			"revoke it first, then remove it; it stays in the history")
	}
}

// conceal takes from a report what looks like a secret: a rule that stumbles over
// one must not spread it.
func conceal(report *check.Report, draft *policy.Draft) {
	found := spot(draft.Files)
	if len(found) == 0 {
		return
	}
	lines := map[check.Pos]bool{}
	var pairs []string
	for _, s := range found {
		lines[check.Pos{File: s.pos.File, Line: s.pos.Line}] = true
		if len(s.text) > 8 { // shorter ones are words that stand elsewhere too
			pairs = append(pairs, s.text, "***")
		}
	}
	hide := strings.NewReplacer(pairs...).Replace
	concealFinding := func(f *check.Finding) {
		if lines[check.Pos{File: f.Pos.File, Line: f.Pos.Line}] {
			f.Excerpt = ""
		}
		f.Subject, f.Message, f.Fix, f.Example = hide(f.Subject), hide(f.Message), hide(f.Fix), hide(f.Example)
	}
	for i := range report.Findings {
		concealFinding(&report.Findings[i])
	}
	for i := range report.Ignored {
		concealFinding(&report.Ignored[i].Finding)
		report.Ignored[i].Reason = hide(report.Ignored[i].Reason)
	}
	for i := range report.NotChecked {
		n := &report.NotChecked[i]
		n.Subject, n.Reason = hide(n.Subject), hide(n.Reason)
	}
}
