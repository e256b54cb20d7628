// Package demo is the whole system in one process: an OIDC issuer that plays the
// runner's token endpoint, the broker, and a platform.
package demo

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/autoken/autoken/internal/broker"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/issuer"
	"github.com/autoken/autoken/internal/platform"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

//go:embed policy
var policyFiles embed.FS

// Grant is what the demo's policy grants.
const Grant = "demo/deploy"

// World is a running demo. Every key in it was made for it.
type World struct {
	Broker   string // URL
	Platform string // URL that answers 200 to a live token
	Dir      string // its policy and, with Keep, what its jobs write
	Push     issuer.Job
	Pull     issuer.Job
	Sandbox  *platform.Sandbox

	group  *errgroup.Group
	cancel context.CancelFunc
}

// Start starts a world on loopback. Decision records go to log.
func Start(ctx context.Context, now func() time.Time, log io.Writer) (*World, error) {
	dir, err := os.MkdirTemp("", "autoken-demo-")
	if err != nil {
		return nil, fault.New(fault.Internal, "making the demo's folder: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &World{Dir: dir, Sandbox: platform.NewSandbox(now), cancel: cancel}
	w.group, ctx = errgroup.WithContext(ctx)
	if err := w.start(ctx, now, log); err != nil {
		w.Stop()
		return nil, err
	}
	return w, nil
}

func (w *World) start(ctx context.Context, now func() time.Time, log io.Writer) error {
	ids, err := issuer.New(issuer.Config{Now: now})
	if err != nil {
		return err
	}
	if ids.URL, err = w.serveIssuer(ctx, ids); err != nil {
		return err
	}
	w.Push, w.Pull = ids.StartJob(issuer.GitHubPush()), ids.StartJob(issuer.GitHubPullRequest())

	listener, err := listen(ctx)
	if err != nil {
		return err
	}
	w.Broker = "http://" + listener.Addr().String()
	w.Platform = w.Broker + broker.SandboxPath + "sandbox"
	if err = writePolicy(w.PolicyDir(), ids.URL, w.Broker); err != nil {
		return err
	}
	b, err := w.newBroker(now, log)
	if err != nil {
		return err
	}
	w.group.Go(func() error { return b.Serve(ctx, listener) })
	return nil
}

// Granted says where in the policy the demo's grant stands, as file:line.
func (w *World) Granted() string {
	p, _, err := policy.Load(os.DirFS(w.PolicyDir()), ".", policy.Options{Dev: true})
	if err != nil || p.Grant(Grant) == nil {
		return policy.FileName
	}
	pos := p.Grant(Grant).Pos
	return fmt.Sprintf("%s:%d", path.Base(pos.File), pos.Line)
}

// PolicyDir is where the demo's policy lies while it runs.
func (w *World) PolicyDir() string { return filepath.Join(w.Dir, "policy") }

func listen(ctx context.Context) (net.Listener, error) {
	var plain net.ListenConfig
	l, err := plain.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fault.New(fault.Internal, "listening on loopback: %w", err)
	}
	return l, nil
}

func (w *World) serveIssuer(ctx context.Context, ids *issuer.Issuer) (string, error) {
	l, err := listen(ctx)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: ids, ReadHeaderTimeout: time.Second}
	w.group.Go(func() error {
		if err := server.Serve(l); err != http.ErrServerClosed {
			return err
		}
		return nil
	})
	w.group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	return "http://" + l.Addr().String(), nil
}

func (w *World) newBroker(now func() time.Time, log io.Writer) (*broker.Broker, error) {
	keys, err := exchange.NewKeyring("demo", exchange.NewLeaseKey())
	if err != nil {
		return nil, err
	}
	client, err := httpclient.New(httpclient.Config{Retries: 1})
	if err != nil {
		return nil, err
	}
	files := &broker.PolicyFiles{Path: w.PolicyDir(), Options: policy.Options{Dev: true}, Now: now}
	return broker.New(broker.Config{
		Instance: "demo", PublicURL: w.Broker, Dev: true, Now: now,
		LoadPolicy:  files.Load,
		Connections: map[string]platform.Connection{"sandbox": {Name: "sandbox", Platform: "sandbox", URL: w.Platform, Sandbox: w.Sandbox, Now: now}},
		LeaseKeys:   keys, Fetch: client.Fetch, Limits: config.DefaultLimits,
		Records: record.NewLog(log), Log: slog.New(slog.DiscardHandler),
	})
}

// writePolicy fills the placeholders of the embedded policy.
func writePolicy(dir, issuer, broker string) error {
	fill := strings.NewReplacer("url: ISSUER", "url: "+issuer, "audience: BROKER", "audience: "+broker)
	files, err := fs.Sub(policyFiles, "policy")
	if err != nil {
		return err
	}
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(name))
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, []byte(fill.Replace(string(text))), 0o600)
	})
}

// Stop ends the world and removes what it wrote.
func (w *World) Stop() {
	w.cancel()
	_ = w.group.Wait()      // its servers were told to end
	_ = os.RemoveAll(w.Dir) // a folder for temporary files, at worst
}
