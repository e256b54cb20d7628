package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/session"
)

// refused turns what went wrong while asking the broker into words for the job's
// author, in the log, in the job's summary and, with --format json, on stdout.
func (a *App) refused(s *session.Session, err error) error {
	told := a.tell(s, err)
	a.summarize(s, s.RefusalSummary(told, a.Now()))
	if a.json() {
		if failed := a.printJSON(errorReport(told)); failed != nil {
			return failed
		}
	}
	return told
}

// tell chooses the words. OAuth's error codes never reach people.
func (a *App) tell(s *session.Session, err error) error {
	r, ok := errors.AsType[*exchange.Refusal](err)
	switch {
	case !ok && fault.KindOf(err) == fault.Unavailable && fault.HintOf(err) == "":
		return fault.New(fault.Unavailable, "%w", err).WithHint("is the broker's URL right? autoken doctor looks at the way there")
	case !ok:
		return err
	case r.Kind == fault.Untrusted:
		return fault.New(fault.Untrusted, "the broker does not accept this job's ID token. Its issuer is %s, its audience %s%s",
			s.Seen("iss"), s.Seen("aud"), decided(r.DecisionID)).
			WithHint("ask whoever runs the broker whether both are in the policy, and whether the\n  clocks agree; autoken doctor shows what else it could be")
	case r.Kind == fault.Denied && len(r.Failed) > 0:
		return a.misfit(s, r)
	case r.Kind == fault.Denied:
		return a.noGrant(s, r)
	case r.Kind == fault.Usage:
		return fault.New(fault.Usage, "the broker does not understand the request: %s", quote.Text(r.Description))
	default:
		return fault.New(fault.KindOf(err), "%w%s", err, decided(r.DecisionID)).After(r.RetryAfter)
	}
}

// misfit shows which conditions of the grant do not fit, with the job's own
// values: the broker tells no others.
func (a *App) misfit(s *session.Session, r *exchange.Refusal) error {
	var rows [][]string
	for i, c := range r.Failed {
		row := []string{"  ✗ " + quote.Text(strings.TrimPrefix(c.Name, "match.")), quote.Text(c.Actual)}
		if fit := r.Conditions - len(r.Failed); i == 0 && fit > 0 {
			row = append(row, fmt.Sprintf("  ✓ the other %d fit", fit))
		}
		rows = append(rows, row)
	}
	return &denial{
		refusal: r, headline: "denied: this job does not fit grant " + grantsOf(s),
		body: render.Columns(rows) + "  Nothing was issued." + facts(r), hint: a.misfitHint(s, r),
	}
}

func facts(r *exchange.Refusal) string {
	var all []string
	if r.DecisionID != "" {
		all = append(all, "Decision "+r.DecisionID)
	}
	if !r.Time.IsZero() {
		all = append(all, r.Time.UTC().Format("15:04:05")+" UTC")
	}
	if r.Owner != "" {
		all = append(all, "owner "+quote.Text(r.Owner))
	}
	if len(all) == 0 {
		return ""
	}
	return " " + strings.Join(all, ", ")
}

func (a *App) misfitHint(s *session.Session, r *exchange.Refusal) string {
	var b strings.Builder
	if pullRequest(r) {
		b.WriteString("a grant admits pull requests only if it lists that event. Run\n  this step on push, or propose a grant for pull requests to the owner:\n")
	} else {
		b.WriteString("run this step in a job that fits, or propose a grant for this\n  one to the owner:\n")
	}
	b.WriteString("    autoken whoami --as-grant      prints one for this job, with two tests\n")
	if line, ok := explainCommand(s, r); ok {
		b.WriteString("  What the policy wants, for those who may read it:\n    " + line)
	}
	return strings.TrimRight(b.String(), "\n")
}

func pullRequest(r *exchange.Refusal) bool {
	return slices.ContainsFunc(r.Failed, func(c exchange.Condition) bool { return strings.HasPrefix(c.Actual, "pull_request") })
}

func explainCommand(_ *session.Session, r *exchange.Refusal) (string, bool) {
	if r.DecisionID == "" {
		return "", false
	}
	return quote.Shell([]string{"autoken", "policy", "explain", "--decision", r.DecisionID, "--log", "decisions.jsonl", "policy/"})
}

// noGrant is for a grant that does not exist or is not about this repository:
// the broker does not say which.
func (a *App) noGrant(s *session.Session, r *exchange.Refusal) error {
	d := &denial{refusal: r, headline: "denied: there is no grant " + grantsOf(s) + " for this job", body: "  Nothing was issued." + facts(r)}
	if len(r.Grants) > 0 {
		d.hint = "grants that name this repository: " + quote.Text(strings.Join(r.Grants, ", "))
		return d
	}
	d.hint = "check the grant's spelling with whoever runs the broker; to propose one:\n    autoken whoami --as-grant      prints one for this job, with two tests"
	return d
}

func grantsOf(s *session.Session) string {
	if len(s.Grants) == 0 {
		return "for this target"
	}
	return quote.Text(strings.Join(s.Grants, ", "))
}

// denial is a refusal in the words that people read.
type denial struct {
	refusal        *exchange.Refusal
	headline, body string
	hint           string
}

func (d *denial) Error() string { return d.headline + "\n" + d.body }

// Unwrap gives the kind and the hint.
func (d *denial) Unwrap() error {
	return fault.New(d.refusal.Kind, "%s", d.headline).WithHint("%s", d.hint)
}

// The JSON form of a failure.
type errorJSON struct {
	Version int         `json:"version"`
	Error   errorDetail `json:"error"`
}

type errorDetail struct {
	Kind       fault.Kind           `json:"kind"`
	Message    string               `json:"message"`
	Hint       string               `json:"hint,omitempty"`
	DecisionID string               `json:"decision_id,omitempty"`
	Owner      string               `json:"owner,omitempty"`
	Failed     []exchange.Condition `json:"failed,omitempty"`
	Grants     []string             `json:"grants,omitempty"`
}

func errorReport(err error) errorJSON {
	detail := errorDetail{Kind: fault.KindOf(err), Message: err.Error(), Hint: fault.HintOf(err)}
	if d, ok := errors.AsType[*denial](err); ok {
		detail.Message = d.headline
		detail.DecisionID, detail.Owner = d.refusal.DecisionID, d.refusal.Owner
		detail.Failed, detail.Grants = d.refusal.Failed, d.refusal.Grants
	}
	return errorJSON{1, detail}
}
