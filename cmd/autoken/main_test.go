package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/autoken/autoken/internal/demo"
	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/issuer"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"autoken": main})
}

// TestScripts runs the stories in testdata/script: the real main against servers
// on loopback.
func TestScripts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stories are told in a POSIX shell")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"world":    startWorld,
			"job":      beJob,
			"broker":   startBroker,
			"github":   startGitHub,
			"lambda":   startLambda,
			"exits":    exits,
			"revoked":  revoked,
			"masked":   masked,
			"pairs":    pairs,
			"at-most":  atMost,
			"platform": askPlatform,
			"id-token": idToken,
		},
		Setup: func(env *testscript.Env) error {
			env.Values[storyKey{}] = &story{}
			return nil
		},
	})
}

// story is what the commands of one script share.
type story struct {
	world  *demo.World
	broker *fake.Broker
	lambda *fake.Lambda
	took   time.Duration
}

type storyKey struct{}

func of(ts *testscript.TestScript) *story { return ts.Value(storyKey{}).(*story) }

// world starts a demo: an issuer, a broker and a platform.
func startWorld(ts *testscript.TestScript, _ bool, args []string) {
	log, err := os.Create(ts.MkAbs("decisions.jsonl"))
	ts.Check(err)
	w, err := demo.Start(context.Background(), time.Now, log)
	ts.Check(err)
	ts.Defer(func() { w.Stop(); log.Close() })
	of(ts).world = w
	ts.Setenv("AUTOKEN_BROKER", w.Broker)
	ts.Setenv("PLATFORM", w.Platform)
	ts.Setenv("POLICY", w.PolicyDir())
	beJob(ts, false, append([]string{"push"}, args...))
}

// job NAME makes the script a step of a job on GitHub Actions: push or pull of
// the world, or hostile, whose claims attack whoever prints them.
func beJob(ts *testscript.TestScript, _ bool, args []string) {
	w := of(ts).world
	jobs := map[string]func() issuer.Job{
		"push": func() issuer.Job { return w.Push },
		"pull": func() issuer.Job { return w.Pull },
	}
	j := jobs[args[0]]()
	runnerStep(ts, j.RequestURL, j.RequestToken.Reveal())
}

// runnerStep sets what a runner sets for each step.
func runnerStep(ts *testscript.TestScript, url, token string) {
	temp := ts.MkAbs("runner")
	ts.Check(os.MkdirAll(temp, 0o700))
	ts.Setenv("GITHUB_ACTIONS", "true")
	ts.Setenv("GITHUB_SERVER_URL", "https://github.com")
	ts.Setenv("GITHUB_REPOSITORY", "acme/payments")
	ts.Setenv("GITHUB_RUN_ID", "8812")
	ts.Setenv("GITHUB_RUN_ATTEMPT", "1")
	ts.Setenv("RUNNER_TEMP", temp)
	ts.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", url)
	ts.Setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token)
	for _, name := range []string{"env", "output", "state", "step_summary"} {
		file := ts.MkAbs("github_" + name)
		if _, err := os.Stat(file); err != nil {
			ts.Check(os.WriteFile(file, nil, 0o600))
		}
		ts.Setenv("GITHUB_"+strings.ToUpper(name), file)
	}
}

// hostileClaims try to give orders to whoever prints them.
var hostileClaims = identity.Claims{
	"repository": "acme/payments", "repository_id": "456789", "event_name": "push", "ref": "refs/heads/main",
	"workflow": "x ##[stop-commands]y", "head_ref": "::stop-commands::z", "environment": "\x1b]0;gone\x07\n::add-mask::a",
}

// broker MODE starts a broker that behaves in that way, and a runner's token
// service; the script becomes a step of a job.
func startBroker(ts *testscript.TestScript, _ bool, args []string) {
	b := &fake.Broker{Mode: args[0], Token: "squ_53cr3t0123456789"}
	if len(args) > 1 {
		unquoted, err := strconv.Unquote(`"` + args[1] + `"`)
		ts.Check(err)
		b.Token = unquoted
	}
	of(ts).broker = b
	ts.Setenv("AUTOKEN_BROKER", serve(ts, b))
	startTokens(ts)
}

// github [MODE] starts an API of GitHub's that knows acme/payments, which was
// acme/billing before, and to those with a token acme/payroll.
func startGitHub(ts *testscript.TestScript, _ bool, args []string) {
	api := &fake.GitHub{Token: "ghp_53cr3t0123456789", Repositories: []fake.GitHubRepository{
		{ID: 456789, OwnerID: 1342004, Name: "acme/payments", Before: []string{"acme/billing"}},
		{ID: 456790, OwnerID: 1342004, Name: "acme/payroll", Private: true},
		{ID: 7, OwnerID: 666, Name: "mallory/payments"},
	}}
	if len(args) > 0 {
		api.Mode = args[0]
	}
	ts.Setenv("API", serve(ts, api))
}

func startLambda(ts *testscript.TestScript, _ bool, args []string) {
	l := &fake.Lambda{Mode: args[0], Token: "squ_53cr3t0123456789"}
	of(ts).lambda = l
	ts.Setenv("AUTOKEN_BROKER", serve(ts, l)+"/prod/autoken")
	startTokens(ts)
}

func startTokens(ts *testscript.TestScript) {
	ids, err := issuer.New(issuer.Config{URL: "https://issuer.example", Now: time.Now})
	ts.Check(err)
	tokens := &fake.RunnerTokens{Bearer: "runner-secret-0123456789", Mint: func(audience string) string {
		claims := identity.Claims{"aud": audience}
		maps.Copy(claims, hostileClaims)
		return ids.Sign(claims).Reveal()
	}}
	runnerStep(ts, serve(ts, tokens)+fake.RunnerTokensPath, tokens.Bearer)
}

func serve(ts *testscript.TestScript, h http.Handler) string {
	s := httptest.NewServer(h)
	ts.Defer(func() { s.CloseClientConnections(); s.Close() })
	return s.URL
}

// exits CODE COMMAND… runs a command that must exit with exactly that code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	begin := time.Now()
	err = ts.Exec(args[1], args[2:]...)
	of(ts).took = time.Since(begin)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// at-most DURATION fails if the command of the last "exits" took longer.
func atMost(ts *testscript.TestScript, _ bool, args []string) {
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	if took := of(ts).took; took > limit {
		ts.Fatalf("it took %s, more than %s", took, limit)
	}
}

// revoked LEASE… compares what the broker was given back.
func revoked(ts *testscript.TestScript, neg bool, args []string) {
	var got []string
	if s := of(ts); s.lambda != nil {
		got = s.lambda.Cleaned()
	} else {
		got = s.broker.Revoked()
	}
	if same := fmt.Sprint(got) == fmt.Sprint(args); same == neg {
		ts.Fatalf("given back: %q", got)
	}
	if b := of(ts).broker; b != nil && b.Reused() {
		ts.Fatalf("an ID token was shown twice")
	}
}

// masked feeds what the last command printed to a runner, stderr before stdout
// as the real one does, and fails where its log shows a secret. "masked env"
// starts a next step too, which shows the variables.
func masked(ts *testscript.TestScript, _ bool, args []string) {
	runner := &fake.Runner{}
	runner.Streams(ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	env, err := fake.ParseFileCommands(ts.ReadFile(ts.Getenv("GITHUB_ENV")), false)
	ts.Check(err)
	if len(args) > 0 {
		runner.Env(env)
	}
	for _, secret := range of(ts).secrets(env) {
		if secret != "" && runner.Shows(secret) {
			ts.Fatalf("the log shows %q:\n%s", secret, strings.Join(runner.Log(), "\n"))
		}
	}
	for _, stream := range []string{"stdout", "stderr"} {
		text := ts.ReadFile(stream)
		if strings.Contains("\n"+text, "\n::add-mask::") && !strings.HasPrefix(strings.TrimLeft(text, "\n"), "::add-mask::") {
			ts.Fatalf("something stands on %s before the masks: %.80s", stream, text)
		}
	}
}

// secrets is everything that no log may show.
func (s *story) secrets(env []fake.Pair) []string {
	all := []string{"lease0123456789", "runner-secret-0123456789"}
	if s.broker != nil {
		all = append(all, s.broker.Token)
	}
	if s.lambda != nil {
		all = append(all, s.lambda.Token)
	}
	for _, p := range env {
		if strings.HasSuffix(p.Name, "TOKEN") {
			all = append(all, p.Value)
		}
	}
	return all
}

// pairs FILE WANT compares what a runner reads in a command file; values that
// begin with "re:" of no interest are written as NAME=*.
func pairs(ts *testscript.TestScript, _ bool, args []string) {
	got, err := fake.ParseFileCommands(ts.ReadFile(args[0]), false)
	ts.Check(err)
	var lines []string
	for i, p := range got {
		value := p.Value
		if i+1 < len(args) && strings.HasSuffix(args[i+1], "=*") && value != "" {
			value = "*"
		}
		lines = append(lines, p.Name+"="+value)
	}
	if fmt.Sprint(lines) != fmt.Sprint(args[1:]) {
		ts.Fatalf("%s has %q, want %q", args[0], lines, args[1:])
	}
}

// id-token VARIABLE JOB puts an ID token for the world's broker into a variable,
// as GitLab does before a job.
func idToken(ts *testscript.TestScript, _ bool, args []string) {
	beJob(ts, false, args[1:])
	ts.Setenv("GITHUB_ACTIONS", "")
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet,
		ts.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL")+"&audience="+of(ts).world.Broker, nil)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+ts.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
	got, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer got.Body.Close()
	var answer struct{ Value string }
	ts.Check(json.NewDecoder(got.Body).Decode(&answer))
	ts.Setenv(args[0], answer.Value)
}

// platform STATUS asks the world's platform with the token in GITHUB_ENV.
func askPlatform(ts *testscript.TestScript, _ bool, args []string) {
	env, err := fake.ParseFileCommands(ts.ReadFile(ts.Getenv("GITHUB_ENV")), false)
	ts.Check(err)
	token := ""
	for _, p := range env {
		if p.Name == "SANDBOX_TOKEN" && p.Value != "" {
			token = p.Value
		}
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, of(ts).world.Platform, nil)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+token)
	got, err := http.DefaultClient.Do(req)
	ts.Check(err)
	got.Body.Close()
	if want, _ := strconv.Atoi(args[0]); got.StatusCode != want {
		ts.Fatalf("the platform answers %d", got.StatusCode)
	}
}
