package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/broker"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

func (a *App) brokerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "broker COMMAND",
		Short:   "Hand out credentials by a policy",
		Example: "  autoken broker serve --config broker.yaml\n  (umask 077; autoken broker keygen > lease.key)",
		Args:    a.noSuchCommand,
		Run:     func(cmd *cobra.Command, _ []string) { a.help(cmd, nil) },
	}
	cmd.AddCommand(a.serveCommand(), a.keygenCommand())
	return cmd
}

func (a *App) keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "keygen",
		Short:   "Print a new lease key",
		Long:    "Keygen prints 32 random bytes in base64: a key under which a broker seals\nleases. It is as critical as an admin credential.",
		Example: "  (umask 077; autoken broker keygen > lease.key)\n  (umask 077; autoken broker keygen > /run/secrets/lease/2)",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.Stdout, base64.StdEncoding.EncodeToString(exchange.NewLeaseKey()))
			return err
		},
	}
}

// serving is what broker serve was told.
type serving struct {
	file   string
	dev    bool
	listen string
}

func (a *App) serveCommand() *cobra.Command {
	var s serving
	cmd := &cobra.Command{
		Use:   "serve --config FILE [flags]",
		Short: "Answer jobs: verify, decide, issue, record",
		Long: "Serve answers jobs until it is told to stop. The first line on stdout is the URL\n" +
			"it listens on, then decision records, one JSON object a line.\n\n" +
			"With --dev it is for development alone: it listens on this machine only, knows\n" +
			"only the sandbox platform and issuers on this machine, and needs no lease key.",
		Example: "  autoken broker serve --config /etc/autoken/broker.yaml\n  autoken broker serve --dev --config broker.yaml --listen 127.0.0.1:0",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), s) },
	}
	cmd.Flags().StringVar(&s.file, "config", "", "the broker's configuration `FILE`")
	cmd.Flags().BoolVar(&s.dev, "dev", false, "for development on this machine alone")
	cmd.Flags().StringVar(&s.listen, "listen", "", "listen on `ADDRESS`, not on the one configured")
	return cmd
}

func (a *App) serve(ctx context.Context, s serving) error {
	a.Protect()
	conf, err := a.brokerConfig(s)
	if err != nil {
		return err
	}
	listener, err := a.listen(ctx, conf.Listen, s)
	if err != nil {
		return err
	}
	if s.dev {
		conf.PublicURL = "http://" + listener.Addr().String()
	}
	made, err := a.brokerParts(ctx, conf, s.dev)
	if err != nil {
		return err
	}
	b, err := broker.New(made)
	if err != nil {
		return a.policyFailure(err)
	}
	fmt.Fprintln(a.Stdout, scheme(conf.Listen)+listener.Addr().String())
	return b.Serve(ctx, listener)
}

func scheme(l config.Listen) string {
	if l.Cert.IsZero() {
		return "http://"
	}
	return "https://"
}

func (a *App) brokerConfig(s serving) (config.Broker, error) {
	if s.file == "" {
		return config.Broker{}, fault.New(fault.Usage, "no configuration was named").WithHint("autoken broker serve --config broker.yaml")
	}
	conf, findings, err := config.ReadBroker(s.file)
	if err != nil {
		return config.Broker{}, err
	}
	if len(findings) > 0 {
		a.showFindings(a.Stderr, findings)
		return conf, fault.New(fault.Usage, "%s cannot be used", s.file)
	}
	if s.listen != "" {
		conf.Listen.Address = s.listen
	}
	return conf, nil
}

func (a *App) brokerParts(ctx context.Context, c config.Broker, dev bool) (broker.Config, error) {
	files := &broker.PolicyFiles{Path: c.Policy, Options: policy.Options{Dev: dev}, Now: a.Now}
	loaded, findings, err := files.Load() // the broker's first look finds what this one read
	switch {
	case err != nil:
		return broker.Config{}, err
	case len(findings) > 0:
		return broker.Config{}, a.policyFailure(&broker.PolicyError{Findings: findings})
	}
	keys, err := a.leaseKeys(ctx, c, dev)
	if err != nil {
		return broker.Config{}, err
	}
	fetcher, err := a.issuerClient(c, dev)
	if err != nil {
		return broker.Config{}, err
	}
	started := a.Started.Truncate(time.Second)
	if !dev {
		started = started.Add(time.Second) // an ID token of the second we started in may have been used before it
	}
	made := broker.Config{
		Built: a.Build().Time, Instance: c.Instance, PublicURL: c.PublicURL, Dev: dev, Now: a.Now, Started: started,
		LoadPolicy:  files.Load,
		Connections: a.connections(c, loaded, dev), LeaseKeys: keys, Fetch: fetcher.Fetch,
		Limits: c.Limits, TrustedProxies: c.TrustedProxies,
		Records: record.NewLog(a.Stdout), Log: slog.New(slog.NewTextHandler(a.Stderr, nil)),
	}
	if c.Kill != "" {
		made.LoadKill = func() (broker.Kill, error) { return loadKill(c.Kill) }
	}
	return made, nil
}

func loadKill(name string) (broker.Kill, error) {
	text, err := os.ReadFile(name) //nolint:gosec // the operator named it
	if err != nil {
		return broker.Kill{}, err
	}
	return broker.ParseKill(name, text)
}

// leaseKeys reads the keys. Without them a restarted broker, or a second one,
// could revoke nothing that was issued before; only --dev may do without.
func (a *App) leaseKeys(ctx context.Context, c config.Broker, dev bool) (*exchange.Keyring, error) {
	var keys [][]byte
	for _, source := range c.LeaseKeys {
		text, err := source.Read(ctx, a.Env)
		if err != nil {
			return nil, err
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text.Reveal()))
		if err != nil {
			return nil, fault.New(fault.Usage, "the lease key from %s is not base64", source).WithHint("autoken broker keygen makes one")
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 && dev {
		keys = append(keys, exchange.NewLeaseKey())
	}
	if len(keys) == 0 {
		return nil, fault.New(fault.Usage, "the broker has no lease_keys, and without them it could not revoke what it issued before a restart").
			WithHint("(umask 077; autoken broker keygen > lease.key)\n  and in the configuration: lease_keys: [{file: lease.key}]")
	}
	return exchange.NewKeyring(c.Instance, keys...)
}

// issuerClient asks issuers for their keys: public hosts alone, except with --dev.
func (a *App) issuerClient(c config.Broker, dev bool) (*httpclient.Client, error) {
	settings := httpclient.Config{CAFile: c.Outbound.CAFile, Retries: 1, Timeout: 5 * time.Second, UserAgent: "autoken/" + a.Version}
	switch c.Outbound.Proxy {
	case "":
	case "from-environment":
		settings.Env = a.Env
	default:
		settings.Proxy = c.Outbound.Proxy
	}
	if !dev {
		settings.Guard = httpclient.Public
	}
	return httpclient.New(settings)
}

// connections are the platforms as configured; what kind each is says the policy.
// Sandboxes live in the broker and need no configuration.
func (a *App) connections(c config.Broker, p *policy.Policy, dev bool) map[string]platform.Connection {
	all := map[string]platform.Connection{}
	for _, configured := range c.Connections {
		all[configured.Name] = platform.Connection{Name: configured.Name, Platform: p.Connections[configured.Name], URL: configured.URL, Now: a.Now}
	}
	for name, kind := range p.Connections {
		if dev && kind == "sandbox" {
			url := c.PublicURL + broker.SandboxPath + name
			all[name] = platform.Connection{Name: name, Platform: kind, URL: url, Sandbox: platform.NewSandbox(a.Now), Now: a.Now}
		}
	}
	return all
}
