package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/credential"
)

const readmeFile = "../../README.md"

// block is a fenced block of the README.
var block = regexp.MustCompile("(?ms)^```(console|yaml)\n(.*?)^```")

// varying is what differs from run to run: ids, times, ports, how long it took.
var varying = []struct{ pattern, shown string }{
	{`\bd[0-9a-z]{12}\b`, "ID"},
	{`\d\d:\d\d UTC`, "TIME"},
	{`127\.0\.0\.1:\d+`, "ADDRESS"},
	{`\d+\.\d s\b`, "SECONDS"},
}

// TestReadmeCommands runs the README's console blocks, in a folder with the
// policy that the README shows, and compares what they print.
func TestReadmeCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths in the README are those of other systems")
	}
	readme := read(t, readmeFile)
	dir := readmeFolder(t, readme)
	ran := 0
	for _, m := range block.FindAllStringSubmatch(readme, -1) {
		if m[1] != "console" {
			continue
		}
		for command := range strings.SplitSeq(strings.TrimPrefix(m[2], "$ "), "\n$ ") {
			line, want, _ := strings.Cut(command, "\n")
			if diff := cmp.Diff(steady(want), steady(run(t, dir, line))); diff != "" {
				t.Errorf("%s (-README +now):\n%s", line, diff)
			}
			ran++
		}
	}
	if ran < 4 {
		t.Errorf("the README has %d commands", ran)
	}
}

func steady(text string) string {
	for _, v := range varying {
		text = regexp.MustCompile(v.pattern).ReplaceAllString(text, v.shown)
	}
	return strings.TrimRight(text, "\n")
}

// readmeFolder has the files of testdata/readme, and those that the README shows.
func readmeFolder(t *testing.T, readme string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/readme")); err != nil {
		t.Fatal(err)
	}
	for _, m := range block.FindAllStringSubmatch(readme, -1) {
		switch {
		case strings.Contains(m[2], "issuers:"):
			write(t, filepath.Join(dir, "autoken.policy.yaml"), m[2])
		case strings.HasPrefix(m[2], "# broker.yaml"):
			anyPort := strings.Replace(m[2], `address: "127.0.0.1:8443"`, `address: "127.0.0.1:0"`, 1)
			write(t, filepath.Join(dir, "broker.yaml"), anyPort)
		}
	}
	return dir
}

// run runs a command of the README with this test binary as autoken. A broker is
// stopped as soon as it says where it listens.
func run(t *testing.T, dir, line string) string {
	t.Helper()
	line = strings.Replace(line, "go run ./cmd/autoken", "autoken", 1)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "autoken")
	if os.Symlink(self, bin) != nil {
		t.Skip("this system has no links")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	line, file, toFile := strings.Cut(line, " > ")
	cmd := exec.CommandContext(ctx, bin, strings.Fields(line)[1:]...)
	cmd.Dir = dir
	if strings.Contains(line, "serve") {
		return firstLine(t, cmd)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if toFile { // as a shell does: the file is there before the command starts
		f, err := os.Create(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		cmd.Stdout = f
	}
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v\n%s", line, err, &out)
	}
	return out.String()
}

func firstLine(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// TestReadmeTables compares the README's tables with the lists they show.
func TestReadmeTables(t *testing.T) {
	_, after, _ := strings.Cut(read(t, readmeFile), "<!-- platforms -->\n")
	got, _, ok := strings.Cut(after, "<!-- /platforms -->")
	if !ok {
		t.Fatal("README has no table of platforms")
	}
	want := ""
	for _, p := range credential.Platforms {
		var names []string
		for _, v := range p.Vars {
			if v.Secret {
				v.Name = "**" + v.Name + "**"
			}
			names = append(names, v.Name)
		}
		want += fmt.Sprintf("| %s | %s |\n", p.Name, strings.Join(names, ", "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("platforms (-want +README):\n%s", diff)
	}
}

// The README names every command on policies, and no other.
func TestReadmeNamesPolicyCommands(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the README's commands are run elsewhere")
	}
	readme := read(t, readmeFile)
	_, list, _ := strings.Cut(run(t, t.TempDir(), "autoken policy -h"), "Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	known := map[string]bool{}
	for line := range strings.Lines(list) {
		name := strings.Fields(line)[0]
		known[name] = true
		if !strings.Contains(readme, "policy "+name) && !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("the README does not name autoken policy %s", name)
		}
	}
	for _, m := range regexp.MustCompile(`autoken policy ([a-z]+)`).FindAllStringSubmatch(readme, -1) {
		if !known[m[1]] {
			t.Errorf("the README names autoken policy %s, which is no command", m[1])
		}
	}
	if len(known) < 8 {
		t.Errorf("%d commands: %s", len(known), list)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
