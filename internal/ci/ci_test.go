package ci_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

// idToken has the shape of one; nobody here looks inside.
const idToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOmFjbWUvcGF5bWVudHMifQ.c2lnbmF0dXJlLW9mLXRoZS1qb2I"

// step is one step of a job in a runner's directory of its own.
type step struct {
	dir string
	env map[string]string
	out bytes.Buffer
}

func newStep(t *testing.T, env ...string) *step {
	t.Helper()
	s := &step{dir: t.TempDir(), env: map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com",
		"GITHUB_REPOSITORY": "acme/payments", "GITHUB_RUN_ID": "8812", "GITHUB_RUN_ATTEMPT": "1",
	}}
	s.env["RUNNER_TEMP"] = s.dir
	for _, name := range []string{"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"} {
		s.env[name] = filepath.Join(s.dir, strings.ToLower(name))
		write(t, s.env[name], "")
	}
	s.set(env...)
	return s
}

// set takes NAME=VALUE; an empty value removes the variable.
func (s *step) set(env ...string) {
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		s.env[name] = value
	}
}

func (s *step) job() ci.Job {
	return ci.Job{
		Env: func(name string) string { return s.env[name] },
		Out: &s.out,
		Now: func() time.Time { return time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC) },

		PostStep: s.env["STATE_autoken_leases"] != "", // as an action's post step says
	}
}

func (s *step) system(t *testing.T) ci.System {
	t.Helper()
	system, err := ci.Detect(s.job(), ci.Choice{})
	if err != nil {
		t.Fatal(err)
	}
	return system
}

// pairs reads a command file as the runner does.
func (s *step) pairs(t *testing.T, variable string) []fake.Pair {
	t.Helper()
	pairs, err := fake.ParseFileCommands(read(t, s.env[variable]), false)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return pairs
}

func secrets(texts ...string) []secret.Value {
	var values []secret.Value
	for _, text := range texts {
		values = append(values, secret.New(text))
	}
	return values
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func client(t *testing.T) *httpclient.Client {
	t.Helper()
	c, err := httpclient.New(httpclient.Config{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantFault fails unless err has that kind and each text in its message or hint.
func wantFault(t *testing.T, err error, kind fault.Kind, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one of kind %s", kind)
	}
	if got := fault.KindOf(err); got != kind {
		t.Errorf("kind %s, want %s: %v", got, kind, err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error()+"\n"+fault.HintOf(err), text) {
			t.Errorf("neither message nor hint has %q:\n%v\n%s", text, err, fault.HintOf(err))
		}
	}
}
