package cli

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/lint"
	"github.com/autoken/autoken/internal/policy"
)

var (
	topicFile  = regexp.MustCompile(`^# ([a-z/.-]+\.yaml)\n`)
	topicGrant = regexp.MustCompile(`(?m)^  - id: ([a-z-]+)$`)
)

// topicPolicy puts the YAML of a topic together: a main file, files that begin
// with their name, and grants, which belong to the main file.
func topicPolicy(t *testing.T, name string) fs.FS {
	t.Helper()
	text, ok := topic(name)
	if !ok {
		t.Fatalf("there is no topic %s", name)
	}
	files := map[string]string{}
	grants := ""
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		block := strings.ReplaceAll("\n"+paragraph, "\n  ", "\n")[1:] + "\n"
		switch m := topicFile.FindStringSubmatch(block); {
		case m != nil:
			files[m[1]] = block
		case strings.HasPrefix(block, "version: 1\n"):
			files[policy.FileName] = block
		case strings.HasPrefix(block, "- id: "):
			grants += paragraph + "\n"
		}
	}
	if grants != "" {
		files[policy.FileName] += "grants:\n" + grants + topicTests(grants)
	}
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// topicTests are the tests that a topic about something else leaves out.
func topicTests(grants string) string {
	tests := "tests:\n"
	for _, m := range topicGrant.FindAllStringSubmatch(grants, -1) {
		request := "from: github/push, request: {grant: " + m[1] + "}"
		tests += "  - {name: a job gets " + m[1] + ", " + request + ", expect: allow}\n" +
			"  - {name: another does not get " + m[1] + ", " + request + ", set: {repository_id: \"1\"}, expect: deny, why: match.repository_id}\n"
	}
	return tests
}

// The policies that the topics show load, and lint finds nothing in them.
func TestTopicsShowGoodPolicies(t *testing.T) {
	for name, grants := range map[string]int{"trust-policies": 4, "propose": 1, "first-policy": 1} {
		draft, err := policy.Parse(topicPolicy(t, name), ".", policy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(draft.Policy.Grants) != grants {
			t.Errorf("%s shows %d grants, want %d", name, len(draft.Policy.Grants), grants)
		}
		if name == "first-policy" {
			draft = withSuggestedTests(t, topicPolicy(t, name))
		}
		report := lint.Run(draft, lint.Options{Now: exampleTime})
		for _, f := range report.Findings {
			t.Errorf("%s: %s\n%s", name, f, f.Excerpt)
		}
		if len(report.NotChecked) > 0 {
			t.Errorf("%s: not checked: %v", name, report.NotChecked)
		}
	}
}

// withSuggestedTests adds the tests that --init prints, as that topic says. They
// prove all of the policy.
func withSuggestedTests(t *testing.T, fsys fs.FS) *policy.Draft {
	t.Helper()
	text, err := fs.ReadFile(fsys, policy.FileName)
	if err != nil {
		t.Fatal(err)
	}
	dir := writePolicy(t, string(text))
	code, tests, stderr := policyTest(t, "--init", dir)
	if code != ExitDone {
		t.Fatal(stderr)
	}
	writeFile(t, filepath.Join(dir, "autoken.policy_test.yaml"), tests)
	if code, stdout, stderr := policyTest(t, "--coverage", "--near-miss", dir); code != ExitDone {
		t.Errorf("%s%s", stdout, stderr)
	}
	complete, err := policy.Parse(os.DirFS(dir), ".", policy.Options{Tests: true})
	if err != nil {
		t.Fatal(err)
	}
	return complete
}

// Whatever a grant can say, the page about the first one names.
func TestFirstPolicyNamesAllKeys(t *testing.T) {
	page, _ := topic("first-policy")
	var schema struct {
		Definitions struct {
			Grant struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(runApp(t, nil, ExitDone, "schema", "policy")), &schema); err != nil {
		t.Fatal(err)
	}
	keys := schema.Definitions.Grant.Properties
	if len(keys) < 11 {
		t.Fatalf("a grant has the keys %v", keys)
	}
	for key := range keys {
		if !regexp.MustCompile(`(?m)^  ` + key + ` +[a-z0-9]`).MatchString(page) {
			t.Errorf("the page does not say what %s is", key)
		}
	}
}

// The tests that the topic on proposals shows are true.
func TestTopicsShowTrueTests(t *testing.T) {
	loaded, findings, err := policy.Load(topicPolicy(t, "propose"), ".", policy.Options{})
	if err != nil || loaded == nil || len(loaded.Tests) != 2 {
		t.Fatal(findings, err)
	}
	for _, test := range loaded.Tests {
		fixture, ok := identity.LookupFixture(test.From)
		if !ok {
			t.Errorf("there is no fixture %s", test.From)
		}
		maps.Copy(fixture.Claims, test.Set)
		got := loaded.Evaluate(loaded.Issuers()[0].URL, fixture.Claims, test.Grant.Text, exampleTime)
		if got.Allowed != test.Allow || test.Why != "" && !slices.Contains(got.Failed(), test.Why) {
			t.Errorf("%s: allowed %v, failed %v", test.Name, got.Allowed, got.Failed())
		}
	}
}

// A topic does not name a rule that there is not.
func TestTopicsNameRules(t *testing.T) {
	named := regexp.MustCompile(`autoken rules ([a-z-]+)`)
	known := map[string]bool{}
	for _, r := range lint.Rules() {
		known[r.ID] = true
	}
	for _, name := range topics() {
		text, _ := topic(name)
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if !known[m[1]] {
				t.Errorf("%s names %s", name, m[0])
			}
		}
	}
}
