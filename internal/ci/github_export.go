package ci

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

const (
	// maxVariable is what Windows can start a process with, terminating zero and
	// name included. A larger variable would stop every later step.
	maxVariable = 32_000
	// maxSummary is the size in bytes above which GitHub drops a step's whole summary.
	maxSummary = 1 << 20
	// maxCommands is far above what a step writes; the runner has no limit.
	maxCommands = 64 << 20
)

var exportFiles = map[ExportTarget]string{ToEnv: "GITHUB_ENV", ToOutput: "GITHUB_OUTPUT"}

func githubReady(job Job, target ExportTarget) error {
	file, err := exportFile(job, target)
	if err != nil {
		return err
	}
	if err = file.check(); err != nil {
		return err
	}
	if err = job.commandFile(stateFile).check(); err != nil {
		return err
	}
	dir, err := leaseDir(job, true)
	if err != nil {
		return err
	}
	return dir.Close()
}

func exportFile(job Job, target ExportTarget) (commandFile, error) {
	variable, ok := exportFiles[target]
	if !ok {
		return commandFile{}, fault.New(fault.Usage, "there is no export target %q", target).
			WithHint("write %s or %s", ToEnv, ToOutput)
	}
	return job.commandFile(variable), nil
}

// githubExport writes all variables in one piece, so that a step has all or
// none.
func githubExport(job Job, target ExportTarget, vars []credential.Var) error {
	file, err := exportFile(job, target)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, v := range vars {
		if err := CheckName(v.Name); err != nil {
			return err
		}
		if err := writable(v.Name, v.Value); err != nil {
			return err
		}
		text.WriteString(heredoc(v.Name, v.Value.Reveal()))
	}
	if text.Len() == 0 {
		return nil
	}
	return file.addWithin(text.String(), maxCommands)
}

func githubBlank(job Job, names []string) error {
	var vars []credential.Var
	for _, name := range names {
		vars = append(vars, credential.Var{Name: name})
	}
	return githubExport(job, ToEnv, vars)
}

// writable reports why the runner would not read value back as it is.
func writable(name string, value secret.Value) error {
	text := value.Reveal()
	switch {
	case strings.ContainsRune(text, 0) || !utf8.ValidString(text):
		return fault.New(fault.Internal, "the value for %s is not text", name)
	case strings.HasSuffix(text, "\r"):
		return fault.New(fault.Internal, "the value for %s ends in a carriage return, which a runner may drop", name)
	case len(name)+len(text) > maxVariable:
		return fault.New(fault.Internal, "the value for %s is too long for an environment variable", name)
	}
	return nil
}

// heredoc returns the lines that give name a value. The line that ends the value
// cannot be guessed by whoever chose the value, and does not occur in it.
func heredoc(name, value string) string {
	end := "autoken_" + random()
	for strings.Contains(value, end) {
		end = "autoken_" + random()
	}
	return name + "<<" + end + "\n" + value + "\n" + end + "\n"
}

// random returns 128 random bits in hex.
func random() string {
	bits := make([]byte, 16)
	rand.Read(bits)
	return hex.EncodeToString(bits)
}

// githubSummarize leaves out what would make the summary too large: GitHub would
// drop what others wrote too. Runners without summaries are no error.
func githubSummarize(job Job, markdown string) error {
	file := job.commandFile("GITHUB_STEP_SUMMARY")
	if file.path == "" {
		return nil
	}
	err := file.addWithin(strings.TrimRight(markdown, "\n")+"\n", maxSummary)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
