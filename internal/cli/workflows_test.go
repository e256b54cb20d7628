package cli

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// Each action is pinned to a commit, nothing is permitted beyond reading, and no
// job can hang.
func TestWorkflowsAreGuarded(t *testing.T) {
	files, err := filepath.Glob(repository + "/.github/workflows/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readText(t, repository+"/go.mod"))[1] + ".x"
	for _, file := range files {
		text := readText(t, file)
		for _, m := range regexp.MustCompile(`uses: (.*)`).FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`).MatchString(m[1]) {
				t.Errorf("%s: %s is not pinned to a commit", file, m[1])
			}
		}
		var workflow struct {
			Permissions map[string]string
			Jobs        map[string]workflowJob
		}
		if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
			t.Fatal(err)
		}
		if workflow.Permissions == nil || len(workflow.Permissions) > 0 {
			t.Errorf("%s: its permissions are %v", file, workflow.Permissions)
		}
		for name, job := range workflow.Jobs {
			job.check(t, file+" "+name, goVersion)
		}
	}
}

type workflowJob struct {
	Permissions map[string]string
	Timeout     int `yaml:"timeout-minutes"`
	Steps       []struct {
		Uses string
		With map[string]string
	}
}

func (j workflowJob) check(t *testing.T, name, goVersion string) {
	t.Helper()
	if diff := cmp.Diff(map[string]string{"contents": "read"}, j.Permissions); diff != "" || j.Timeout == 0 {
		t.Errorf("%s may take %d minutes, with permissions %s", name, j.Timeout, diff)
	}
	for _, step := range j.Steps {
		if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
			t.Errorf("%s leaves a token in the checkout", name)
		}
		if strings.HasPrefix(step.Uses, "actions/setup-go@") && step.With["go-version"] != goVersion {
			t.Errorf("%s tests with Go %s, and go.mod says %s", name, step.With["go-version"], goVersion)
		}
	}
}
