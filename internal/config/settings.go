// Package config turns flags, environment variables and named files into typed
// settings.
package config

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/autoken/autoken/internal/check"
)

// Setting is one thing that a person can choose. Its flag is --Name, its
// environment variable AUTOKEN_NAME unless FlagOnly.
type Setting struct {
	Name     string
	Short    string // one letter, "" for none
	Usage    string // with the value's name in back quotes
	Default  any    // string, bool, int (counted), time.Duration or []string (repeatable)
	FlagOnly bool   // dangerous in an environment that a pull request's data can reach
	Words    bool   // a list whose environment variable is separated by white space, else by lines
}

// Settings lists every setting of every command that asks a broker.
var Settings = []Setting{
	{Name: "broker", Usage: "the broker's `URL`", Default: ""},
	{Name: "grant", Usage: "`ID` of the grant to ask for; repeatable", Default: []string{}, Words: true},
	{Name: "audience", Usage: "audience `TEXT` of the ID token (default: the broker's URL)", Default: "", FlagOnly: true},
	{Name: "id-token-file", Usage: "read the ID token from `FILE`", Default: ""},
	{Name: "id-token-env", Usage: "read the ID token from the variable `NAME`", Default: ""},
	{Name: "timeout", Usage: "`DURATION` after which the whole command gives up", Default: 60 * time.Second},
	{Name: "ca-file", Usage: "PEM `FILE` with further certificate authorities", Default: ""},
	{Name: "client-cert", Usage: "PEM `FILE` with a client certificate", Default: ""},
	{Name: "client-key", Usage: "PEM `FILE` with the client certificate's key", Default: ""},
	{Name: "protocol", Usage: "`NAME` of the broker's protocol: token-exchange, or lambda (Autoken on AWS)", Default: TokenExchange, FlagOnly: true},
	{Name: "platform", Usage: "with --protocol lambda: sonarqube or artifactory, as `NAME`", Default: ""},
	{Name: "target", Usage: "with --protocol lambda: the SonarQube project's `KEY` (default: from GITHUB_REPOSITORY)", Default: ""},
	{Name: "platform-url", Usage: "with --protocol lambda: the platform's `URL`", Default: ""},
	{Name: "rename", Usage: "write a variable under another name, as `OLD=NEW` or GRANT:OLD=NEW; repeatable", Default: []string{}, Words: true},
	{Name: "export", Usage: "`WHERE` to write the variables: env (later steps) or output (this step's outputs)", Default: "env"},
	{Name: "dry-run", Usage: "ask for the decision alone; nothing is issued", Default: false},
	{Name: "strict-logout", Usage: "fail when a credential could not be revoked", Default: false},
	{Name: "action-state", Usage: "give back the leases of this action's own login step", Default: false, FlagOnly: true},
	{Name: "no-mask", Usage: "do not mask the command's output", Default: false, FlagOnly: true},
	{Name: "as-grant", Usage: "print a grant and two tests for exactly this job", Default: false},
	{Name: "policy", Usage: "show which grants of the policy at `PATH` admit this job", Default: ""},
	{Name: "format", Usage: "output `FORMAT`: table or json", Default: "table"},
	{Name: "config", Usage: "read settings from the YAML `FILE` too", Default: ""},
	{Name: "color", Usage: "`WHEN` to use colour: auto, always or never", Default: "auto"},
	{Name: "quiet", Short: "q", Usage: "print errors and results only", Default: false},
	{Name: "verbose", Short: "v", Usage: "say more; -vv shows requests, never their bodies", Default: 0},
}

// Global names the settings that every command has.
var Global = []string{"color", "config", "quiet", "verbose"}

// The wire protocols.
const (
	TokenExchange = "token-exchange"
	Lambda        = "lambda"
)

// Env returns the name of the setting's environment variable, "" where it has
// none.
func (s Setting) Env() string {
	if s.FlagOnly {
		return ""
	}
	return envName(s.Name)
}

func envName(setting string) string {
	return "AUTOKEN_" + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// Find returns the settings called names, in that order. It panics on a name
// that is none: commands list their settings as constants.
func Find(names ...string) []Setting {
	var found []Setting
	for _, name := range names {
		i := slices.IndexFunc(Settings, func(s Setting) bool { return s.Name == name })
		found = append(found, Settings[i])
	}
	return found
}

// FlagHint says what to type where a flag could not be understood.
func FlagHint(command string, flags *pflag.FlagSet, err error) string {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return command + " -h lists its flags"
	}
	var known []string
	flags.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	if near := check.Nearest(unknown.GetSpecifiedName(), known); near != "" {
		return "did you mean --" + near + "?"
	}
	return command + " -h lists its flags"
}

// AddFlags defines a flag for each setting.
func AddFlags(flags *pflag.FlagSet, settings []Setting) {
	for _, s := range settings {
		switch d := s.Default.(type) {
		case string:
			flags.StringP(s.Name, s.Short, d, s.Usage)
		case bool:
			flags.BoolP(s.Name, s.Short, d, s.Usage)
		case int:
			flags.CountP(s.Name, s.Short, s.Usage)
		case time.Duration:
			flags.DurationP(s.Name, s.Short, d, s.Usage)
		case []string:
			flags.StringArrayP(s.Name, s.Short, d, s.Usage)
		}
	}
}
