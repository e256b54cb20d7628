package cli

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/plainfile"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// testQuestion is what policy test was asked.
type testQuestion struct {
	run, replay, team                         string
	coverage, nearMiss, allowEmpty, init, dev bool
	output                                    []string
}

func (a *App) policyTestCommand() *cobra.Command {
	var q testQuestion
	cmd := withFormats(&cobra.Command{
		Use:   "test [flags] [PATH]",
		Short: "Run a policy's tests, and find what they leave unproven",
		Long: "Test runs the tests in a policy's files, and in those beside them: the tests of\n" +
			"payments.yaml may stand in payments_test.yaml, which brokers never read.\n\n" +
			"--coverage fails unless a test shows for each grant that it allows something,\n" +
			"and for each of its conditions that this one alone keeps a job out.\n\n" +
			"--near-miss takes a job that each grant allows and changes one thing at a time:\n" +
			"another repository of that name, a fork's pull request, a tag named like the\n" +
			"branch. What is still allowed is shown. It fails unless a list or a pattern of\n" +
			"the grant was written to admit it, or two tests of allowed jobs differ in it.",
		Example: "  autoken policy test --coverage --near-miss policy/\n  autoken policy test --init --team payments > teams/payments_test.yaml",
		RunE:    func(_ *cobra.Command, args []string) error { return a.policyTest(q, args) },
	}, "table", "json", "junit", "github")
	flags := cmd.Flags()
	flags.StringVar(&q.run, "run", "", "run the tests whose names contain `TEXT`, or fit it as a pattern with *")
	flags.BoolVar(&q.coverage, "coverage", false, "show what no test shows, with a test to paste; 1 where that is anything")
	flags.BoolVar(&q.nearMiss, "near-miss", false, "change jobs that are allowed; 1 where one is still allowed that should not be")
	flags.StringVar(&q.replay, "replay", "", "decide the jobs in the log `FILE` instead, and show what changes; 1 where that is anything")
	flags.BoolVar(&q.init, "init", false, "print the tests that full coverage lacks instead, as a file beside the policy's")
	flags.StringVar(&q.team, "team", "", "look at the grants of the team `NAME` alone")
	flags.BoolVar(&q.allowEmpty, "allow-empty", false, "a policy without tests is fine")
	flags.BoolVar(&q.dev, "dev", false, "as a broker started with --dev")
	flags.StringArrayVarP(&q.output, "output", "o", nil, "write the results to `FILE` too: .xml (junit) or .json; repeatable")
	return cmd
}

// check refuses flags that make no sense together, and files of no format.
func (q testQuestion) check() error {
	alone := 0
	for _, set := range []bool{q.init, q.replay != "", q.run != "" || q.coverage || q.nearMiss || len(q.output) > 0} {
		if set {
			alone++
		}
	}
	switch {
	case alone > 1:
		return fault.New(fault.Usage, "--init and --replay do something else than running tests").WithHint("leave out the other flags")
	case q.run != "" && (q.coverage || q.nearMiss):
		return fault.New(fault.Usage, "--run runs some of the tests, and --coverage and --near-miss are about all of them").WithHint("leave out --run")
	}
	for _, name := range q.output {
		if extension := filepath.Ext(name); extension != ".xml" && extension != ".json" {
			return fault.New(fault.Usage, "no format has files like %s", name).WithHint("-o FILE with one of: .xml, .json")
		}
	}
	return nil
}

func (a *App) policyTest(q testQuestion, args []string) error {
	if err := q.check(); err != nil {
		return err
	}
	v, err := a.policyOf(args, policy.Options{Dev: q.dev, Tests: true})
	if err != nil {
		return err
	}
	if v, err = q.narrowed(v); err != nil {
		return err
	}
	switch {
	case q.init:
		return a.suggestTests(v, q.team)
	case q.replay != "":
		return a.replay(v.Policy, q.replay)
	}
	tests, err := q.tests(v)
	if err != nil {
		return err
	}
	return a.showProof(a.prove(v, tests, q), q.output)
}

// tests returns the tests to run. None is a mistake, unless somebody says not.
func (q testQuestion) tests(v version) ([]*policy.Test, error) {
	p := v.Policy
	tests := p.Tests
	if q.run != "" {
		tests = proof.Select(p.Tests, q.run)
	}
	switch {
	case len(tests) > 0:
		return tests, nil
	case q.run != "":
		err := fault.New(fault.Usage, "no test has %q in its name", q.run)
		if near := check.Nearest(q.run, testNames(p)); near != "" {
			return nil, err.WithHint("did you mean %q?", near)
		}
		return nil, err.WithHint("autoken policy test -v lists them")
	case q.allowEmpty, q.coverage && len(p.Grants) > 0:
		return nil, nil
	}
	file := v.testsFile(q.team)
	if q.team != "" {
		return nil, fault.New(fault.Usage, "team %s has no tests", quote.Text(q.team)).
			WithHint("%s > %s", commandOn(v.name, "test", "--init", "--team", q.team), shellWord(file))
	}
	return nil, fault.New(fault.Usage, "the policy has no tests").WithHint("%s > %s", commandOn(v.name, "test", "--init"), shellWord(file))
}

// narrowed leaves the grants of one team, and the tests of those.
func (q testQuestion) narrowed(v version) (version, error) {
	if q.team == "" {
		return v, nil
	}
	var names []string
	for _, t := range v.Policy.Teams {
		names = append(names, t.Name)
	}
	if !slices.Contains(names, q.team) {
		return v, noSuchName("team", q.team, names)
	}
	part, draft := *v.Policy, *v.Draft
	part.Grants = slices.DeleteFunc(slices.Clone(part.Grants), func(g *policy.Grant) bool { return g.Team != q.team })
	part.Tests = slices.DeleteFunc(slices.Clone(part.Tests), func(t *policy.Test) bool { return !strings.HasPrefix(t.Grant.Text, q.team+"/") })
	draft.Policy, v.Draft = &part, &draft
	return v, nil
}

func testNames(p *policy.Policy) []string {
	names := make([]string, 0, len(p.Tests))
	for _, t := range p.Tests {
		names = append(names, t.Name)
	}
	return names
}

// proofFormats lists how results are written, the default first.
var proofFormats = []struct {
	name, extension string
	write           func(io.Writer, render.Style, *proofReport) error
}{{"table", "", proofTable}, {"json", ".json", proofAsJSON}, {"junit", ".xml", proofJUnit}, {"github", "", proofGitHub}}

func (a *App) showProof(r *proofReport, files []string) error {
	for _, format := range proofFormats {
		if format.name == a.settings.Format {
			if err := format.write(a.Stdout, a.style(a.Stdout), r); err != nil {
				return err
			}
		}
		for _, name := range files {
			if format.extension != filepath.Ext(name) {
				continue
			}
			var text bytes.Buffer
			if err := format.write(&text, render.Style{}, r); err != nil {
				return err
			}
			if err := plainfile.Write(name, text.Bytes()); err != nil {
				return fault.New(fault.Internal, "writing the results: %w", err)
			}
		}
	}
	if !r.good() {
		return exitCode(ExitFindings)
	}
	return nil
}

// replay decides the jobs of a log.
func (a *App) replay(p *policy.Policy, name string) error {
	log, err := openLog(name)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // it was only read
	r, err := proof.ReplayLog(p, log, a.Now())
	if err != nil {
		return fault.New(fault.Usage, "reading the log: %s: %w", name, err)
	}
	if r.Same+len(r.Changes) == 0 {
		a.tellUnread(name, r.Unread)
		return fault.New(fault.Usage, "%s has no decision of a job", name).
			WithHint("it takes what autoken broker serve writes to stdout, or JSON lines of the gateway's events")
	}
	if err := a.showReplay(name, r); err != nil {
		return err
	}
	if len(r.Changes) > 0 {
		return exitCode(ExitFindings)
	}
	return nil
}

// distinct returns the names of conditions, each once.
func distinct(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}
