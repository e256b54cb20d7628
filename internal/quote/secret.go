package quote

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

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

// shortestSecret is fewer bytes than any of them has.
const shortestSecret = 20

// Secret is a part of a text that looks like a token or a private key.
type Secret struct {
	At   int // the byte where it begins
	Text string
	What string
}

// longestHead is more than "-----BEGIN ENCRYPTED PRIVATE KEY-----" has.
const longestHead = 48

// Secrets returns what looks like a secret in a text, in order. A private key is
// one of the text's, whatever lines it has.
func Secrets(text string) []Secret {
	var all []Secret
	for from := 0; len(text)-from >= shortestSecret; {
		at := strings.Index(text[from:], "-----BEGIN ")
		if at < 0 {
			return append(all, tokens(text[from:], from)...)
		}
		at += from
		all = append(all, tokens(text[from:at], from)...)
		if !strings.Contains(text[at:min(len(text), at+longestHead)], "PRIVATE KEY") {
			from = at + len("-----BEGIN ")
			continue
		}
		end := len(text)
		if i := strings.Index(text[at:], "-----END "); i >= 0 {
			end = at + i + len("-----END ")
		}
		all = append(all, Secret{at, text[at:end], "a private key"})
		from = end
	}
	return all
}

// tokens finds what begins and goes on like a token; offset is where the text
// begins.
func tokens(text string, offset int) []Secret {
	var all []Secret
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
				all = append(all, Secret{offset + at, text[at:from], shape.what})
			}
		}
	}
	slices.SortFunc(all, func(a, b Secret) int { return a.At - b.At })
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

// Conceal returns text with stars in the place of what looks like a secret.
func Conceal(text string) string {
	secrets := Secrets(text)
	if len(secrets) == 0 {
		return text
	}
	var out strings.Builder
	from := 0
	for _, s := range secrets {
		if s.At >= from { // not inside of the one before
			out.WriteString(text[from:s.At] + "***")
			from = s.At + len(s.Text)
		}
	}
	return out.String() + text[from:]
}

// secretWords are what holds a secret, or the last word of its name.
var secretWords = []string{"password", "passwd", "passphrase", "secret", "token", "key", "pat"}

// NamesSecret reports whether what stands under a key is a secret, by its name:
// db_password, apiKey and TOKEN, and not autoken. A key alone may be any.
func NamesSecret(key string) bool {
	return key != "key" && slices.ContainsFunc(secretWords, func(word string) bool {
		start := len(key) - len(word)
		if start < 0 || !strings.EqualFold(key[start:], word) {
			return false
		}
		return start == 0 || strings.ContainsRune("_-.", rune(key[start-1])) || unicode.IsUpper(rune(key[start])) && unicode.IsLower(rune(key[start-1]))
	})
}
