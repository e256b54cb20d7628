package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/compare"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/demo"
	"github.com/autoken/autoken/internal/doctor"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/explain"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/issuer"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/secret"
	"github.com/autoken/autoken/internal/session"
)

// writtenFormat is a format that autoken writes: its struct, and an example with
// every field set, made by the code that writes it.
type writtenFormat struct {
	schema string
	shape  any
	full   func(t *testing.T) any
}

var (
	exampleTime       = time.Date(2026, 11, 23, 14, 32, 7, 0, time.UTC)
	examplePlace      = check.Pos{File: "policy/teams/payments.yaml", Line: 14, Col: 7}
	exampleSum        = "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
	exampleEvaluation = policy.Evaluation{
		Grant: &policy.Grant{ID: "payments/sonar", Pos: examplePlace}, Allowed: true, WouldAllow: true,
		Conditions: []policy.Condition{{Name: "match.ref", Want: "refs/heads/main", Actual: "refs/heads/Main", Pos: examplePlace}},
	}
	writtenFormats = []writtenFormat{
		{"login", loginJSON{}, func(*testing.T) any {
			return loginReport(&session.Held{
				Bound: []session.Bound{{
					Credential: credential.Credential{
						Grant: "payments/sonar", Platform: "sonarqube", Expires: exampleTime, PlatformExpires: exampleTime.Add(time.Hour),
						DecisionID: "d7k2m9x4q7t1", Warning: "the group was just made",
					},
					Vars: []credential.Var{{Name: "SONAR_TOKEN", Value: secret.New("squ_53cr3t")}, {Name: "SONAR_HOST_URL", Plain: true}},
				}},
				Decisions: []exchange.Decision{{Grant: "payments/sonar", Platform: "sonarqube", Owner: "@acme/payments", ID: "d7k2m9x4q7t1", Allowed: true}},
				Tries:     2,
			})
		}},
		{"whoami", whoamiJSON{}, func(*testing.T) any {
			return whoamiJSON{1, identity.Claims{"sub": "repo:acme/payments", "run_attempt": json.Number("1"), "aud": []any{"a"}, "fork": false}}
		}},
		{"doctor", doctorJSON{}, func(*testing.T) any {
			return doctorJSON{1, []doctor.Check{{Name: "clock", State: doctor.Trouble, Detail: "2 m ahead", Fix: "set the clock"}}}
		}},
		{"error", errorJSON{}, func(*testing.T) any {
			return errorReport(&denial{headline: "denied", hint: "run on push", refusal: &exchange.Refusal{
				Kind: fault.Denied, DecisionID: "d7k2m9x4q7t1", Owner: "@acme/payments",
				Failed: []exchange.Condition{{Name: "match.ref", Actual: "refs/pull/42/merge"}}, Grants: []string{"payments/publish"},
			}})
		}},
		{"findings", render.FindingsJSON{}, func(*testing.T) any {
			finding := check.Finding{
				Rule: "ref-spelling", Severity: check.Error, Pos: examplePlace, Subject: "grant payments/sonar", Message: "this ref never matches", Fix: "write refs/heads/main",
				Example: "repository=acme/payments ref=refs/heads/main",
			}
			return render.Findings{Shown: []check.Finding{finding}, Report: check.Report{
				Findings: []check.Finding{finding, finding}, Ignored: []check.Ignored{{Finding: finding, Reason: "it is meant"}},
				NotChecked: []check.NotChecked{{Rule: "bypass-grant", Subject: "grant docs", Reason: "too many globs"}}, Coverage: check.Coverage{Files: 3, Grants: 4, Settings: 5, Rules: 6},
			}}.JSON()
		}},
		{"explain", explainJSON{}, func(*testing.T) any {
			return explanation{
				Answer: explain.Answer{Evaluation: exampleEvaluation, Hints: []explain.Hint{{Condition: "match.ref", Text: "it differs by case alone"}}},
				others: []*policy.Evaluation{&exampleEvaluation}, in: version{place: func(file string) string { return "policy/" + file }},
			}.report()
		}},
		{"rules", rulesJSON{}, func(*testing.T) any {
			return rulesReport([]check.Meta{{ID: "no-context-guard", Summary: "every branch is admitted", Severity: check.Error}})
		}},
		{"diff", diffJSON{}, func(*testing.T) any {
			return policyDiff{before: "origin/main", after: "policy/", Result: compare.Result{Grants: 1, Changes: []*compare.Change{{
				Class: compare.NewlyAllowed, Subject: "grant payments/sonar", Grant: "payments/sonar", Owner: "@acme/payments", What: []string{"the grant is new"},
				Note: "it had another name", Pos: examplePlace, Gone: true, At: exampleTime,
				Example: &policy.Example{Issuer: &policy.Issuer{}, Claims: identity.Claims{"ref": "refs/heads/main"}},
			}}}}.report()
		}},
		{"policy-test", proofJSON{}, fullProof},
		{"policy-replay", replayJSON{}, fullReplay},
		{"decision", record.Record{}, fullRecord},
		{"list", listJSON{}, func(*testing.T) any {
			return listJSON{1, []grantJSON{{
				ID: "payments/sonar", Team: "payments", Owner: "@acme/payments", Description: "analyses", Labels: []string{"production"}, Issuer: "gh",
				Connection: "sonar-prod", Platform: "sonarqube", TTL: 900, Expires: exampleTime.Format(time.RFC3339), Mode: "observe", Lambda: true,
				Match: []conditionJSON{{"ref", []string{"refs/heads/main"}, []string{"refs/tags/*"}, true}}, Pos: examplePlace, AdmitsBy: "its id",
			}}, []string{"payments/publish"}}
		}},
		{"claims", claimsJSON{}, func(*testing.T) any {
			v := vocabulary{kind: identity.LookupKind("github"), issuer: &policy.Issuer{Issuer: identity.Issuer{Name: "gh"}, Require: []policy.Match{{
				Claim: identity.Claim{Name: "head_ref"}, Values: policy.Values{Exact: []policy.Word{{Text: "x"}}},
			}}}}
			c, _ := v.kind.Claim("head_ref")
			return v.report([]identity.Claim{c})
		}},
		{"suggest", suggestJSON{}, func(*testing.T) any {
			return suggestJSON{
				1, &exampleTime, &exampleTime, 12, 1, 1,
				[]record.BadLine{{Line: 7, Reason: "it is no record of a decision"}},
				[]adviceJSON{{"payments/sonar", 12, true, []narrowerJSON{{"ref", `{glob: "refs/heads/**"}`, "refs/heads/main", "nothing else was used"}}}},
				[]string{"payments/publish"},
			}
		}},
	}
)

func fullRecord(t *testing.T) any {
	t.Helper()
	var line bytes.Buffer
	err := record.NewLog(&line).Write(record.Record{
		Time: exampleTime, Event: record.Exchange, DecisionID: "d7k2m9x4q7t1", Instance: "acme-prod", Dev: true, PolicyHash: "9b31e0c",
		Outcome: string(record.Allow), Reason: "rate limit", Failed: []string{"match.ref"}, DryRun: true, Grants: []string{"payments/sonar"},
		Protocol: "token-exchange", RequestID: strings.Repeat("0", 32), Client: "192.0.2.7", Issuer: "gh", Claims: identity.Claims{"ref": "refs/heads/main"},
		ActorIs: record.FirstAttempt, Unverified: map[string]any{"iss": "https://issuer.example"}, Milliseconds: 12.5,
		Credentials: []record.Credential{{
			Grant: "payments/sonar", Platform: "sonarqube", Connection: "sonar-prod", TokenID: "t1", SHA256: exampleSum, LeaseSHA256: exampleSum,
			Expires: &exampleTime, PlatformExpires: &exampleTime, Outcome: string(credential.Revoked),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return json.RawMessage(line.Bytes())
}

// What the commands and a broker really write fits.
func TestSchemasFitRealOutput(t *testing.T) {
	var log bytes.Buffer
	world, err := demo.Start(t.Context(), time.Now, &log)
	if err != nil {
		t.Fatal(err)
	}
	push, pull := stepOf(t, world, world.Push), stepOf(t, world, world.Pull)
	bad := filepath.Join(t.TempDir(), policy.FileName)
	claims := filepath.Join(t.TempDir(), "claims.json")
	if err := os.WriteFile(bad, []byte("version: 1\ngrant: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	who := runApp(t, push, ExitDone, "whoami", "--format", "json")
	if err := os.WriteFile(claims, []byte(who), 0o600); err != nil {
		t.Fatal(err)
	}
	decisions := filepath.Join(t.TempDir(), "decisions.jsonl")
	line, ok := fullRecord(t).(json.RawMessage)
	if err := os.WriteFile(decisions, line, 0o600); err != nil || !ok {
		t.Fatal(err)
	}
	for _, c := range []struct {
		schema string
		env    []string
		code   int
		args   []string
	}{
		{"whoami", push, ExitDone, []string{"whoami"}},
		{"login", push, ExitDone, []string{"login", "--grant", demo.Grant}},
		{"login", push, ExitDone, []string{"login", "--grant", demo.Grant, "--dry-run"}},
		{"error", pull, ExitDenied, []string{"login", "--grant", demo.Grant}},
		{"error", push, ExitDenied, []string{"login", "--grant", "demo/nothing"}},
		{"doctor", push, ExitDone, []string{"doctor", "--grant", demo.Grant}},
		{"doctor", nil, ExitFindings, []string{"doctor"}},
		{"findings", nil, ExitDone, []string{"policy", "lint", "--dev", world.PolicyDir()}},
		{"findings", nil, ExitFindings, []string{"policy", "lint", bad}},
		{"rules", nil, ExitDone, []string{"rules"}},
		{"rules", nil, ExitDone, []string{"rules", "no-context-guard"}},
		{"explain", nil, ExitDone, []string{"policy", "explain", "--dev", "--grant", demo.Grant, "--claims", claims, world.PolicyDir()}},
		{"explain", nil, ExitDone, []string{"policy", "explain", "--dev", "--fixture", "github/fork", world.PolicyDir()}},
		{"diff", nil, ExitDone, []string{"policy", "diff", "--dev", world.PolicyDir(), world.PolicyDir()}},
		{"diff", nil, ExitUsage, []string{"policy", "diff", "--dev", world.PolicyDir(), bad}},
		{"diff", nil, ExitFindings, []string{"policy", "diff", "--dev", world.PolicyDir(), "../../testdata/policies/acme"}},
		{"list", nil, ExitDone, []string{"policy", "list", "--repo", "456789", "../../testdata/policies/acme"}},
		{"claims", nil, ExitDone, []string{"policy", "claims"}},
		{"claims", nil, ExitDone, []string{"policy", "claims", "circleci"}},
		{"suggest", nil, ExitDone, []string{"policy", "suggest", "--log", decisions, "../../testdata/policies/acme"}},
	} {
		out := runApp(t, c.env, c.code, append(c.args, "--format", "json")...)
		if err := formatOf(t, c.schema).fits(t, json.RawMessage(out)); err != nil {
			t.Errorf("%v: %v\n%s", c.args, err, out)
		}
	}
	runApp(t, push, ExitDone, "logout")
	world.Stop()
	recordsFit(t, log.String())
}

func recordsFit(t *testing.T, log string) {
	t.Helper()
	seen := map[any]bool{}
	f := formatOf(t, "decision")
	for line := range strings.Lines(log) {
		if err := f.fits(t, json.RawMessage(line)); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
		var r record.Record
		throughJSON(t, json.RawMessage(line), &r)
		seen[r.Event], seen[r.Outcome] = true, true
	}
	for _, want := range []any{record.Start, record.Policy, record.Exchange, record.Revoke, record.Stop, "allow", "deny", "revoked"} {
		if !seen[want] {
			t.Errorf("no record tells of %v:\n%s", want, log)
		}
	}
}

// stepOf is the environment of one step of a job.
func stepOf(t *testing.T, world *demo.World, job issuer.Job) []string {
	t.Helper()
	dir := t.TempDir()
	env := []string{
		"GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/payments", "GITHUB_RUN_ID=8812", "GITHUB_RUN_ATTEMPT=1", "RUNNER_TEMP=" + dir,
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + job.RequestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + job.RequestToken.Reveal(), "AUTOKEN_BROKER=" + world.Broker,
	}
	for _, name := range []string{"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+file)
	}
	return env
}
