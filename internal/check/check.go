// Package check is the vocabulary of everything that looks for problems: the
// policy's parser and linter, the repository audit and the broker's self-checks.
package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Severity orders findings by how soon someone should act. The zero value is
// Info.
type Severity int

// The severities, mildest first. A file with an Error cannot be loaded.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
	Error
)

var severityNames = [...]string{Info: "info", Low: "low", Medium: "medium", High: "high", Critical: "critical", Error: "error"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText writes the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseSeverity returns the severity called name.
func ParseSeverity(name string) (Severity, error) {
	if i := slices.Index(severityNames[:], name); i >= 0 {
		return Severity(i), nil
	}
	return Info, fmt.Errorf("there is no severity %q; there are %s", name, strings.Join(severityNames[:], ", "))
}

// Meta describes a rule to people: in tables, in documentation and in SARIF.
type Meta struct {
	ID       string // kebab-case
	Summary  string // what is wrong, in one sentence without a full stop
	Severity Severity
}

// Pos is a place in a file, counted from 1; Col counts characters. Line 0
// stands for the file as a whole.
type Pos struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col)
}

// Finding is one problem in one place.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Pos      Pos      `json:"pos"`
	Subject  string   `json:"subject,omitempty"` // "grant payments/sonar"
	Message  string   `json:"message"`           // lower case, no full stop
	Fix      string   `json:"fix,omitempty"`     // what to write or type instead
	Example  string   `json:"example,omitempty"` // claims of a job that it is about: "repository=acme/payments ref=refs/heads/main"
	Excerpt  string   `json:"-"`                 // the source line with a caret below, for people
}

// Report is the result of looking for problems: what was found, what somebody
// decided to live with, and what was not looked at.
type Report struct {
	Findings   []Finding
	Ignored    []Ignored
	NotChecked []NotChecked
	Coverage   Coverage
}

// Ignored is a finding that somebody decided to live with.
type Ignored struct {
	Finding
	Reason string `json:"reason"`
}

// NotChecked is a question without an answer. It is neither a finding nor a pass.
type NotChecked struct {
	Rule    string `json:"rule"`
	Subject string `json:"subject,omitempty"`
	Reason  string `json:"reason"`
}

// Coverage is how much was looked at.
type Coverage struct {
	Files    int `json:"files"`
	Grants   int `json:"grants"`
	Settings int `json:"settings"`
	Rules    int `json:"rules"`
}

// String returns the finding as compilers print theirs.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s [%s]", f.Pos, f.Severity, f.Message, f.Rule)
}

// Sort orders findings by place, then rule, then message.
func Sort(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message),
		)
	})
}

// AtLeast reports whether a finding is as severe as limit.
func AtLeast(findings []Finding, limit Severity) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity >= limit })
}
