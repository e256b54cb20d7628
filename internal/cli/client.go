package cli

import (
	"cmp"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/session"
)

// Settings that commands share.
var (
	reaching   = []string{"broker", "timeout", "ca-file", "client-cert", "client-key"}
	presenting = []string{"audience", "id-token-file", "id-token-env"}
	requesting = []string{"grant", "protocol", "platform", "target", "platform-url", "rename"}
)

func addSettings(cmd *cobra.Command, lists ...[]string) *cobra.Command {
	for _, names := range lists {
		config.AddFlags(cmd.Flags(), config.Find(names...))
	}
	return cmd
}

// formatsOf is the annotation of a command with other formats than table and json.
const formatsOf = "formats"

// withFormats gives a command the setting format with the formats that it knows;
// the first is the default of every command, table.
func withFormats(cmd *cobra.Command, formats ...string) *cobra.Command {
	addSettings(cmd, []string{"format"})
	last := len(formats) - 1
	cmd.Flags().Lookup("format").Usage = "output `FORMAT`: " + strings.Join(formats[:last], ", ") + " or " + formats[last]
	cmd.Annotations = map[string]string{formatsOf: strings.Join(formats, " ")}
	return cmd
}

// retriesOf a request that carries no ID token; the others are repeated with a
// new one, by session.
const retriesOf = 4

func (a *App) httpClient(retries int) (*httpclient.Client, error) {
	return httpclient.New(httpclient.Config{
		CAFile: a.settings.CAFile, CertFile: a.settings.ClientCert, KeyFile: a.settings.ClientKey,
		Env: a.Env, Retries: retries, UserAgent: "autoken/" + a.Version,
	})
}

// job is the job around this process. Commands for the runner go to out.
func (a *App) job(out io.Writer, client *httpclient.Client) ci.Job {
	return ci.Job{Env: a.Env, HTTP: a.traced(client), Out: out, Now: a.Now}
}

func (a *App) choice() ci.Choice {
	return ci.Choice{IDTokenFile: a.settings.IDTokenFile, IDTokenEnv: a.settings.IDTokenEnv, FromEnv: a.settings.TokenFromEnv}
}

// newSession prepares to ask the broker, without asking anyone yet.
func (a *App) newSession(out io.Writer) (*session.Session, error) {
	if err := a.settings.RequireRequest(); err != nil {
		return nil, err
	}
	renames, err := session.ParseRenames(a.settings.Rename, ci.CheckName)
	if err != nil {
		return nil, err
	}
	client, err := a.httpClient(0)
	if err != nil {
		return nil, err
	}
	job := a.job(out, client)
	system, err := ci.Detect(job, a.choice())
	if err != nil {
		return nil, err
	}
	s := &session.Session{
		Job: job, System: system, Audience: a.audience(),
		Grants: a.settings.Grants, DryRun: a.settings.DryRun, Renames: renames,
		Patience: a.patience(), Timeout: a.settings.Timeout,
		Loopback: isLoopback(a.settings.Broker), Template: a.leaseTemplate(client),
	}
	from := s.Template
	from.Platform = a.settings.Platform
	s.Broker = a.brokerClient(from, job.HTTP, job, system)
	a.conceal = s.Conceal
	return s, nil
}

// brokerClient makes the client for the broker that a lease is to come from, or
// came from.
func (a *App) brokerClient(l ci.Lease, client ci.Doer, job ci.Job, system ci.System) session.Broker {
	if l.Protocol != config.Lambda {
		return &exchange.Client{Broker: l.Broker, HTTP: client, Now: a.Now}
	}
	return &session.Lambda{
		Client:  exchange.LambdaClient{URL: l.Broker, HTTP: client},
		Request: exchange.LambdaRequest{Platform: l.Platform, Project: l.Project, PlatformURL: l.PlatformURL},
		Job:     job, System: system,
	}
}

// patience shows a person at a terminal that something goes on. In a job nothing
// may be printed before the masks.
func (a *App) patience() session.Patience {
	p := session.Patience{Now: a.Now, Pause: session.Sleep}
	if _, terminal := a.Terminal(a.Stderr); terminal && a.Env("CI") == "" && a.Env("GITHUB_ACTIONS") == "" {
		p.Again = func(err error, _ time.Duration) { a.say("trying again, for up to %s: %s", a.settings.Timeout, err) }
	}
	return p
}

// project is the SonarQube project of the lambda protocol.
func (a *App) project() string {
	if a.settings.Protocol != config.Lambda {
		return ""
	}
	return cmp.Or(a.settings.Target, exchange.ProjectDefault(a.Env("GITHUB_REPOSITORY")))
}

func (a *App) audience() string {
	if a.settings.Protocol == config.Lambda {
		return cmp.Or(a.settings.Audience, exchange.LambdaAudience)
	}
	return cmp.Or(a.settings.Audience, a.settings.Broker)
}

// leaseTemplate says how the broker was reached, so that logout reaches it the
// same way whatever later steps do to the environment.
func (a *App) leaseTemplate(client *httpclient.Client) ci.Lease {
	l := ci.Lease{
		Protocol: a.settings.Protocol, Broker: a.settings.Broker,
		CAFile: absolute(a.settings.CAFile), CertFile: absolute(a.settings.ClientCert), KeyFile: absolute(a.settings.ClientKey),
		PlatformURL: a.settings.PlatformURL, Project: a.project(),
	}
	if u, err := url.Parse(a.settings.Broker); err == nil {
		if route := client.Route(u); !route.Direct {
			l.Proxy = a.Env(route.Variable)
		}
	}
	return l
}

func absolute(name string) string {
	if name == "" {
		return ""
	}
	if full, err := filepath.Abs(name); err == nil {
		return full
	}
	return name
}

func isLoopback(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && httpclient.IsLoopback(u.Hostname())
}
