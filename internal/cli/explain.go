package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/plainfile"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/session"
)

// question is what explain was asked.
type question struct {
	grant, claims, decision, log string
	dev                          bool
}

func (a *App) explainPolicyCommand() *cobra.Command {
	var q question
	cmd := addSettings(&cobra.Command{
		Use:   "explain [flags] [PATH]",
		Short: "Show how a job fares with a grant, condition by condition",
		Long: "Explain shows each condition of a grant, what it wants and what the job has. The\n" +
			"claims come from a file that autoken whoami --format json wrote, or from the\n" +
			"record of a decision in the broker's log.",
		Example: "  autoken policy explain --grant payments/sonar --claims claims.json policy/\n" +
			"  autoken policy explain --decision d7k2m9x4q7t1 --log decisions.jsonl policy/",
		RunE: func(_ *cobra.Command, args []string) error { return a.explainPolicy(q, args) },
	}, []string{"format"})
	cmd.Flags().StringVar(&q.grant, "grant", "", "`ID` of the grant")
	cmd.Flags().StringVar(&q.claims, "claims", "", "JSON `FILE` with the job's claims")
	cmd.Flags().StringVar(&q.decision, "decision", "", "`ID` of a decision")
	cmd.Flags().StringVar(&q.log, "log", "", "the broker's log `FILE`")
	cmd.Flags().BoolVar(&q.dev, "dev", false, "as a broker started with --dev")
	return cmd
}

func (a *App) explainPolicy(q question, args []string) error {
	path, err := policyPath(args)
	if err != nil {
		return err
	}
	grant, claims, err := q.subject()
	if err != nil {
		return err
	}
	p, err := a.soundPolicy(a.policyFiles(path, q.dev))
	if err != nil {
		return err
	}
	e := p.Evaluate(session.Show(claims["iss"]), claims, grant, a.Now())
	if e.Grant == nil {
		return fault.New(fault.Usage, "the policy has no grant %s", quote.Text(grant))
	}
	return a.showEvaluation(e)
}

// subject returns the grant and the claims that the question is about.
func (q question) subject() (string, identity.Claims, error) {
	switch {
	case q.decision != "" && q.log != "":
		return findDecision(q)
	case q.grant != "" && q.claims != "":
		claims, err := readClaims(q.claims)
		return q.grant, claims, err
	default:
		return "", nil, fault.New(fault.Usage, "explain needs to know which job and which grant").
			WithHint("--grant ID --claims FILE, or --decision ID --log FILE")
	}
}

func readClaims(name string) (identity.Claims, error) {
	text, err := plainfile.Read(name)
	if err != nil {
		return nil, fault.New(fault.Usage, "reading claims: %w", err)
	}
	claims, err := identity.DecodeClaims(text)
	if err != nil {
		return nil, fault.New(fault.Usage, "reading claims: %s: %w", name, err)
	}
	if inner, ok := claims["claims"].(map[string]any); ok {
		return inner, nil // as whoami --format json writes them
	}
	return claims, nil
}

const maxRecord = 1 << 20

func findDecision(q question) (string, identity.Claims, error) {
	f, err := os.Open(q.log)
	if err != nil {
		return "", nil, fault.New(fault.Usage, "reading the log: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxRecord)
	for lines.Scan() {
		var r record.Record
		if !strings.Contains(lines.Text(), q.decision) || json.Unmarshal(lines.Bytes(), &r) != nil {
			continue
		}
		if r.DecisionID != q.decision || r.Event != record.Exchange {
			continue
		}
		if len(r.Claims) == 0 || len(r.Grants) == 0 {
			return "", nil, fault.New(fault.Usage, "decision %s was a refusal before any grant was looked at: %s", q.decision, r.Reason)
		}
		return firstNonEmpty(q.grant, r.Grants[0]), r.Claims, nil
	}
	if err := lines.Err(); err != nil {
		return "", nil, fault.New(fault.Usage, "reading the log: %w", err)
	}
	return "", nil, fault.New(fault.Usage, "%s has no record of decision %s", q.log, q.decision)
}

type explainJSON struct {
	Version    int                `json:"version"`
	Grant      string             `json:"grant"`
	Allowed    bool               `json:"allowed"`
	WouldAllow bool               `json:"would_allow,omitempty"`
	Conditions []policy.Condition `json:"conditions"`
}

func (a *App) showEvaluation(e policy.Evaluation) error {
	if a.json() {
		return render.JSON(a.Stdout, explainJSON{1, e.Grant.ID, e.Allowed, e.WouldAllow, e.Conditions})
	}
	s := a.style(a.Stdout)
	verdict := s.Bad("denied")
	if e.Allowed {
		verdict = s.Good("allowed")
	}
	if e.WouldAllow {
		verdict = s.Warn("denied") + ", because the grant only observes; its conditions all fit"
	}
	fmt.Fprintf(a.Stdout, "%s by %s, %s\n", verdict, e.Grant.ID, quote.Text(e.Grant.Pos.String()))
	var rows [][]string
	for _, c := range e.Conditions {
		actual := quote.Text(firstNonEmpty(c.Actual, "(none)"))
		if c.Passed {
			rows = append(rows, []string{s.Good("✓") + " " + c.Name, actual})
			continue
		}
		rows = append(rows, []string{s.Bad("✗") + " " + c.Name, actual}, []string{"", "wants " + quote.Text(c.Want)})
	}
	_, err := fmt.Fprint(a.Stdout, render.Indent(render.Columns(rows), "  "))
	return err
}
