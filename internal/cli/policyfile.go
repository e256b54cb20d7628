package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/plainfile"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

// policyPath is the policy that a command is about: the argument, or what lies
// here under one of its usual names.
func policyPath(args []string) (string, error) {
	if len(args) > 1 {
		return "", fault.New(fault.Usage, "one policy at a time: %q", args[1])
	}
	if len(args) == 1 {
		return args[0], isPolicy(args[0])
	}
	for _, usual := range []string{policy.FileName, "policy"} {
		if _, err := os.Stat(usual); err == nil {
			return usual, nil
		}
	}
	err := fault.New(fault.Usage, "there is no %s and no policy/ here", policy.FileName)
	return "", withPolicyAbove(err, ".", "name the policy's file or folder; to write a first one: autoken help first-policy")
}

// isPolicy refuses the files and folders of a policy that are not the policy
// itself: what a team's grants may do stands in the policy that includes them.
func isPolicy(path string) error {
	shown := quote.Text(path)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.Usage, "there is no %s", shown).WithHint("name the policy's file, or the folder with its %s", policy.FileName)
	case err != nil:
		return nil //nolint:nilerr // whoever opens it says so
	case info.IsDir():
		if _, missing := os.Stat(filepath.Join(path, policy.FileName)); missing == nil {
			return nil
		}
		none := fault.New(fault.Usage, "the folder %s has no %s", shown, policy.FileName)
		return withPolicyAbove(none, filepath.Join(path, ".."), "name the policy's main file, or call it "+policy.FileName)
	}
	text, err := plainfile.Read(path)
	if err != nil {
		return nil //nolint:nilerr // whoever opens it says so
	}
	switch keys := topKeys(string(text)); {
	case slices.Contains(keys, "issuers"):
		return nil
	case slices.Contains(keys, "team"):
		err := fault.New(fault.Usage, "%s is the file of one team", shown)
		return withPolicyAbove(err, filepath.Dir(path), "name the policy that includes it")
	case policy.IsSideCar(path):
		err := fault.New(fault.Usage, "%s has the tests of the file beside it", shown)
		return withPolicyAbove(err, filepath.Dir(path), "name the policy that they belong to")
	}
	return nil
}

// withPolicyAbove adds a hint at the policy in dir or in one of the folders above
// it, or else the other one.
func withPolicyAbove(err *fault.Error, dir, other string) error {
	for range 4 {
		if _, missing := os.Stat(filepath.Join(dir, policy.FileName)); missing == nil {
			if line, ok := quote.Shell([]string{"autoken", "policy", "lint", dir}); ok {
				return err.WithHint("look at the policy that it belongs to: %s", line)
			}
		}
		dir = filepath.Join(dir, "..")
	}
	return err.WithHint("%s", other)
}

// topKeys lists the keys that begin a line, which in a policy's file are those of
// the document.
func topKeys(text string) []string {
	var keys []string
	for line := range strings.Lines(text) {
		key, _, found := strings.Cut(line, ":")
		if found && key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz") == "" {
			keys = append(keys, key)
		}
	}
	return keys
}
