package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/demo"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/issuer"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/session"
)

func (a *App) demoCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo [flags]",
		Short: "Show the whole system at work, on this machine",
		Long: "Demo starts an OIDC issuer, a broker and a platform on 127.0.0.1, and takes two\n" +
			"jobs through them: one that the policy admits and one that it does not. All of\n" +
			"it is real; nothing is kept.",
		Example: "  autoken demo\n  autoken demo --keep",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), keep) },
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave it running, for login, exec, whoami, doctor and logout in another terminal")
	return cmd
}

func (a *App) demo(ctx context.Context, keep bool) error {
	begin := a.Now()
	fmt.Fprint(a.Stdout, "One process on 127.0.0.1 plays CI, broker and platform. Nothing is kept.\n\n")
	world, err := demo.Start(ctx, a.Now, io.Discard)
	if err != nil {
		return err
	}
	defer world.Stop()
	if keep {
		return a.keepDemo(ctx, world)
	}
	client, err := httpclient.New(httpclient.Config{})
	if err != nil {
		return err
	}
	story := &story{App: a, world: world, client: client}
	if err := story.tell(ctx); err != nil {
		return err
	}
	left := world.Sandbox.Live()
	fmt.Fprintf(a.Stdout, "\n2 asked, 1 allowed, 1 denied, %d credentials left behind. %.1f s\n%s", left, a.Now().Sub(begin).Seconds(),
		"Next: autoken demo --keep, autoken help words\n")
	if left > 0 {
		return fault.New(fault.Internal, "%d credentials of the demo still work", left)
	}
	return nil
}

// story is the demo as it is told: what happens, and what is shown of it.
type story struct {
	*App
	world  *demo.World
	client *httpclient.Client
	held   *session.Held
	job    *session.Session
}

func (s *story) tell(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.login, s.use, s.refuse, s.end} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) step(number int, title, format string, args ...any) {
	fmt.Fprintf(s.Stdout, " %d  %-22s %s\n", number, title, quote.Text(fmt.Sprintf(format, args...)))
}

// session is a job of the demo's CI. It runs on no runner, so there is nobody to
// send a mask to; what it holds is not printed either.
func (s *story) session(job issuer.Job) *session.Session {
	env := map[string]string{
		"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": job.RequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": job.RequestToken.Reveal(),
	}
	around := ci.Job{Env: func(name string) string { return env[name] }, HTTP: s.client, Out: io.Discard, Now: s.Now}
	system, _ := ci.Detect(around, ci.Choice{}) // the environment above is one that it knows
	return &session.Session{
		Job: around, System: system, Audience: s.world.Broker, Grants: []string{demo.Grant},
		Broker:   &exchange.Client{Broker: s.world.Broker, HTTP: s.client, Now: s.Now},
		Patience: session.Patience{Now: s.Now, Pause: session.Sleep}, Timeout: 10 * time.Second, Loopback: true,
	}
}

func (s *story) login(ctx context.Context) error {
	s.job = s.session(s.world.Push)
	held, err := s.job.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("the demo's job: %w", err)
	}
	s.held = held
	c := held.Bound[0]
	s.step(1, "the job's ID token", "%s (id %s), %s to %s", s.job.Seen("repository"), s.job.Seen("repository_id"), s.job.Seen("event_name"), s.job.Seen("ref"))
	s.step(2, "the broker decides", "allowed by %s, %s (%s)", c.Grant, s.world.Granted(), c.DecisionID)
	s.step(3, "the job's environment", "%s=***  masked first, ends %s", c.Names(), session.Clock(c.Expires, s.Now()))
	return nil
}

func (s *story) use(ctx context.Context) error {
	status, err := s.askPlatform(ctx)
	if err != nil || status != http.StatusOK {
		return fault.New(fault.Internal, "the platform answers %d to a token that was just issued: %w", status, err)
	}
	s.step(4, "the platform", "%d with that token", status)
	return nil
}

func (s *story) refuse(ctx context.Context) error {
	_, err := s.session(s.world.Pull).Acquire(ctx)
	r, ok := errors.AsType[*exchange.Refusal](err)
	if !ok {
		return fault.New(fault.Internal, "the pull request's job was not refused: %w", err)
	}
	s.step(5, "a pull request's job", "denied: %s (%s)", misfit(r), r.DecisionID)
	return nil
}

// misfit is the condition that says most: the event where it is among them.
func misfit(r *exchange.Refusal) string {
	for _, c := range r.Failed {
		if c.Name == "match.event_name" {
			return "event_name is " + c.Actual
		}
	}
	return "it does not fit"
}

func (s *story) end(ctx context.Context) error {
	outcome, err := s.job.Broker.Revoke(ctx, s.held.Bound[0].Lease)
	if err != nil {
		return fmt.Errorf("revoking: %w", err)
	}
	status, err := s.askPlatform(ctx)
	if err != nil || status != http.StatusUnauthorized {
		return fault.New(fault.Internal, "the platform answers %d to a revoked token: %w", status, err)
	}
	s.step(6, "the job ends", "%s: the platform now answers %d", outcome, status)
	return nil
}

// askPlatform uses the credential as a job would.
func (s *story) askPlatform(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.world.Platform, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+s.held.Bound[0].Token.Reveal())
	got, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	return got.Status, nil
}

// keepDemo prints what another terminal needs in order to be a job of the demo's
// CI, and waits for a signal.
func (a *App) keepDemo(ctx context.Context, world *demo.World) error {
	lines, err := exports(world)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "In another terminal:\n\n%s\nThen: autoken doctor --grant %[2]s\n      autoken exec --grant %[2]s -- sh -c 'echo $SANDBOX_TOKEN'\n"+
		"      autoken login --grant %[2]s, autoken whoami, autoken logout\n\n"+
		"Lines that begin with ::add-mask:: are for a runner, which hides them.\nCtrl-C ends it.\n", lines, demo.Grant)
	<-ctx.Done()
	return nil
}

// exports makes the files that a runner gives each step, and the lines that point
// at them.
func exports(world *demo.World) (string, error) {
	dir := filepath.Join(world.Dir, "runner")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fault.New(fault.Internal, "making the demo's runner folder: %w", err)
	}
	env := [][2]string{
		{"GITHUB_ACTIONS", "true"},
		{"GITHUB_REPOSITORY", "acme/payments"},
		{"GITHUB_RUN_ID", "19520931456"},
		{"GITHUB_RUN_ATTEMPT", "1"},
		{"RUNNER_TEMP", dir},
		{"ACTIONS_ID_TOKEN_REQUEST_URL", world.Push.RequestURL},
		{"ACTIONS_ID_TOKEN_REQUEST_TOKEN", world.Push.RequestToken.Reveal()},
		{"AUTOKEN_BROKER", world.Broker},
	}
	for _, name := range []string{"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"} {
		file := filepath.Join(dir, strings.ToLower(name))
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			return "", fault.New(fault.Internal, "making the demo's runner files: %w", err)
		}
		env = append(env, [2]string{name, file})
	}
	var b strings.Builder
	for _, pair := range env {
		line, ok := quote.Shell([]string{pair[0] + "=" + pair[1]})
		if !ok {
			return "", fault.New(fault.Internal, "%s cannot be written for a shell", pair[0])
		}
		b.WriteString("  export " + line + "\n")
	}
	return b.String(), nil
}
