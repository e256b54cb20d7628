package ci_test

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

func variable(name, value string) credential.Var {
	return credential.Var{Name: name, Value: secret.New(value)}
}

func (s *step) export(t *testing.T, vars ...credential.Var) error {
	t.Helper()
	return s.system(t).Export(s.job(), ci.ToEnv, vars)
}

func TestExport(t *testing.T) {
	for target, file := range map[ci.ExportTarget]string{ci.ToEnv: "GITHUB_ENV", ci.ToOutput: "GITHUB_OUTPUT"} {
		s := newStep(t)
		system, job := s.system(t), s.job()
		if err := system.Ready(job, target); err != nil {
			t.Fatal(err)
		}
		vars := []credential.Var{variable("SONAR_TOKEN", "squ_1"), variable("SONAR_HOST_URL", "https://sonar.acme.example"), variable("EMPTY", "")}
		if err := system.Export(job, target, vars); err != nil {
			t.Fatal(err)
		}
		want := []fake.Pair{{Name: "SONAR_TOKEN", Value: "squ_1"}, {Name: "SONAR_HOST_URL", Value: "https://sonar.acme.example"}, {Name: "EMPTY", Value: ""}}
		if diff := cmp.Diff(want, s.pairs(t, file)); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
	s := newStep(t)
	wantFault(t, s.system(t).Export(s.job(), "elsewhere", nil), fault.Usage, `"elsewhere"`, "env or output")
}

// C3: a value cannot end its own block, or start another.
func TestC3ValueCannotSetVariables(t *testing.T) {
	s := newStep(t)
	hostile := "x\nautoken_\nPATH=/tmp/evil\nNODE_OPTIONS<<autoken_\n--require=/tmp/evil.js\nautoken_\n"
	if err := s.export(t, variable("GH_TOKEN", hostile)); err != nil {
		t.Fatal(err)
	}
	first := s.pairs(t, "GITHUB_ENV")
	if diff := cmp.Diff([]fake.Pair{{Name: "GH_TOKEN", Value: hostile}}, first); diff != "" {
		t.Error(diff)
	}
	delimiter := strings.TrimPrefix(strings.SplitN(read(t, s.env["GITHUB_ENV"]), "\n", 2)[0], "GH_TOKEN<<")
	if err := s.export(t, variable("GH_TOKEN", delimiter+"\nPATH=/tmp/evil")); err != nil {
		t.Fatal(err)
	}
	if got := s.pairs(t, "GITHUB_ENV"); len(got) != 2 || got[1].Value != delimiter+"\nPATH=/tmp/evil" {
		t.Errorf("a delimiter that was used before was used again: %q", got)
	}
}

func TestC3DelimiterCannotBeGuessed(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		s := newStep(t)
		if err := s.export(t, variable("A", "x")); err != nil {
			t.Fatal(err)
		}
		text := read(t, s.env["GITHUB_ENV"])
		if !regexp.MustCompile(`^A<<autoken_[0-9a-f]{32}\nx\nautoken_[0-9a-f]{32}\n$`).MatchString(text) || seen[text] {
			t.Fatalf("%q", text)
		}
		seen[text] = true
	}
}

// C3: what an earlier command wrote without a line end must not join our line.
func TestC3EarlierLineIsOpen(t *testing.T) {
	s := newStep(t)
	write(t, s.env["GITHUB_ENV"], "A=1")
	if err := s.export(t, variable("GH_TOKEN", "ghs_1")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]fake.Pair{{Name: "A", Value: "1"}, {Name: "GH_TOKEN", Value: "ghs_1"}}, s.pairs(t, "GITHUB_ENV")); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(read(t, s.env["GITHUB_ENV"]), "\n\n") {
		t.Error("an empty line: act stops at those")
	}
}

func TestExportRefusesValues(t *testing.T) {
	for name, value := range map[string]string{
		"is not text": "a\x00b", "not text": "a\xff", "carriage return": "a\r", "too long": strings.Repeat("x", 32_001),
	} {
		s := newStep(t)
		err := s.export(t, variable("GOOD", "fine"), variable("GH_TOKEN", value))
		wantFault(t, err, fault.Internal, "GH_TOKEN", name)
		if strings.Contains(err.Error(), value) || read(t, s.env["GITHUB_ENV"]) != "" {
			t.Errorf("%v, file %q", err, read(t, s.env["GITHUB_ENV"]))
		}
	}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{
		"SONAR_TOKEN", "SONAR_HOST_URL", "ARTIFACTORY_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "_x", "CI_TOKEN", "PATHOLOGY", "ENVOY", "SANDBOX_TOKEN",
		"CARGO_REGISTRIES_ACME_TOKEN", "NODE_AUTH_TOKEN", "STATEMENT",
	} {
		if err := ci.CheckName(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{
		"", "1A", "A-B", "A B", "A=B", "A\nB", "É", "A<<B", "PATH", "Path", "NODE_OPTIONS", "node_options", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES",
		"BASH_ENV", "ENV", "IFS", "PS4", "PROMPT_COMMAND", "GITHUB_ENV", "github_token", "Github_Token", "GITHUB_TOKENS", "RUNNER_TEMP", "ACTIONS_RUNTIME_TOKEN",
		"INPUT_BROKER", "STATE_autoken_leases", "CI", "HOME", "SHELL", "TMPDIR", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PERL5LIB", "PERL5OPT",
		"PERL5DB", "RUBYOPT", "RUBYLIB", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "MAVEN_OPTS",
		"GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "no_proxy", "AUTOKEN_BROKER", "autoken_x",
		"GODEBUG", "GOFLAGS", "NPM_CONFIG_REGISTRY", "npm_config_registry", "PIP_INDEX_URL", "CARGO_HOME", "CARGO_TOKEN", "DOTNET_STARTUP_HOOKS", "COMSPEC", "PATHEXT",
	} {
		wantFault(t, ci.CheckName(name), fault.Usage)
		s := newStep(t)
		if err := s.export(t, variable(name, "https://evil.example")); err == nil || read(t, s.env["GITHUB_ENV"]) != "" {
			t.Errorf("%q was written", name)
		}
	}
}

func TestBlank(t *testing.T) {
	s := newStep(t)
	system, job := s.system(t), s.job()
	if err := errors.Join(s.export(t, variable("SONAR_TOKEN", "squ_1")), system.Blank(job, []string{"SONAR_TOKEN"}), system.Blank(job, nil)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]fake.Pair{{Name: "SONAR_TOKEN", Value: "squ_1"}, {Name: "SONAR_TOKEN", Value: ""}}, s.pairs(t, "GITHUB_ENV")); diff != "" {
		t.Error(diff)
	}
	wantFault(t, system.Blank(job, []string{"PATH"}), fault.Usage)
}

// C6: nothing is written but what the runner asked for and the leases.
func TestC6NothingInTheWorkspace(t *testing.T) {
	workspace := t.TempDir()
	t.Chdir(workspace)
	s := newStep(t, "GITHUB_WORKSPACE="+workspace)
	system, job := s.system(t), s.job()
	err := errors.Join(system.Ready(job, ci.ToEnv), system.Mask(job, secret.Forms(secrets("s3cr3t")...)), system.Remember(job, []ci.Lease{lease("one")}),
		s.export(t, variable("GH_TOKEN", "s3cr3t")), system.Summarize(job, "done"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(workspace)
	if err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestSummarize(t *testing.T) {
	s := newStep(t)
	system, job := s.system(t), s.job()
	write(t, s.env["GITHUB_STEP_SUMMARY"], "from before")
	if err := errors.Join(system.Summarize(job, "### autoken\n\n"), system.Summarize(job, "revoked")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s.env["GITHUB_STEP_SUMMARY"]); got != "from before\n### autoken\nrevoked\n" {
		t.Errorf("%q", got)
	}

	filler := strings.Repeat("x", 1<<20-10) + "\n"
	write(t, s.env["GITHUB_STEP_SUMMARY"], filler)
	if err := system.Summarize(job, "12345678"); err != nil {
		t.Errorf("it fits exactly: %v", err)
	}
	if err := system.Summarize(job, "1"); err == nil || len(read(t, s.env["GITHUB_STEP_SUMMARY"])) != 1<<20 {
		t.Errorf("above 1 MiB: %v", err)
	}

	if err := os.Remove(s.env["GITHUB_STEP_SUMMARY"]); err != nil {
		t.Fatal(err)
	}
	if err := system.Summarize(job, "x"); err != nil {
		t.Errorf("no file: %v", err)
	}
	if _, err := os.Stat(s.env["GITHUB_STEP_SUMMARY"]); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it was made")
	}
	s.set("GITHUB_STEP_SUMMARY=")
	if err := system.Summarize(job, "x"); err != nil {
		t.Errorf("no summaries: %v", err)
	}
}

func FuzzExport(f *testing.F) {
	f.Add("", "GH_TOKEN", "ghs_1", "SONAR_TOKEN", "")
	f.Add("A=1", "GH_TOKEN", "a\nb\r\n\nautoken_", "B", "\n\n")
	f.Add("X<<EOF\nfoo\nEOF", "GH_TOKEN", "X<<EOF", "B", "=")
	f.Add("\ufeffA=1\r\n", "a", "\ufeff", "b", "\u2028")
	f.Fuzz(func(t *testing.T, before, nameA, valueA, nameB, valueB string) {
		s := newStep(t)
		write(t, s.env["GITHUB_ENV"], before)
		err := s.export(t, variable(nameA, valueA), variable(nameB, valueB))
		after := read(t, s.env["GITHUB_ENV"])
		if err != nil {
			if after != before {
				t.Errorf("refused (%v), and the file became %q", err, after)
			}
			return
		}
		if !utf8.ValidString(valueA + valueB) {
			t.Error("what is not text was written")
		}
		for _, windows := range []bool{false, true} {
			earlier, err := fake.ParseFileCommands(before, windows)
			if err != nil {
				continue // the step fails whatever we write
			}
			got, err := fake.ParseFileCommands(after, windows)
			if err != nil || len(got) != len(earlier)+2 {
				t.Fatalf("windows %v: %d pairs and %v after %q", windows, len(got), err, before)
			}
			want := []fake.Pair{{Name: nameA, Value: valueA}, {Name: nameB, Value: valueB}}
			if diff := cmp.Diff(want, got[len(earlier):]); diff != "" {
				t.Errorf("windows %v: %s", windows, diff)
			}
		}
	})
}
