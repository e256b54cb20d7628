package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/issuer"
)

// release are the flags of a release: without HTTP/2, which nobody here speaks,
// and with functions copied into their callers only where the time goes, in
// cryptography, masking and the runtime. That takes an eighth off the download.
var release = append([]string{"-tags=nethttpomithttp2", "-gcflags=all=-l"}, inlined(
	"runtime", "internal/...", "crypto/internal/...", "math/...", "strings", "bytes", "sync/...", "unicode/utf8",
	"github.com/autoken/autoken/internal/secret", "github.com/autoken/autoken/internal/identity",
)...)

func inlined(packages ...string) []string {
	var flags []string
	for _, pattern := range packages {
		flags = append(flags, "-gcflags="+pattern+"=")
	}
	return flags
}

// goBuild builds a small static program, for this machine where env does not say another.
func goBuild(tb testing.TB, folder string, flags []string, env ...string) string {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), "program")
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", out}, flags...)
	cmd := exec.CommandContext(tb.Context(), "go", append(args, folder)...)
	cmd.Env = append(os.Environ(), append([]string{"CGO_ENABLED=0"}, env...)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, text)
	}
	return out
}

// TestBinaryBudget keeps the release small enough to be fetched by every job.
func TestBinaryBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the release binary")
	}
	const maxSize, maxDownload = 12 << 20, 45 << 20 / 10
	text, err := os.ReadFile(goBuild(t, ".", release, "GOOS=linux", "GOARCH=amd64"))
	if err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	zip, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = zip.Write(text); err != nil {
		t.Fatal(err)
	}
	if err = zip.Close(); err != nil {
		t.Fatal(err)
	}
	if len(text) > maxSize || small.Len() > maxDownload {
		t.Errorf("the binary has %d bytes, %d compressed; allowed are %d and %d", len(text), small.Len(), maxSize, maxDownload)
	}
	t.Logf("%.2f MiB, %.2f MiB compressed", float64(len(text))/(1<<20), float64(small.Len())/(1<<20))

	// Templates and lookup of methods by name keep the linker from leaving out
	// what nobody calls. Their packages are imported; their engines must not be there.
	for _, engine := range []string{"text/template.(*state).walk", "html/template.(*escaper)", "reflect.Value.MethodByName"} {
		if bytes.Contains(text, []byte(engine)) {
			t.Errorf("the binary has %s", engine)
		}
	}
	// S18: keys of demo and development are made by the process that uses them.
	for _, key := range []string{"-----BEGIN " + "RSA PRIVATE KEY", "-----BEGIN " + "PRIVATE KEY", `"kty":"RSA","d":`} {
		if bytes.Contains(text, []byte(key+"-----\nMII")) {
			t.Errorf("the binary has a key: %s", key)
		}
	}
}

// BenchmarkLogin compares the whole process of a login on loopback with a bare
// program that makes the same two requests, in turn, and reports the ratio of
// the medians and the peak memory.
func BenchmarkLogin(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("reads peak memory as Linux reports it")
	}
	autoken, bare := goBuild(b, ".", release), goBuild(b, "../../testdata/bare", nil)
	env := loginEnvironment(b)
	var ours, floor []time.Duration
	for b.Loop() {
		floor = append(floor, timeOf(b, env, bare))
		ours = append(ours, timeOf(b, env, autoken, "login", "--grant", "payments/sonar"))
	}
	b.ReportMetric(float64(median(ours))/float64(median(floor)), "ratio")
	b.ReportMetric(float64(median(ours).Microseconds())/1000, "ms/login")
	peak, err := strconv.Atoi(strings.TrimSpace(outputOf(b, env, bare, "measure", autoken, "login", "--grant", "payments/sonar")))
	if err != nil || peak > 20<<10 {
		b.Errorf("a login takes %d KiB, %v", peak, err)
	}
	b.ReportMetric(float64(peak)/1024, "MiB-peak")
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// timeOf runs a command with its output going nowhere.
func timeOf(b *testing.B, env []string, argv ...string) time.Duration {
	b.Helper()
	cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...)
	cmd.Env = env
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v", argv[0], err)
	}
	return time.Since(begin)
}

func outputOf(b *testing.B, env []string, argv ...string) string {
	b.Helper()
	cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...)
	cmd.Env = env
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v\n%s", argv[0], err, out)
	}
	return string(out)
}

func loginEnvironment(b *testing.B) []string {
	b.Helper()
	broker := httptest.NewServer(&fake.Broker{Token: "squ_53cr3t0123456789"})
	b.Cleanup(broker.Close)
	ids, err := issuer.New(issuer.Config{URL: "https://issuer.example", Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	token := ids.Sign(issuer.GitHubPush()).Reveal()
	tokens := httptest.NewServer(&fake.RunnerTokens{Bearer: "runner", Mint: func(string) string { return token }})
	b.Cleanup(tokens.Close)
	dir := b.TempDir()
	env := []string{
		"GITHUB_ACTIONS=true", "RUNNER_TEMP=" + dir, "AUTOKEN_BROKER=" + broker.URL,
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + tokens.URL + fake.RunnerTokensPath, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=runner",
	}
	for _, name := range []string{"GITHUB_ENV", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			b.Fatal(err)
		}
		env = append(env, name+"="+file)
	}
	return env
}
