package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/proof"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// proofJSON is the JSON form of what policy test found.
type proofJSON struct {
	Version    int         `json:"version"`
	Passed     bool        `json:"passed"`
	Results    []proofItem `json:"results"`
	Coverage   *countsJSON `json:"coverage,omitempty"`
	NearMisses *countsJSON `json:"near_misses,omitempty"`
}

// countsJSON says of how many things how many are as they should be.
type countsJSON struct {
	All  int `json:"all"`
	Good int `json:"good"`
}

// proofItem is one thing that was found, in the words of every format.
type proofItem struct {
	Kind    string             `json:"kind"`
	Name    string             `json:"name"`
	Grant   string             `json:"grant"`
	Outcome string             `json:"outcome"`
	Pos     check.Pos          `json:"pos"`
	Reason  string             `json:"reason,omitempty"`
	Failed  []policy.Condition `json:"failed,omitempty"`
	Example string             `json:"example,omitempty"`
	Fix     string             `json:"fix,omitempty"`
	Tests   string             `json:"tests,omitempty"`
}

// The kinds of items.
const (
	aTest     = "test"
	aGap      = "coverage"
	aNearMiss = "near-miss"
)

// bad reports whether an item makes the command fail.
func (i *proofItem) bad() bool {
	return i.Outcome != string(proof.Passed) && i.Outcome != string(proof.Intended)
}

// text shows an item to people; nothing of what is as it should be.
func (i *proofItem) text(s render.Style) string {
	if !i.bad() && i.Reason == "" {
		return ""
	}
	mark := s.Bad("✗")
	switch {
	case !i.bad():
		mark = s.Dim("·")
	case i.Outcome == string(proof.Broken):
		mark = s.Bad("!")
	}
	var b strings.Builder
	b.WriteString(s.Foreign(quote.Text(i.Pos.String())+": "+mark+" ", i.Name, "    ") + "\n")
	b.WriteString(s.Foreign("    ", i.Reason, "    ") + "\n")
	for _, c := range i.Failed {
		fmt.Fprintf(&b, "    %s %s: %s\n", s.Bad("✗"), c.Name, quote.Text(firstNonEmpty(c.Actual, "(none)")))
		b.WriteString(s.Foreign("        ", "wants "+c.Want+", "+c.Pos.String(), "        ") + "\n")
	}
	if i.Example != "" {
		b.WriteString(s.Foreign("    ", "for example, this job: "+i.Example, "    ") + "\n")
	}
	if i.Fix != "" {
		b.WriteString(s.Foreign("    ", "fix: "+i.Fix, "    ") + "\n")
	}
	if i.Kind == aNearMiss && i.Tests != "" {
		b.WriteString("    or, where that is meant, show it: the test is below\n")
	}
	return b.String() + "\n"
}

// proofTable shows what does not hold, tests to paste, and in the last line how
// much was tried.
func proofTable(w io.Writer, s render.Style, r *proofReport) error {
	var b strings.Builder
	for _, i := range r.items {
		if i.bad() || r.verbose {
			b.WriteString(i.text(s))
		}
	}
	b.WriteString(r.pastes(s, aGap, "Tests to paste") + r.pastes(s, aNearMiss, "Where such a job is meant, a test to paste"))
	b.WriteString(r.summary(s.Width))
	_, err := io.WriteString(w, b.String())
	return err
}

// pastes are the tests of a kind of items, below the file that each belongs to.
func (r *proofReport) pastes(s render.Style, kind, what string) string {
	var b strings.Builder
	file := ""
	for _, i := range r.items {
		if i.Kind != kind || i.Tests == "" {
			continue
		}
		if i.Pos.File != file {
			file = i.Pos.File
			b.WriteString(s.Foreign("", what+" below tests: in "+file, "  ") + "\n\n")
		}
		b.WriteString(i.Tests + "\n")
	}
	return b.String()
}

// proofGitHub writes what does not hold as annotations of a job's log.
func proofGitHub(w io.Writer, s render.Style, r *proofReport) error {
	var b strings.Builder
	for _, i := range r.items {
		if i.bad() {
			b.WriteString(render.Annotation(i.finding()))
		}
	}
	b.WriteString(r.summary(s.Width))
	_, err := io.WriteString(w, b.String())
	return err
}

func (i *proofItem) finding() check.Finding {
	text := i.Name + ": " + i.Reason
	var failed []string
	for _, c := range i.Failed {
		failed = append(failed, c.Name)
	}
	if len(failed) > 0 {
		text += " (" + strings.Join(failed, ", ") + ")"
	}
	return check.Finding{Rule: i.Kind, Severity: check.High, Pos: i.Pos, Message: text, Example: i.Example, Fix: i.Fix}
}

// proofJUnit writes the items as XML, those of a kind as a suite.
func proofJUnit(w io.Writer, _ render.Style, r *proofReport) error {
	plain := render.NewStyle(io.Discard, false, render.DefaultWidth)
	suites := []render.Suite{{Name: aTest}}
	for _, i := range r.items {
		last := &suites[len(suites)-1]
		if last.Name != i.Kind {
			suites = append(suites, render.Suite{Name: i.Kind})
			last = &suites[len(suites)-1]
		}
		c := render.Case{Name: i.Name, Class: i.Grant, File: filepath.ToSlash(i.Pos.File), Line: i.Pos.Line}
		if i.bad() {
			c.Failure, c.Broken, c.Detail = i.Reason, i.Outcome == string(proof.Broken), i.text(plain)+i.Tests
		}
		last.Cases = append(last.Cases, c)
	}
	return render.JUnit(w, "autoken policy test", suites)
}

func proofAsJSON(w io.Writer, _ render.Style, r *proofReport) error { return render.JSON(w, r.json()) }

func (r *proofReport) json() proofJSON {
	return proofJSON{1, r.good(), append([]proofItem{}, r.items...), r.coverage, r.nearMisses}
}

// good reports whether everything that was asked for holds.
func (r *proofReport) good() bool {
	return !slices.ContainsFunc(r.items, func(i proofItem) bool { return i.bad() })
}

// summary says how much was tried.
func (r *proofReport) summary(width int) string {
	outcomes := map[string]int{}
	for _, i := range r.items {
		outcomes[i.Kind+i.Outcome]++
	}
	parts := []string{render.Count(r.tests, "test") + ": " + fmt.Sprint(outcomes[aTest+string(proof.Passed)]) + " passed"}
	for _, o := range []string{string(proof.Failed), string(proof.Broken)} {
		if n := outcomes[aTest+o]; n > 0 {
			parts[0] += fmt.Sprintf(", %d ", n) + o
		}
	}
	if c := r.coverage; c != nil {
		parts = append(parts, fmt.Sprintf("coverage: %d of %d", c.Good, c.All))
	}
	if n := r.nearMisses; n != nil {
		parts = append(parts, fmt.Sprintf("near misses: %d of %d denied or intended", n.Good, n.All))
		if intended := outcomes[aNearMiss+string(proof.Intended)]; intended > 0 && !r.verbose {
			parts[len(parts)-1] += fmt.Sprintf(" (-v shows %d intended)", intended)
		}
	}
	if r.observe > 0 {
		parts = append(parts, render.Count(r.observe, "grant")+" not counted: observe only")
	}
	return render.Wrap(strings.Join(parts, "; "), width, "  ") + "\n"
}
