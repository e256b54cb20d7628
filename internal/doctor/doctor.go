// Package doctor finds out why a job could not log in, before it tries.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
	"github.com/autoken/autoken/internal/session"
)

// State is how a check ended.
type State string

// The states. Unchecked says that nobody could look, which is never "fine".
const (
	Fine      State = "fine"
	Trouble   State = "trouble"
	Unchecked State = "not_checked"
)

// Check is one thing that was looked at.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

// Patient is the job that is looked at.
type Patient struct {
	Job      ci.Job
	System   ci.System
	Detected error // why System is none
	Client   *httpclient.Client
	Broker   string // "" where none was named
	Audience string
	Grants   []string
	Target   ci.ExportTarget
	Token    func(ctx context.Context, audience string) (secret.Value, error) // a masked ID token
	Now      func() time.Time
}

// Examine looks at everything, in the order in which a login would need it. It
// goes on after a failure as far as that makes sense.
func Examine(ctx context.Context, p Patient) []Check {
	checks := []Check{p.system()}
	if p.Detected == nil {
		checks = append(checks, p.idToken(ctx)...)
		checks = append(checks, p.handover())
	}
	reach, fine := p.broker(ctx)
	checks = append(checks, reach...)
	if len(p.Grants) > 0 {
		checks = append(checks, p.decision(ctx, fine)...)
	}
	return checks
}

func (p Patient) system() Check {
	if p.Detected != nil {
		return trouble("CI system", p.Detected)
	}
	run := p.System.Run(p.Job)
	detail := p.System.Name
	if run.Repository != "" {
		detail += ", " + run.Repository
	}
	if run.ID != "" {
		detail += ", run " + run.ID + " attempt " + run.Attempt
	}
	return Check{Name: "CI system", State: Fine, Detail: detail}
}

func (p Patient) idToken(ctx context.Context) []Check {
	token, err := p.Token(ctx, session.LookOnly)
	if err != nil {
		return []Check{trouble("ID token", err), {Name: "clock", State: Unchecked, Detail: "there is no ID token to compare with"}}
	}
	claims, err := session.Claims(token)
	if err != nil {
		return []Check{trouble("ID token", err)}
	}
	detail := fmt.Sprintf("issuer %s, %s", session.Show(claims["iss"]), p.source())
	return []Check{{Name: "ID token", State: Fine, Detail: detail}, p.clock(session.Show(claims["iat"]))}
}

func (p Patient) source() string {
	if p.System.TokenVar != "" {
		return "from " + p.System.TokenVar + ", audience as the job's file says"
	}
	if u, err := url.Parse(p.Job.Env("ACTIONS_ID_TOKEN_REQUEST_URL")); err == nil && u.Host != "" {
		return "from " + u.Host + " " + p.Client.Route(u).String()
	}
	return "from a file"
}

// tolerance is how far apart clocks may be: a broker accepts a minute.
const tolerance = 30 * time.Second

func (p Patient) clock(issued string) Check {
	seconds, err := time.ParseDuration(issued + "s")
	if err != nil {
		return Check{Name: "clock", State: Unchecked, Detail: "the ID token does not say when it was made"}
	}
	return compareClock("clock", "the issuer's", p.Now().Sub(time.Unix(0, 0).Add(seconds)), p.System.Fixed)
}

func compareClock(name, whose string, ahead time.Duration, old bool) Check {
	apart := ahead.Abs().Round(100 * time.Millisecond)
	switch {
	case ahead < -tolerance || ahead > tolerance && !old:
		return Check{Name: name, State: Trouble, Detail: fmt.Sprintf("this machine's differs from %s by %s", whose, apart), Fix: "set the clock; a broker accepts a minute"}
	case old:
		return Check{Name: name, State: Fine, Detail: "not before " + whose}
	case apart < 1500*time.Millisecond: // tokens and HTTP dates count whole seconds
		return Check{Name: name, State: Fine, Detail: "agrees with " + whose}
	default:
		return Check{Name: name, State: Fine, Detail: fmt.Sprintf("%s apart from %s", apart, whose)}
	}
}

func (p Patient) handover() Check {
	if p.System.Ready == nil {
		return Check{Name: "variables", State: Fine, Detail: "autoken exec alone: " + firstLine(p.System.Instead)}
	}
	if err := p.System.Ready(p.Job, p.Target); err != nil {
		return trouble("variables", err)
	}
	return Check{Name: "variables", State: Fine, Detail: "later steps can get them, and leases can be kept"}
}

// broker looks at the way to the broker and at the broker. The second result is
// whether it can be asked.
func (p Patient) broker(ctx context.Context) ([]Check, bool) {
	u, err := httpclient.RequireHTTPS(p.Broker)
	if p.Broker == "" {
		return []Check{{Name: "broker", State: Trouble, Detail: "none was named", Fix: "pass --broker URL or set AUTOKEN_BROKER"}}, false
	}
	if err != nil {
		return []Check{trouble("broker", err)}, false
	}
	client := exchange.Client{Broker: p.Broker, HTTP: p.Job.HTTP, Now: p.Now}
	m, err := client.Metadata(ctx)
	if err != nil {
		return []Check{trouble("broker", err)}, false
	}
	checks := []Check{{Name: "broker", State: Fine, Detail: u.Host + " answers, asked " + p.Client.Route(u).String()}, p.audience(), p.brokerClock(ctx)}
	if m.Dev && !httpclient.IsLoopback(u.Hostname()) {
		checks[0] = Check{Name: "broker", State: Trouble, Detail: "it runs for development, and is not on this machine", Fix: "ask whoever runs it to start it without --dev"}
	}
	return checks, true
}

func (p Patient) audience() Check {
	if p.Audience != p.Broker {
		return Check{Name: "audience", State: Trouble, Detail: fmt.Sprintf("%s, and the broker calls itself %s", p.Audience, p.Broker), Fix: "leave --audience away"}
	}
	return Check{Name: "audience", State: Fine, Detail: p.Audience}
}

func (p Patient) brokerClock(ctx context.Context) Check {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Broker+"/healthz", nil)
	if err != nil {
		return trouble("broker's clock", err)
	}
	got, err := p.Job.HTTP.Do(req)
	if err != nil {
		return trouble("broker's clock", err)
	}
	at, err := http.ParseTime(got.Header.Get("Date"))
	if err != nil {
		return Check{Name: "broker's clock", State: Unchecked, Detail: "its answers do not say what time it is"}
	}
	return compareClock("broker's clock", "the broker's", p.Now().Sub(at), false)
}

// decision asks the broker what it would say, one line a grant. The ID token is
// one that the broker accepts, and a dry run does not use it up.
func (p Patient) decision(ctx context.Context, reachable bool) []Check {
	var checks []Check
	for _, grant := range p.Grants {
		name := "grant " + grant
		if !reachable || p.Detected != nil {
			checks = append(checks, Check{Name: name, State: Unchecked, Detail: "the broker was not asked, because of the above"})
			continue
		}
		checks = append(checks, p.ask(ctx, name, grant))
	}
	return checks
}

func (p Patient) ask(ctx context.Context, name, grant string) Check {
	token, err := p.Token(ctx, p.Audience)
	if err != nil {
		return trouble(name, err)
	}
	client := exchange.Client{Broker: p.Broker, HTTP: p.Job.HTTP, Now: p.Now}
	answer, err := client.Exchange(ctx, exchange.Request{IDToken: token, Grants: []string{grant}, DryRun: true})
	if err == nil {
		return Check{Name: name, State: Fine, Detail: "the policy allows it, " + answer.Decisions[0].Platform}
	}
	if r, ok := errors.AsType[*exchange.Refusal](err); ok {
		return refused(name, grant, r)
	}
	return trouble(name, err)
}

// refused says what a login would be told.
func refused(name, grant string, r *exchange.Refusal) Check {
	c := Check{Name: name, State: Trouble, Fix: "autoken help denied"}
	switch {
	case r.Kind == fault.Denied && len(r.Failed) > 0:
		var misfits []string
		for _, f := range r.Failed {
			misfits = append(misfits, strings.TrimPrefix(f.Name, "match.")+" is "+f.Actual)
		}
		c.Detail = "denied: " + strings.Join(misfits, ", ")
	case r.Kind == fault.Denied:
		c.Detail = "there is no grant " + grant + " for this job"
		if len(r.Grants) > 0 {
			c.Fix = "grants that name this repository: " + strings.Join(r.Grants, ", ")
		}
	case r.Kind == fault.Untrusted:
		c.Detail = "the broker does not accept this job's ID token"
		c.Fix = "compare issuer and audience above with the policy, and the clocks"
	default:
		return trouble(name, r)
	}
	if r.DecisionID != "" {
		c.Detail += " (decision " + r.DecisionID + ")"
	}
	return c
}

func trouble(name string, err error) Check {
	return Check{Name: name, State: Trouble, Detail: err.Error(), Fix: fault.HintOf(err)}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
