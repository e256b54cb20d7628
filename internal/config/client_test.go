package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/fault"
)

// load loads settings as a command that knows all of them does.
func load(t *testing.T, environ []string, file string, args ...string) (config.Client, []string, error) {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.AddFlags(flags, config.Settings)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return config.Load(config.Source{
		Flags: flags, Settings: config.Settings, Environ: environ,
		ReadFile: func(name string) ([]byte, error) {
			if name != "settings.yaml" {
				return nil, errors.New("no such file")
			}
			return []byte(file), nil
		},
	})
}

func TestFlagsOverEnvironmentOverFile(t *testing.T) {
	file := "broker: https://file.example/\ntimeout: 5s\ngrant: [f1, f2]\nexport: output\n"
	environ := []string{"AUTOKEN_BROKER=https://env.example", "AUTOKEN_TIMEOUT=6s", "AUTOKEN_CONFIG=settings.yaml", "AUTOKEN_EXPORT="}
	got, notes, err := load(t, environ, file, "--timeout", "7s")
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	if got.Broker != "https://env.example" || got.Timeout != 7*time.Second || got.Export != "output" {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]string{"f1", "f2"}, got.Grants); diff != "" {
		t.Error(diff)
	}
	if got, _, _ := load(t, []string{"AUTOKEN_GRANT= a/b  c\n"}, ""); !cmp.Equal(got.Grants, []string{"a/b", "c"}) {
		t.Errorf("grants %q", got.Grants)
	}
	if got, _, _ := load(t, nil, file, "--config", "settings.yaml"); got.Broker != "https://file.example" {
		t.Errorf("broker %q", got.Broker)
	}
}

// C23: what lies in the checkout can be written by a pull request.
func TestC23NoFileIsReadThatNobodyNamed(t *testing.T) {
	got, _, err := load(t, nil, "broker: https://file.example")
	if err != nil || got.Broker != "" {
		t.Errorf("%q, %v", got.Broker, err)
	}
}

// S17: data that reaches the environment must not choose these.
func TestS17DangerousSettingsHaveNoVariable(t *testing.T) {
	environ := []string{"AUTOKEN_AUDIENCE=https://evil.example", "AUTOKEN_PROTOCOL=lambda", "AUTOKEN_NO_MASK=true", "AUTOKEN_DEV=1", "AUTOKEN_BRKOER=x"}
	got, notes, err := load(t, environ, "")
	if err != nil || got.Audience != "" || got.Protocol != config.TokenExchange || got.NoMask {
		t.Errorf("%+v, %v", got, err)
	}
	if len(notes) != len(environ) {
		t.Errorf("notes %q", notes)
	}
	for _, s := range config.Settings {
		if s.FlagOnly && s.Env() != "" {
			t.Errorf("--%s has the variable %s", s.Name, s.Env())
		}
	}
}

func TestWhereTheTokenComesFromIsKnown(t *testing.T) {
	for _, test := range []struct {
		environ, args []string
		want          bool
	}{
		{nil, nil, false},
		{nil, []string{"--id-token-file", "f"}, false},
		{[]string{"AUTOKEN_ID_TOKEN_FILE=f"}, nil, true},
		{[]string{"AUTOKEN_ID_TOKEN_ENV=E"}, nil, true},
		{[]string{"AUTOKEN_ID_TOKEN_FILE=e"}, []string{"--id-token-file", "f"}, false},
	} {
		got, _, err := load(t, test.environ, "", test.args...)
		if err != nil || got.TokenFromEnv != test.want {
			t.Errorf("%q %q: %v, %v", test.environ, test.args, got.TokenFromEnv, err)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for _, test := range []struct {
		environ []string
		file    string
		args    []string
		want    string
	}{
		{environ: []string{"AUTOKEN_TIMEOUT=soon"}, want: `AUTOKEN_TIMEOUT: "soon" is no duration`},
		{environ: []string{"AUTOKEN_DRY_RUN=maybe"}, want: `AUTOKEN_DRY_RUN: "maybe" is no truth value`},
		{environ: []string{"AUTOKEN_CONFIG=missing.yaml"}, want: "reading settings: no such file"},
		{args: []string{"--export", "nowhere"}, want: `--export cannot be "nowhere"`},
		{args: []string{"--protocol", "soap"}, want: `--protocol cannot be "soap"`},
		{args: []string{"--timeout", "2h"}, want: "--timeout is 2h0m0s"},
		{args: []string{"--config", "settings.yaml"}, file: "broker: [", want: "settings.yaml"},
		{args: []string{"--config", "settings.yaml"}, file: "timeout: soon", want: `timeout: "soon" is no duration`},
		{args: []string{"--config", "settings.yaml"}, file: "timeout: 60", want: `timeout: "60" is no duration`},
		{args: []string{"--config", "settings.yaml"}, file: "broker: {a: b}", want: "broker is not a single value"},
		{args: []string{"--config", "settings.yaml"}, file: "brocker: x", want: `there is no setting "brocker"`},
	} {
		_, _, err := load(t, test.environ, test.file, test.args...)
		if err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q %q %q: %v", test.environ, test.args, test.file, err)
		}
	}
}

func TestRequireRequest(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string // "" for fine
	}{
		{[]string{"--broker", "https://b.example", "--grant", "g"}, ""},
		{[]string{"--broker", "https://b.example", "--protocol", "lambda", "--platform", "sonarqube"}, ""},
		{nil, "no broker was named"},
		{[]string{"--broker", "http://b.example", "--grant", "g"}, "must begin with https://"},
		{[]string{"--broker", "https://u:p@b.example", "--grant", "g"}, "has a user name"},
		{[]string{"--broker", "https://b.example"}, "no grant was named"},
		{[]string{"--broker", "https://b.example", "--grant", "g", "--target", "x"}, "belong to --protocol lambda"},
		{[]string{"--broker", "https://b.example", "--protocol", "lambda"}, "needs --platform"},
		{[]string{"--broker", "https://b.example", "--protocol", "lambda", "--grant", "g"}, "belongs to the token-exchange protocol"},
		{[]string{"--broker", "https://b.example", "--protocol", "lambda", "--platform", "p", "--dry-run"}, "no dry run"},
	} {
		c, _, err := load(t, nil, "", test.args...)
		if err != nil {
			t.Fatal(err)
		}
		err = c.RequireRequest()
		if test.want == "" && err != nil || test.want != "" && (err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q: %v", test.args, err)
		}
	}
}

// A command says which formats it writes, and a variable can ask for no other.
func TestFormatsAreTheCommands(t *testing.T) {
	for format, formats := range map[string][]string{"json": nil, "sarif": {"table", "sarif"}} {
		flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
		config.AddFlags(flags, config.Find("format"))
		src := config.Source{Flags: flags, Settings: config.Find("format"), Environ: []string{"AUTOKEN_FORMAT=" + format}, Formats: formats}
		if got, _, err := config.Load(src); err != nil || got.Format != format {
			t.Errorf("%s: %q, %v", format, got.Format, err)
		}
		src.Formats = []string{"table", "xml"}
		if _, _, err := config.Load(src); err == nil || !strings.Contains(fault.HintOf(err), "table, xml") {
			t.Errorf("%s of table and xml: %v", format, err)
		}
	}
}
