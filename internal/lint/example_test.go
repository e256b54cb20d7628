package lint

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/autoken/autoken/internal/policy"
)

// policyKeys are the keys of a policy's main file; all others in an example are
// a grant's.
var policyKeys = []string{"version", "include", "issuers", "connections", "limits", "teams", "grants", "tests", "ignore"}

// what an editor would not let stand in a page.
var unwritable = strings.NewReplacer(
	"⟨TAB⟩", "\t", "⟨BOM⟩", "\ufeff", "⟨FF⟩", "\xff", "⟨LONG⟩", strings.Repeat("x", 300),
	// made up, and in pieces: a scanner of this repository is right to look for the whole
	"⟨TOKEN⟩", "ghp"+"_a8Kq2Zt7Lm4Xw9Rb3Vn6Yc1Hd5Jf0PsQeUgTo",
	"⟨SQP⟩", "sqp"+"_3f9a1c7e5b2d8046f1e3c5a7b9d0e2f4a6c8b0d2",
	"⟨JWT⟩", "eyJ"+"hbGciOiJSUzI1NiJ9.eyJ"+"pc3MiOiJodHRwczovL2lkLmFjbWUuZXhhbXBsZSJ9.q83vEjRWeJqrze8SNFZ4mg",
	"⟨KIND⟩", "RSA", "⟨KEY⟩", "MIIEow"+"IBAAKCAQEA7x1Qp0aYb2",
)

// exampleFS makes the policy that a page's example stands for: see Page.
func exampleFS(t *testing.T, text string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	put := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(unwritable.Replace(text))} }
	main, others := splitFiles(text)
	for name, text := range others {
		put(name, completed(text))
	}
	if _, whole := others[policy.FileName]; whole {
		return files
	}
	if strings.HasPrefix(main, "version:") {
		put(policy.FileName, main)
		return files
	}
	chunks := overlay(t, splitKeys(main))
	if len(others) > 0 && chunks["include"] == "" {
		chunks["include"] = "include: [teams/*.yaml]\n"
	}
	if chunks["tests"] == "" {
		chunks["tests"] = testsFor(chunks["issuers"], chunks["grants"], others)
	}
	var b strings.Builder
	for _, key := range policyKeys {
		b.WriteString(chunks[key])
	}
	put(policy.FileName, b.String())
	return files
}

var fileMark = regexp.MustCompile(`(?m)^# ([a-z0-9/._-]+\.yaml)\n`)

// splitFiles separates an example's main part from further files.
func splitFiles(text string) (main string, others map[string]string) {
	marks := fileMark.FindAllStringSubmatchIndex(text, -1)
	others = map[string]string{}
	end := len(text)
	for _, m := range slices.Backward(marks) {
		others[text[m[2]:m[3]]] = text[m[1]:end]
		end = m[0]
	}
	return text[:end], others
}

// chunk is a key at the left margin with all that belongs to it, comments above
// included.
type chunk struct{ key, text string }

func splitKeys(text string) []chunk {
	var chunks []chunk
	above := ""
	for line := range strings.Lines(text) {
		key, _, isKey := strings.Cut(line, ":")
		switch {
		case strings.HasPrefix(line, "#"):
			above += line
		case isKey && !strings.ContainsAny(line[:1], " -"):
			chunks = append(chunks, chunk{key, above + line})
			above = ""
		case len(chunks) > 0:
			chunks[len(chunks)-1].text += above + line
			above = ""
		}
	}
	return chunks
}

// overlay returns the base's keys, with those of an example in their place.
func overlay(t *testing.T, own []chunk) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range splitKeys(string(text)) {
		all[c.key] = c.text
	}
	replaced := map[string]bool{}
	var ofGrant []chunk
	for _, c := range own {
		if !slices.Contains(policyKeys, c.key) {
			ofGrant = append(ofGrant, c)
			continue
		}
		if !replaced[c.key] { // a key that the example has twice shall be there twice
			all[c.key] = ""
		}
		replaced[c.key] = true
		all[c.key] += c.text
	}
	if replaced["grants"] {
		all["grants"] = completed(all["grants"])
	}
	if len(ofGrant) > 0 {
		all["grants"] = grantWith(all["grants"], ofGrant)
	}
	return all
}

// grantWith puts an example's keys into the one grant of the base.
func grantWith(base string, own []chunk) string {
	_, body, _ := strings.Cut(base, "\n")
	body = strings.Replace(body, "  - ", "    ", 1)
	kept := slices.DeleteFunc(splitKeys(unindent(body)), func(c chunk) bool {
		return slices.ContainsFunc(own, func(o chunk) bool { return o.key == c.key })
	})
	var b strings.Builder
	for _, c := range append(kept, own...) {
		b.WriteString(c.text)
	}
	lines := "    " + strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\n", "\n    ") + "\n"
	return "grants:\n  -\n" + lines
}

func unindent(text string) string {
	return strings.ReplaceAll("\n"+text, "\n    ", "\n")[1:]
}

var grantStart = regexp.MustCompile(`(?m)^  - (\{?)`)

// usual is what a grant of an example has where it says nothing else.
var usual = []chunk{
	{"issuer", "gh"},
	{"owner", `"@acme/platform"`},
	{"credential", "{connection: sonar, project: payments, permissions: [scan]}"},
}

// completed adds to each grant that a file lists what it leaves out.
func completed(file string) string {
	before, grants, ok := strings.Cut(file, "grants:\n")
	if !ok {
		return file
	}
	starts := grantStart.FindAllStringSubmatchIndex(grants, -1)
	end := len(grants)
	for _, m := range slices.Backward(starts) {
		text, flow := grants[m[1]:end], m[2] < m[3]
		added := ""
		for _, u := range usual {
			switch {
			case strings.Contains(text, u.key+":"):
			case flow:
				added += u.key + ": " + u.text + ", "
			default:
				added += u.key + ": " + u.text + "\n    "
			}
		}
		grants = grants[:m[1]] + added + grants[m[1]:]
		end = m[0]
	}
	return before + "grants:\n" + grants
}

var (
	grantName = regexp.MustCompile(`(?m)^\s+(?:- \{?)?id: ([a-z0-9-]+)|[{ ]id: ([a-z0-9-]+)`)
	teamName  = regexp.MustCompile(`(?m)^team: (\S+)`)
)

// fixtures are the tokens that tests of a kind's grants begin with.
var fixtures = map[string]string{
	"gitlab": "gitlab/branch", "buildkite": "buildkite/branch", "circleci": "circleci/branch", "oidc": "oidc/service",
	"github-server": "ghes/push", "github-ghecom": "ghecom/push",
}

var (
	issuerName = regexp.MustCompile(`issuer: "?(\w+)`)
	grantItem  = regexp.MustCompile(`(?m)^  -`)
	issuerKind = regexp.MustCompile(`(?m)^  (\w+):\s*\{?\s*kind: ([a-z-]+)`)
)

// fixtureFor goes by the kind of the issuer that a grant's text names.
func fixtureFor(grant, issuers string) string {
	name := "gh"
	if m := issuerName.FindStringSubmatch(grant); m != nil {
		name = m[1]
	}
	for _, m := range issuerKind.FindAllStringSubmatch(issuers, -1) {
		if m[1] == name && fixtures[m[2]] != "" {
			return fixtures[m[2]]
		}
	}
	return "github/push"
}

// testsFor makes an allow and a deny test for each grant of an example, so that
// no page needs to show any.
func testsFor(issuers, main string, others map[string]string) string {
	var b strings.Builder
	b.WriteString("tests:\n")
	add := func(prefix, text string) {
		for _, grant := range grantItem.Split(text, -1) {
			m := grantName.FindStringSubmatch("  - " + strings.TrimSpace(grant))
			if m == nil {
				continue
			}
			name := prefix + m[1] + m[2]
			from := fixtureFor(grant, issuers)
			b.WriteString("  - {name: " + name + " is given, from: " + from + ", request: {grant: " + name + "}, expect: allow}\n")
			b.WriteString("  - {name: " + name + " is not, from: " + from + ", request: {grant: " + name + "}, expect: deny, why: issuer}\n")
		}
	}
	add("", main)
	for _, text := range others {
		prefix := ""
		if m := teamName.FindStringSubmatch(text); m != nil {
			prefix = m[1] + "/"
		}
		add(prefix, text)
	}
	return b.String()
}
