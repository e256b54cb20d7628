package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/session"
)

func (a *App) logoutCommand() *cobra.Command {
	return addSettings(&cobra.Command{
		Use:   "logout [flags]",
		Short: "Revoke what login got in this job",
		Long: "Logout gives back every credential that login got in this job, and blanks the\n" +
			"variables. What could not be revoked is a warning; with --strict-logout it is\n" +
			"an error.",
		Example: "  autoken logout\n  autoken logout --strict-logout",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.httpClient(retriesOf)
			if err != nil {
				return err
			}
			job := a.job(a.Stdout, client)
			job.PostStep = a.settings.ActionState
			system, err := ci.Detect(job, a.choice())
			if err != nil && fault.KindOf(err) != fault.NoIdentity {
				return err
			}
			if system.Recall == nil {
				a.say("nothing to revoke: login works in GitHub Actions and its relatives")
				return nil
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), a.logoutTime())
			defer cancel()
			returned, problem := session.Logout(ctx, job, system, func(l ci.Lease) (session.Broker, error) { return a.brokerOf(job, system, l) })
			return a.showLogout(job, system, returned, problem)
		},
	}, []string{"broker", "timeout", "strict-logout", "action-state"})
}

// brokerOf makes the client for the broker that a lease came from. With the
// lambda protocol the lease is the credential itself, and it goes only where the
// command line says.
func (a *App) brokerOf(job ci.Job, system ci.System, l ci.Lease) (session.Broker, error) {
	if l.Protocol == config.Lambda && (l.Broker != a.settings.Broker || !a.settings.Flagged("broker")) {
		return nil, fault.New(fault.Usage, "the stored thing is the token itself, and goes only to a broker that the command line names").
			WithHint("autoken logout --broker URL")
	}
	client, err := httpclient.New(httpclient.Config{
		CAFile: l.CAFile, CertFile: l.CertFile, KeyFile: l.KeyFile, Proxy: l.Proxy,
		Retries: retriesOf, UserAgent: "autoken/" + a.Version,
	})
	if err != nil {
		return nil, err
	}
	return a.brokerClient(l, a.traced(client), job, system), nil
}

// logoutTime is how long logout tries. A variable cannot shorten it: an earlier
// step could keep credentials alive that way.
func (a *App) logoutTime() time.Duration {
	if a.settings.Flagged("timeout") {
		return a.settings.Timeout
	}
	return 60 * time.Second
}

// told says each outcome in words; only the first two mean that the credential
// is dead.
var told = map[credential.Outcome]string{
	credential.Revoked:      "revoked",
	credential.AlreadyGone:  "was already gone",
	credential.NotRevocable: "cannot be revoked, and ends by itself",
	credential.Unknown:      "NOT revoked",
}

func (a *App) showLogout(job ci.Job, system ci.System, all []session.Returned, problem error) error {
	failed := 0
	for _, r := range all {
		name := firstNonEmpty(r.Grant, r.Platform)
		if r.Err == nil && r.Outcome != credential.Unknown {
			a.say("%s: %s%s", name, told[r.Outcome], byWhom(r))
		} else {
			failed++
			a.warn("%s: %s%s", name, told[credential.Unknown], because(r.Err))
			a.hint(fault.HintOf(r.Err))
		}
		if r.Outlived(a.Now()) && !r.Stale {
			a.say("%s had ended at %s, before the job did: autoken help long-jobs", name, session.Clock(r.Expires, a.Now()))
		}
	}
	if problem != nil {
		failed++
		a.warn("%s", problem)
	}
	if len(all) == 0 && problem == nil {
		a.say("nothing to revoke")
	}
	if system.Summarize != nil && len(all) > 0 {
		_ = system.Summarize(job, session.LogoutSummary(all, a.Now())) // the log has said the same
	}
	if failed > 0 && a.settings.StrictLogout {
		return fault.New(fault.Internal, "%d of %d credentials were not revoked", failed, max(failed, len(all))).
			WithHint("their leases are kept: autoken logout tries again")
	}
	return nil
}

// byWhom says where a revocation is a claim that nobody checked.
func byWhom(r session.Returned) string {
	if r.Protocol == config.Lambda && r.Outcome == credential.Revoked {
		return ", as the broker says; the lambda protocol has no proof"
	}
	return ""
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(": %s", err)
}
