package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// One order everywhere: what must be given, then other flags, then arguments.
func TestUsageSaysFlagsBeforeArguments(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		own := false
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { own = own || f.Name != "help" })
		for use := range strings.SplitSeq(c.Use, " | ") {
			words := strings.Fields(use)
			flags, path := -1, len(words)
			for i, word := range words {
				if word == "[flags]" {
					flags = i
				}
				if strings.HasPrefix(word, "[") && word != "[flags]" && path == len(words) {
					path = i
				}
			}
			if own && flags < 0 || flags > path {
				t.Errorf("%s: %q, and it has flags: %v", c.CommandPath(), use, own)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	for _, c := range (&App{}).root(nil).Commands() {
		walk(c)
	}
}

func TestPolicyCommandsAreListedAsTheyAreUsed(t *testing.T) {
	page := runApp(t, nil, ExitDone, "policy", "-h")
	if !strings.Contains(page, "Usage: autoken policy COMMAND\n") {
		t.Error(page)
	}
	at := 0
	for _, name := range []string{"new", "lint", "test", "explain", "diff", "list", "claims", "suggest", "codeowners", "bundle"} {
		next := strings.Index(page, "\n  "+name+" ")
		if next <= at {
			t.Errorf("%s stands at %d, behind %d:\n%s", name, next, at, page)
		}
		at = next
	}
}
