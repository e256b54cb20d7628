package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The example of a CI system, put where the handbook says, passes the tests of
// its package with the rows that the handbook adds.
func TestContributingExampleWorks(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("this needs the go command: ", err)
	}
	example := map[string]string{}
	for _, m := range fenced.FindAllStringSubmatch(readText(t, handbook), -1) {
		if what, ok := strings.CutPrefix(m[1], "go "); ok {
			example[what] = m[2]
		}
	}
	list := readText(t, repository+"/internal/ci/ci.go")
	start := strings.Index(list, "var Systems = ")
	list = list[:start] + example["internal/ci/ci.go"] + list[start+strings.Index(list[start:], "\n")+1:]
	tests := readText(t, repository+"/internal/ci/detect_test.go")
	for _, name := range []string{"TestDetectNamesTheSystem", "TestSourcesInVariables", "TestRun"} {
		begin := strings.Index(tests, "func "+name)
		if begin < 0 || example[name] == "" {
			t.Fatalf("there is no %s to add a row to", name)
		}
		end := begin + strings.Index(tests[begin:], "\n\t} {\n") + 1
		tests = tests[:end] + example[name] + tests[end:]
	}
	overlaid(t, map[string]string{
		"ci/buildkite.go": example["internal/ci/buildkite.go"], "ci/ci.go": list, "ci/detect_test.go": tests,
	})
}

// overlaid runs a package's tests as if these files lay in it.
func overlaid(t *testing.T, files map[string]string) {
	t.Helper()
	replace := map[string]string{}
	for name, text := range files {
		target, err := filepath.Abs(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		replace[target] = filepath.Join(t.TempDir(), filepath.Base(name))
		if err := os.WriteFile(replace[target], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "overlay.json")
	if err = os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "test", "-overlay", file, "-run", "TestDetect|TestSources|TestRun", "../ci").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
