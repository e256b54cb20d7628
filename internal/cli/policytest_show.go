package cli

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
	"github.com/autoken/autoken/internal/session"
)

// proofTable shows what did not hold, and in the last line how much was tried.
func (a *App) proofTable(w io.Writer, r proofReport) {
	s := a.style(w)
	for _, result := range r.results {
		fmt.Fprint(w, r.resultText(s, result))
	}
	if r.coverage != nil {
		fmt.Fprint(w, r.gapText(s))
	}
	if r.nearMiss != nil {
		fmt.Fprint(w, r.nearMissText(s))
	}
	fmt.Fprint(w, r.summary(s.Width))
}

// resultText shows a test that did not pass, or that needs a word.
func (r proofReport) resultText(s render.Style, result proof.Result) string {
	if result.Outcome == proof.Passed && result.Reason == "" {
		return ""
	}
	mark := map[proof.Outcome]string{proof.Passed: s.Warn("·"), proof.Failed: s.Bad("✗"), proof.Broken: s.Bad("!")}[result.Outcome]
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s\n", quote.Text(r.place(result.Pos).String()), mark, quote.Text(result.Test.Name))
	b.WriteString(hangText(result.Reason, s.Width, "    "))
	if result.Fix != "" {
		fmt.Fprintf(&b, "  fix: %s\n", quote.Text(result.Fix))
	}
	if result.Outcome == proof.Failed {
		b.WriteString(r.conditions(s, result))
	}
	return b.String() + "\n"
}

// hangText is foreign text in lines that all begin with indent. None gives a
// runner an order, wherever the text was broken.
func hangText(text string, width int, indent string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(render.Wrap(quote.Text(text), width-len(indent), ""), "\n") {
		b.WriteString(indent + quote.Text(line) + "\n")
	}
	return b.String()
}

// conditions shows what stood in the way, or that nothing did.
func (r proofReport) conditions(s render.Style, result proof.Result) string {
	var b strings.Builder
	fits := 0
	for _, c := range result.Evaluation.Conditions {
		if c.Passed {
			fits++
			continue
		}
		fmt.Fprintf(&b, "    %s %s: %s\n", s.Bad("✗"), c.Name, quote.Text(firstNonEmpty(c.Actual, "(none)")))
		b.WriteString(hangText("wants "+c.Want+", "+r.place(c.Pos).String(), s.Width, "        "))
	}
	fmt.Fprintf(&b, "    %s %s, %s\n", s.Good("✓"), fitting(fits, len(result.Evaluation.Conditions)),
		quote.Text(r.place(result.Evaluation.Grant.Pos).String()))
	return b.String()
}

func fitting(fits, all int) string {
	if fits == all {
		return "all conditions fit"
	}
	return fmt.Sprintf("the other %d of %d fit", fits, all)
}

// gapText shows what no test shows, grant by grant, and tests that would, by the
// file to paste them into.
func (r proofReport) gapText(s render.Style) string {
	var b strings.Builder
	pastes := map[string]string{}
	for rest := r.coverage.Gaps; len(rest) > 0; {
		g := rest[0].Grant
		n := slices.IndexFunc(rest, func(gap proof.Gap) bool { return gap.Grant != g })
		if n < 0 {
			n = len(rest)
		}
		fmt.Fprintf(&b, "%s: %s %s\n", quote.Text(r.place(g.Pos).String()), s.Bad("✗"), g.ID)
		for _, line := range gapLines(rest[:n]) {
			b.WriteString(hangText(line, s.Width, "    "))
		}
		for _, gap := range rest[:n] {
			if gap.Test != nil {
				pastes[g.Pos.File] += proof.YAML(gap.Test)
			}
		}
		rest = rest[n:]
	}
	for _, file := range slices.Sorted(maps.Keys(pastes)) {
		fmt.Fprintf(&b, "\nTests to paste below tests: in %s\n\n%s", quote.Text(r.folder.Path(file)), pastes[file])
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// gapLines says what no test shows of one grant.
func gapLines(gaps []proof.Gap) []string {
	var lines, missing []string
	for _, gap := range gaps {
		if gap.Condition == "" || gap.Test == nil {
			lines = append(lines, gapReason(gap))
		} else {
			missing = append(missing, gap.Condition)
		}
	}
	if len(missing) > 0 {
		lines = append(lines, "no test shows that one of these alone keeps a job out: "+strings.Join(missing, ", "))
	}
	return lines
}

func gapReason(gap proof.Gap) string {
	switch {
	case gap.Condition == "" && gap.Test == nil:
		return "no test shows a job that is allowed, and none was found: does it admit any?"
	case gap.Condition == "":
		return "no test shows a job that is allowed"
	case gap.Test == nil:
		return "no test shows that " + gap.Condition + " alone keeps a job out, and none was found: it may say nothing that the others do not"
	}
	return "no test shows that " + gap.Condition + " alone keeps a job out"
}

// gapPos is where a condition stands that no test needs.
func (r proofReport) gapPos(gap proof.Gap) check.Pos {
	for _, m := range slices.Concat(gap.Grant.Match, gap.Grant.Issuer.Require) {
		if gap.Condition == "match."+m.Claim.Name || gap.Condition == "require."+m.Claim.Name {
			return m.Pos
		}
	}
	return gap.Grant.Pos
}

// survivors are the mutants of one grant that were admitted for one reason.
type survivors struct {
	proof.NearMiss
	mutants []string
}

// grouped puts mutants of one grant and one reason together, in their order.
func grouped(all []proof.NearMiss) []survivors {
	var groups []survivors
	for _, m := range all {
		i := slices.IndexFunc(groups, func(s survivors) bool { return s.Grant == m.Grant && s.Reason == m.Reason })
		if i < 0 {
			i = len(groups)
			groups = append(groups, survivors{NearMiss: m})
		}
		groups[i].mutants = append(groups[i].mutants, m.Mutant)
	}
	return groups
}

func (r proofReport) nearMissText(s render.Style) string {
	var b strings.Builder
	for _, g := range r.nearMiss.Unproven {
		fmt.Fprintf(&b, "%s: %s %s\n    no job was found that it allows, so there is nothing to change\n", quote.Text(r.place(g.Pos).String()), s.Bad("✗"), g.ID)
	}
	for _, group := range grouped(r.nearMiss.Survivors()) {
		fmt.Fprintf(&b, "%s: %s %s also admits\n", quote.Text(r.place(group.Grant.Pos).String()), s.Bad("✗"), group.Grant.ID)
		b.WriteString(hangText(strings.Join(group.mutants, ", "), s.Width, "    "))
		b.WriteString(hangText("because "+group.Reason, s.Width, "    "))
		b.WriteString(hangText("for example, this job: "+exampleText(group.Example), s.Width, "    "))
		if group.Fix != "" {
			b.WriteString(hangText("fix: "+group.Fix, s.Width, "  "))
		}
	}
	for _, group := range grouped(r.nearMiss.Intended()) {
		fmt.Fprintf(&b, "%s: %s %s also admits, as intended\n", quote.Text(r.place(group.Grant.Pos).String()), s.Dim("·"), group.Grant.ID)
		b.WriteString(hangText(strings.Join(group.mutants, ", ")+": "+group.Reason, s.Width, "    "))
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// exampleText is what makes a job different from one that is allowed.
func exampleText(claims identity.Claims) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if claims[name] != nil {
			parts = append(parts, name+"="+firstNonEmpty(fmt.Sprint(claims[name]), `""`))
		} else {
			parts = append(parts, "no "+name)
		}
	}
	return strings.Join(parts, " ")
}

// summary says how much was tried.
func (r proofReport) summary(width int) string {
	parts := []string{session.Count(len(r.results), "test") + ": " + strings.Join(r.outcomes(), ", ")}
	observing := 0
	if c := r.coverage; c != nil {
		parts = append(parts, fmt.Sprintf("coverage: %d of %d", c.Needed-len(c.Gaps), c.Needed))
		observing = c.Observe
	}
	if n := r.nearMiss; n != nil {
		admitted := len(n.Survivors())
		parts = append(parts, fmt.Sprintf("near misses: %d of %d denied, %d intended, %d admitted", len(n.All)-admitted-len(n.Intended()), len(n.All), len(n.Intended()), admitted))
		observing = n.Observe
	}
	if observing > 0 {
		parts = append(parts, session.Count(observing, "grant")+" not counted: observe only")
	}
	return render.Wrap(strings.Join(parts, "; "), width, "  ") + "\n"
}

func (r proofReport) outcomes() []string {
	parts := []string{fmt.Sprintf("%d passed", r.count(proof.Passed))}
	for _, outcome := range []proof.Outcome{proof.Failed, proof.Broken} {
		if n := r.count(outcome); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	return parts
}

// findings are what does not hold, for formats that show places.
func (r proofReport) findings() []check.Finding {
	var all []check.Finding
	for _, result := range r.results {
		if result.Outcome != proof.Passed {
			all = append(all, check.Finding{
				Rule: "policy test", Severity: check.High, Pos: r.place(result.Pos), Fix: result.Fix,
				Message: result.Test.Name + ": " + result.Reason + failedText(result),
			})
		}
	}
	if r.coverage != nil {
		for _, gap := range r.coverage.Gaps {
			all = append(all, check.Finding{Rule: "policy test --coverage", Severity: check.High, Pos: r.place(r.gapPos(gap)), Message: gap.Grant.ID + ": " + gapReason(gap)})
		}
	}
	if r.nearMiss != nil {
		all = append(all, r.nearMissFindings()...)
	}
	return all
}

func (r proofReport) nearMissFindings() []check.Finding {
	var all []check.Finding
	for _, g := range r.nearMiss.Unproven {
		all = append(all, check.Finding{Rule: "policy test --near-miss", Severity: check.High, Pos: r.place(g.Pos), Message: g.ID + ": no job was found that it allows"})
	}
	for _, group := range grouped(r.nearMiss.Survivors()) {
		all = append(all, check.Finding{
			Rule: "policy test --near-miss", Severity: check.High, Pos: r.place(group.Grant.Pos), Example: exampleText(group.Example), Fix: group.Fix,
			Message: group.Grant.ID + " also admits " + strings.Join(group.mutants, ", ") + ": " + group.Reason,
		})
	}
	return all
}

// failedText names the conditions that did not fit where a test failed.
func failedText(result proof.Result) string {
	names := result.Evaluation.Failed()
	if result.Outcome != proof.Failed || len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// annotate writes what does not hold as annotations of a GitHub job's log.
func (r proofReport) annotate(w io.Writer) {
	for _, f := range r.findings() {
		fmt.Fprint(w, render.Annotation(f))
	}
}

// suites are the results for readers of JUnit's XML.
func (r proofReport) suites() []render.Suite {
	tests := render.Suite{Name: "tests"}
	for _, result := range r.results {
		pos := r.place(result.Test.Pos)
		c := render.Case{Name: result.Test.Name, Class: result.Test.Grant.Text, File: filepath.ToSlash(pos.File), Line: pos.Line}
		if result.Outcome != proof.Passed {
			c.Failure, c.Broken = result.Reason, result.Outcome == proof.Broken
			c.Detail = r.resultText(render.NewStyle(io.Discard, false, render.DefaultWidth), result)
		}
		tests.Cases = append(tests.Cases, c)
	}
	suites := []render.Suite{tests}
	if r.coverage != nil {
		suites = append(suites, r.coverageSuite())
	}
	if r.nearMiss != nil {
		suites = append(suites, r.nearMissSuite())
	}
	return suites
}

func (r proofReport) coverageSuite() render.Suite {
	s := render.Suite{Name: "coverage"}
	for _, gap := range r.coverage.Gaps {
		pos := r.place(r.gapPos(gap))
		c := render.Case{Name: firstNonEmpty(gap.Condition, "allowed"), Class: gap.Grant.ID, File: filepath.ToSlash(pos.File), Line: pos.Line, Failure: gapReason(gap)}
		if gap.Test != nil {
			c.Detail = proof.YAML(gap.Test)
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

func (r proofReport) nearMissSuite() render.Suite {
	s := render.Suite{Name: "near-miss"}
	for _, g := range r.nearMiss.Unproven {
		s.Cases = append(s.Cases, render.Case{Name: "an allowed job", Class: g.ID, Failure: "no job was found that it allows"})
	}
	for _, m := range r.nearMiss.All {
		pos := r.place(m.Grant.Pos)
		c := render.Case{Name: m.Mutant, Class: m.Grant.ID, File: filepath.ToSlash(pos.File), Line: pos.Line}
		if m.Fate == proof.Survived {
			c.Failure, c.Detail = m.Reason, exampleText(m.Example)
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

// The JSON form of what policy test found.
type (
	proofJSON struct {
		Version  int           `json:"version"`
		Passed   bool          `json:"passed"`
		Tests    []testJSON    `json:"tests"`
		Coverage *coverageJSON `json:"coverage,omitempty"`
		NearMiss *nearMissJSON `json:"near_miss,omitempty"`
	}
	testJSON struct {
		Name    string             `json:"name"`
		Grant   string             `json:"grant"`
		Expect  string             `json:"expect"`
		Outcome proof.Outcome      `json:"outcome"`
		Pos     check.Pos          `json:"pos"`
		Reason  string             `json:"reason,omitempty"`
		Fix     string             `json:"fix,omitempty"`
		Failed  []policy.Condition `json:"failed"`
	}
	coverageJSON struct {
		Needed  int       `json:"needed"`
		Covered int       `json:"covered"`
		Gaps    []gapJSON `json:"gaps"`
	}
	gapJSON struct {
		Grant     string    `json:"grant"`
		Condition string    `json:"condition,omitempty"`
		Pos       check.Pos `json:"pos"`
		Test      string    `json:"test,omitempty"`
	}
	nearMissJSON struct {
		Jobs     int          `json:"jobs"`
		Denied   int          `json:"denied"`
		Admitted []mutantJSON `json:"admitted"`
		Unproven []string     `json:"unproven"`
	}
	mutantJSON struct {
		Grant   string     `json:"grant"`
		Mutant  string     `json:"mutant"`
		Fate    proof.Fate `json:"fate"`
		Reason  string     `json:"reason"`
		Pos     check.Pos  `json:"pos"`
		Example string     `json:"example"`
		Fix     string     `json:"fix,omitempty"`
	}
)

func (r proofReport) json() proofJSON {
	all := proofJSON{Version: 1, Passed: r.good(), Tests: []testJSON{}}
	for _, result := range r.results {
		t := testJSON{
			Name: result.Test.Name, Grant: result.Test.Grant.Text, Expect: proof.Expectation(result.Test), Outcome: result.Outcome,
			Pos: r.place(result.Pos), Reason: result.Reason, Fix: result.Fix, Failed: []policy.Condition{},
		}
		for _, c := range result.Evaluation.Conditions {
			if !c.Passed {
				c.Pos = r.place(c.Pos)
				t.Failed = append(t.Failed, c)
			}
		}
		all.Tests = append(all.Tests, t)
	}
	if r.coverage != nil {
		all.Coverage = r.coverageJSON()
	}
	if r.nearMiss != nil {
		all.NearMiss = r.nearMissJSON()
	}
	return all
}

func (r proofReport) coverageJSON() *coverageJSON {
	c := &coverageJSON{Needed: r.coverage.Needed, Covered: r.coverage.Needed - len(r.coverage.Gaps), Gaps: []gapJSON{}}
	for _, gap := range r.coverage.Gaps {
		g := gapJSON{Grant: gap.Grant.ID, Condition: gap.Condition, Pos: r.place(r.gapPos(gap))}
		if gap.Test != nil {
			g.Test = proof.YAML(gap.Test)
		}
		c.Gaps = append(c.Gaps, g)
	}
	return c
}

func (r proofReport) nearMissJSON() *nearMissJSON {
	n := &nearMissJSON{Jobs: len(r.nearMiss.All), Admitted: []mutantJSON{}, Unproven: []string{}}
	for _, m := range r.nearMiss.All {
		if m.Fate == proof.Denied {
			n.Denied++
			continue
		}
		n.Admitted = append(n.Admitted, mutantJSON{m.Grant.ID, m.Mutant, m.Fate, m.Reason, r.place(m.Grant.Pos), exampleText(m.Example), m.Fix})
	}
	for _, g := range r.nearMiss.Unproven {
		n.Unproven = append(n.Unproven, g.ID)
	}
	return n
}
