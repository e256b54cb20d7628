package config

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
)

// Client is what the commands of a job were told.
type Client struct {
	Broker       string // without a trailing slash; "" where none was named
	Grants       []string
	Audience     string
	IDTokenFile  string
	IDTokenEnv   string
	TokenFromEnv bool // the environment, not a flag, chose where the ID token comes from
	Timeout      time.Duration
	CAFile       string
	ClientCert   string
	ClientKey    string
	Protocol     string
	Platform     string
	Target       string
	PlatformURL  string
	Rename       []string
	Export       string
	DryRun       bool
	StrictLogout bool
	NoMask       bool
	AsGrant      bool
	Policy       string
	Format       string
	Color        string
	Quiet        bool
	Verbose      int
	ActionState  bool

	flagged []string // settings that were given as flags
	known   []string // settings that the command has
	formats []string // what --format may be
}

func (c Client) has(setting string) bool { return slices.Contains(c.known, setting) }

// Flagged reports whether a setting was given as a flag: the environment and
// files may have been written by data.
func (c Client) Flagged(setting string) bool { return slices.Contains(c.flagged, setting) }

// Source is where settings come from: flags win over the environment, the
// environment over the file that was named.
type Source struct {
	Flags    *pflag.FlagSet
	Settings []Setting // those that the command knows
	Environ  []string
	ReadFile func(name string) ([]byte, error)
	Formats  []string // what --format may be; none for table and json
}

// Load returns the settings, and notes on variables that this command does not
// know. Nothing is read from a file that neither --config nor AUTOKEN_CONFIG
// names: what lies in the checkout can be written by a pull request.
func Load(src Source) (Client, []string, error) {
	v := viper.New()
	for _, s := range src.Settings {
		v.SetDefault(s.Name, s.Default)
	}
	if err := v.BindPFlags(src.Flags); err != nil {
		return Client{}, nil, fault.New(fault.Internal, "binding flags: %w", err)
	}
	env, notes, err := src.environment()
	if err != nil {
		return Client{}, notes, err
	}
	if err := src.file(v, env); err != nil {
		return Client{}, notes, err
	}
	if err := v.MergeConfigMap(env); err != nil {
		return Client{}, notes, fault.New(fault.Internal, "reading the environment: %w", err)
	}
	c := fill(v)
	if c.formats = src.Formats; len(c.formats) == 0 {
		c.formats = []string{"table", "json"}
	}
	for _, s := range src.Settings {
		c.known = append(c.known, s.Name)
	}
	src.Flags.Visit(func(f *pflag.Flag) { c.flagged = append(c.flagged, f.Name) })
	c.TokenFromEnv = src.fromEnv(env, "id-token-file") || src.fromEnv(env, "id-token-env")
	return c, notes, c.check()
}

func (src Source) fromEnv(env map[string]any, setting string) bool {
	return env[setting] != nil && !src.Flags.Changed(setting)
}

// notSettings are variables of ours that are no settings: the ID token itself,
// and what the action passes from one of its steps to the next.
var notSettings = []string{"AUTOKEN_ID_TOKEN"}

func (src Source) environment() (map[string]any, []string, error) {
	env := map[string]any{}
	var notes []string
	for _, entry := range src.Environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AUTOKEN_") || value == "" || slices.Contains(notSettings, name) {
			continue
		}
		i := slices.IndexFunc(src.Settings, func(s Setting) bool { return s.Env() == name })
		if i < 0 {
			notes = appendNote(notes, name)
			continue
		}
		parsed, err := src.Settings[i].parse(name, value)
		if err != nil {
			return nil, notes, err
		}
		env[src.Settings[i].Name] = parsed
	}
	return env, notes, nil
}

// appendNote says what is wrong with a variable that will not count. A setting of
// other commands is nothing to speak of: workflows set them for all steps.
func appendNote(notes []string, variable string) []string {
	for _, s := range Settings {
		switch {
		case envName(s.Name) != variable:
		case s.FlagOnly:
			return append(notes, variable+" is ignored: --"+s.Name+" has no environment variable, for safety")
		default:
			return notes
		}
	}
	return append(notes, variable+" is ignored: autoken has no such setting")
}

// parse reads the setting's text form, which came from where.
func (s Setting) parse(where, text string) (any, error) {
	var value any = text
	var err error
	switch s.Default.(type) {
	case bool:
		value, err = strconv.ParseBool(text)
	case int:
		value, err = strconv.Atoi(text)
	case time.Duration:
		value, err = time.ParseDuration(text)
	case []string:
		value = s.split(text)
	}
	if err != nil {
		return nil, fault.New(fault.Usage, "%s: %q is no %s", where, text, s.kind())
	}
	return value, nil
}

func (s Setting) split(text string) []string {
	if s.Words {
		return strings.Fields(text)
	}
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
}

func (s Setting) kind() string {
	switch s.Default.(type) {
	case bool:
		return "truth value; write true or false"
	case time.Duration:
		return "duration; write for example 90s or 2m"
	default:
		return "number"
	}
}

func fill(v *viper.Viper) Client {
	return Client{
		Broker:       strings.TrimRight(v.GetString("broker"), "/"),
		Grants:       v.GetStringSlice("grant"),
		Audience:     v.GetString("audience"),
		IDTokenFile:  v.GetString("id-token-file"),
		IDTokenEnv:   v.GetString("id-token-env"),
		Timeout:      v.GetDuration("timeout"),
		CAFile:       v.GetString("ca-file"),
		ClientCert:   v.GetString("client-cert"),
		ClientKey:    v.GetString("client-key"),
		Protocol:     v.GetString("protocol"),
		Platform:     v.GetString("platform"),
		Target:       v.GetString("target"),
		PlatformURL:  v.GetString("platform-url"),
		Rename:       v.GetStringSlice("rename"),
		Export:       v.GetString("export"),
		DryRun:       v.GetBool("dry-run"),
		StrictLogout: v.GetBool("strict-logout"),
		NoMask:       v.GetBool("no-mask"),
		AsGrant:      v.GetBool("as-grant"),
		Policy:       v.GetString("policy"),
		Format:       v.GetString("format"),
		Color:        v.GetString("color"),
		Quiet:        v.GetBool("quiet"),
		Verbose:      v.GetInt("verbose"),
		ActionState:  v.GetBool("action-state"),
	}
}

// choices are the settings with a closed list of values.
var choices = []struct {
	setting string
	known   []string
	value   func(Client) string
}{
	{"protocol", []string{TokenExchange, Lambda}, func(c Client) string { return c.Protocol }},
	{"export", []string{"env", "output"}, func(c Client) string { return c.Export }},
	{"color", []string{"auto", "always", "never"}, func(c Client) string { return c.Color }},
}

// check refuses what is wrong whichever command it was given to.
func (c Client) check() error {
	for _, choice := range choices {
		if err := chosen(choice.setting, choice.value(c), choice.known); err != nil {
			return err
		}
	}
	if err := chosen("format", c.Format, c.formats); err != nil {
		return err
	}
	if timed := c.has("timeout"); timed && (c.Timeout < time.Second || c.Timeout > time.Hour) {
		return fault.New(fault.Usage, "--timeout is %s", c.Timeout).WithHint("write a duration from 1s to 1h, for example 60s")
	}
	return nil
}

func chosen(setting, value string, known []string) error {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	return fault.New(fault.Usage, "--%s cannot be %q", setting, value).WithHint("write one of: %s", strings.Join(known, ", "))
}

// RequireBroker refuses settings without a usable broker URL.
func (c Client) RequireBroker() error {
	if c.Broker == "" {
		return fault.New(fault.Usage, "no broker was named").
			WithHint("pass --broker URL or set AUTOKEN_BROKER; your platform team knows the URL")
	}
	if _, err := httpclient.RequireHTTPS(c.Broker); err != nil {
		return fault.New(fault.Usage, "--broker: %w", err)
	}
	return nil
}

// RequireRequest refuses settings that do not say what to ask the broker for.
func (c Client) RequireRequest() error {
	if err := c.RequireBroker(); err != nil {
		return err
	}
	switch {
	case c.Protocol == Lambda && !c.Flagged("broker"):
		return fault.New(fault.Usage, "with --protocol lambda the broker is named by --broker alone").
			WithHint("every such broker accepts the same ID token, so the URL must not come from the environment")
	case c.Protocol == Lambda && len(c.Grants) > 0:
		return fault.New(fault.Usage, "--grant belongs to the token-exchange protocol").
			WithHint("with --protocol lambda name --platform and --target")
	case c.Protocol == Lambda && c.Platform == "":
		return fault.New(fault.Usage, "--protocol lambda needs --platform").WithHint("--platform sonarqube, or --platform artifactory")
	case c.Protocol == Lambda && c.DryRun:
		return fault.New(fault.Usage, "the lambda protocol has no dry run").WithHint("leave --dry-run away")
	case c.Protocol != Lambda && c.Platform+c.Target+c.PlatformURL != "":
		return fault.New(fault.Usage, "--platform, --target and --platform-url belong to --protocol lambda").
			WithHint("name the grant: --grant ID")
	case c.Protocol != Lambda && len(c.Grants) == 0:
		return fault.New(fault.Usage, "no grant was named").
			WithHint("pass --grant ID; autoken whoami --as-grant prints a grant for this job")
	}
	return nil
}
