package cli

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/explain"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/lint"
	"github.com/autoken/autoken/internal/plainfile"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/secret"
	"github.com/autoken/autoken/internal/session"
)

// question is what explain was asked.
type question struct {
	grant, claims, idTokenFile, fixture, decision, log string
	set                                                []string
	expect                                             string
	dev                                                bool

	decided string // what the log says of the decision
}

func (a *App) explainPolicyCommand() *cobra.Command {
	var q question
	cmd := addSettings(&cobra.Command{
		Use:   "explain [flags] [PATH]",
		Short: "Show how a job fares with a grant, condition by condition",
		Long: "Explain shows each condition of a grant, what it wants and what the job has, and\n" +
			"what may be behind those that do not hold. Without --grant it shows the grants\n" +
			"that admit the job, or else the nearest.\n\n" +
			"The job's claims come from a file that autoken whoami --format json wrote, from\n" +
			"an ID token, from a typical job (autoken policy claims), or from the record of a\n" +
			"decision in the broker's log. They are not verified.",
		Example: "  autoken policy explain --grant payments/sonar --claims claims.json policy/\n" +
			"  autoken policy explain --decision d7k2m9x4q7t1 --log decisions.jsonl policy/",
		RunE: func(_ *cobra.Command, args []string) error { return a.explainPolicy(q, args) },
	}, []string{"format"})
	cmd.Flags().StringVar(&q.grant, "grant", "", "`ID` of the grant (default: those that fit best)")
	cmd.Flags().StringVar(&q.claims, "claims", "", "JSON `FILE` with the job's claims; - for stdin")
	cmd.Flags().StringVar(&q.idTokenFile, "id-token-file", "", "`FILE` with the job's ID token, which is not verified and not shown")
	cmd.Flags().StringVar(&q.fixture, "fixture", "", "`NAME` of a typical job: github/push")
	cmd.Flags().StringVar(&q.decision, "decision", "", "`ID` of a decision")
	cmd.Flags().StringVar(&q.log, "log", "", "the broker's log `FILE`")
	cmd.Flags().StringArrayVar(&q.set, "set", nil, "as if the job had another claim, as `NAME=TEXT`; no text: without it; repeatable")
	cmd.Flags().StringVar(&q.expect, "expect", "", "fail (1) unless the `VERDICT` is this one: allow or deny")
	cmd.Flags().BoolVar(&q.dev, "dev", false, "as a broker started with --dev")
	return cmd
}

func (a *App) explainPolicy(q question, args []string) error {
	if !slices.Contains([]string{"", "allow", "deny"}, q.expect) {
		return fault.New(fault.Usage, "--expect is %q", q.expect).WithHint("--expect allow, or --expect deny")
	}
	if err := q.oneSource(); err != nil {
		return err
	}
	v, err := a.policyOf(args, policy.Options{Dev: q.dev})
	if err != nil {
		return err
	}
	claims, err := a.claimsFor(&q, v.Policy)
	if err != nil {
		return err
	}
	issuer := issuerFor(v.Policy, claims, q.grant)
	if err := q.change(claims, issuer); err != nil {
		return err
	}
	a.doubt(q.set, issuer)
	return a.explainJob(v, claims, q)
}

// issuerFor returns the issuer of a job, or else that of the grant; nil where
// neither is known.
func issuerFor(p *policy.Policy, claims identity.Claims, grant string) *policy.Issuer {
	for _, i := range p.Trusted() {
		if i.URL == issuerOf(claims) {
			return i
		}
	}
	if g := p.Grant(grant); g != nil {
		return g.Issuer
	}
	return nil
}

// doubt says what no token of the issuer is known to have. It is shown all the
// same: platforms send new things without notice.
func (a *App) doubt(set []string, issuer *policy.Issuer) {
	if issuer == nil {
		return
	}
	for _, entry := range set {
		name, text, _ := strings.Cut(entry, "=")
		if message, fix := lint.Doubt(issuer.Vocabulary, name, text); message != "" {
			a.warn("--set %s: %s", entry, message)
			a.hint(fix)
		}
	}
}

// change makes the claims those that the question asks for instead. A claim that
// no token of the issuer has is a mistake.
func (q question) change(claims identity.Claims, issuer *policy.Issuer) error {
	for _, entry := range q.set {
		name, text, ok := strings.Cut(entry, "=")
		if !ok || name == "" {
			return fault.New(fault.Usage, "--set is %q", entry).WithHint("--set ref=refs/heads/main")
		}
		if issuer != nil && claims[name] == nil && name != "iss" && name != "aud" {
			if _, known := issuer.Vocabulary.Claim(name); !known {
				return noSuchClaim(issuer.Vocabulary, name)
			}
		}
		if claims[name] = text; text == "" {
			delete(claims, name)
		}
	}
	return nil
}

// oneSource refuses a question that does not say which job it is about, or says
// it twice.
func (q question) oneSource() error {
	named := slices.DeleteFunc([]string{q.claims, q.idTokenFile, q.fixture, q.decision}, func(s string) bool { return s == "" })
	if len(named) == 1 && (q.decision == "") == (q.log == "") {
		return nil
	}
	return fault.New(fault.Usage, "explain needs to know which job it is about").
		WithHint("one of --claims FILE, --id-token-file FILE, --fixture NAME, or --decision ID --log FILE")
}

// claimsFor reads the claims of the job that the question is about. A decision
// also says which grant was asked for.
func (a *App) claimsFor(q *question, p *policy.Policy) (identity.Claims, error) {
	switch {
	case q.claims != "":
		return a.readClaims(q.claims)
	case q.idTokenFile != "":
		a.say("note: the ID token is not verified: anybody can write one")
		return tokenClaims(q.idTokenFile)
	case q.fixture != "":
		return fixtureClaims(p, q.fixture, q.grant)
	}
	r, err := findDecision(*q)
	if err != nil {
		return nil, err
	}
	q.grant = cmp.Or(q.grant, r.Grants[0])
	q.decided = "decision " + r.DecisionID + ", " + r.Time.UTC().Format("2006-01-02 15:04 UTC") + ": " + outcomeWord(r.Outcome)
	return r.Claims, nil
}

// outcomeWord says what became of a request.
func outcomeWord(outcome string) string {
	switch record.Outcome(outcome) {
	case record.Allow:
		return "allowed"
	case record.Deny:
		return "denied"
	case record.WouldAllow:
		return "denied, because the grant only observed"
	case record.Fail:
		return "allowed, and then something failed"
	case record.Refuse:
	}
	return outcome
}

func (a *App) readClaims(name string) (identity.Claims, error) {
	read := func() ([]byte, error) { return plainfile.Read(name) }
	if name == "-" {
		name, read = "stdin", a.readStdin
	}
	text, err := read()
	if err != nil {
		return nil, fault.New(fault.Usage, "reading claims: %w", err)
	}
	claims, err := identity.DecodeClaims(text)
	if err != nil {
		return nil, fault.New(fault.Usage, "%s is no JSON object of claims: %w", quote.Text(name), err).
			WithHint("autoken whoami --format json writes one, in a job")
	}
	if inner, ok := claims["claims"].(map[string]any); ok {
		return inner, nil // as whoami --format json writes them
	}
	return claims, nil
}

func (a *App) readStdin() ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(a.Stdin, plainfile.MaxBytes+1))
	if err == nil && len(text) > plainfile.MaxBytes {
		err = fmt.Errorf("stdin has more than %d KiB", plainfile.MaxBytes>>10)
	}
	return text, err
}

// tokenClaims reads what an ID token says. Nothing of the token itself is ever
// shown, not even where it cannot be read.
func tokenClaims(name string) (identity.Claims, error) {
	text, err := plainfile.Read(name)
	if err != nil {
		return nil, fault.New(fault.Usage, "reading the ID token: %w", err)
	}
	claims, err := session.Claims(secret.New(strings.TrimSpace(string(text))))
	if err != nil {
		return nil, fault.New(fault.Usage, "reading %s: %w", quote.Text(name), err)
	}
	return claims, nil
}

// fixtureClaims are the claims of a typical job of the grant's issuer, or without
// a grant of the policy's first issuer of its kind.
func fixtureClaims(p *policy.Policy, name, grant string) (identity.Claims, error) {
	fixture, ok := identity.LookupFixture(name)
	if !ok {
		return nil, noSuchFixture(name)
	}
	issuer := issuerOfKind(p.Trusted(), fixture.Kind)
	if g := p.Grant(grant); g != nil {
		issuer = g.Issuer
	}
	if issuer == nil {
		return nil, fault.New(fault.Usage, "the policy has no issuer of kind %s, which jobs like %s come from", fixture.Kind, fixture.Name)
	}
	fixture.Claims["iss"], fixture.Claims["aud"] = issuer.URL, issuer.Audience
	return fixture.Claims, nil
}

// issuerOfKind returns the first issuer of a kind, nil where there is none.
func issuerOfKind(issuers []*policy.Issuer, kind string) *policy.Issuer {
	for _, i := range issuers {
		if i.Kind == kind {
			return i
		}
	}
	return nil
}

const maxRecord = 1 << 20

// findDecision returns the record of a decision about a grant.
func findDecision(q question) (record.Record, error) {
	var r record.Record
	f, err := os.Open(q.log)
	if err != nil {
		return r, fault.New(fault.Usage, "reading the log: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxRecord)
	for lines.Scan() {
		r = record.Record{}
		if !strings.Contains(lines.Text(), q.decision) || json.Unmarshal(lines.Bytes(), &r) != nil {
			continue
		}
		if r.DecisionID != q.decision || r.Event != record.Exchange {
			continue
		}
		if len(r.Claims) == 0 || len(r.Grants) == 0 {
			return r, fault.New(fault.Usage, "decision %s was a refusal before any grant was looked at: %s", q.decision, r.Reason)
		}
		return r, nil
	}
	if err := lines.Err(); err != nil {
		return r, fault.New(fault.Usage, "reading the log: %w", err)
	}
	return r, fault.New(fault.Usage, "%s has no record of decision %s", q.log, q.decision)
}

// explainJob explains the grant that was asked for, or all that fit, and says
// with the exit code whether the verdict is the expected one.
func (a *App) explainJob(v version, claims identity.Claims, q question) error {
	job := explain.Job{Issuer: issuerOf(claims), Claims: claims, Now: a.Now(), Fixture: q.fixture}
	e, err := a.explanation(v, job, q.grant)
	if err != nil {
		return err
	}
	e.decided = q.decided
	if err := a.showExplanation(e); err != nil {
		return err
	}
	if q.expect != "" && (q.expect == "allow") != e.Allowed {
		return exitCode(ExitFindings)
	}
	return nil
}

func issuerOf(claims identity.Claims) string {
	issuer, _ := claims.Text("iss")
	return issuer
}

// explanation is an answer, and how the job fares with other grants.
type explanation struct {
	explain.Answer
	others  []*policy.Evaluation
	in      version
	decided string // what the log says; "" where nobody asked about a decision
}

func (a *App) explanation(v version, job explain.Job, grant string) (explanation, error) {
	if grant == "" {
		if len(v.Policy.Grants) == 0 {
			return explanation{}, fault.New(fault.Usage, "the policy %s has no grants", quote.Text(v.name))
		}
		best := explain.Nearest(v.Policy, job, "")
		return explanation{Answer: explain.Grant(v.Policy, job, best[0].Grant.ID), others: best[1:], in: v}, nil
	}
	answer := explain.Grant(v.Policy, job, grant)
	if answer.Grant == nil {
		var known []string
		for _, g := range v.Policy.Grants {
			known = append(known, g.ID)
		}
		return explanation{}, noSuchName("grant", grant, known)
	}
	e := explanation{Answer: answer, in: v}
	if !answer.Allowed {
		admits := func(o *policy.Evaluation) bool { return o.Allowed || o.WouldAllow }
		if others := explain.Nearest(v.Policy, job, grant); slices.ContainsFunc(others, admits) { // else who named a grant wants no list
			e.others = others
		}
	}
	return e, nil
}
