package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/explain"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// The JSON form of an explanation.
type explainJSON struct {
	Version    int                `json:"version"`
	Grant      string             `json:"grant"`
	Allowed    bool               `json:"allowed"`
	WouldAllow bool               `json:"would_allow,omitempty"`
	Pos        check.Pos          `json:"pos"`
	Conditions []policy.Condition `json:"conditions"`
	Hints      []explain.Hint     `json:"hints"`
	Others     []otherJSON        `json:"others"`
}

// otherJSON is how the job fares with another grant.
type otherJSON struct {
	Grant      string   `json:"grant"`
	Allowed    bool     `json:"allowed"`
	WouldAllow bool     `json:"would_allow,omitempty"`
	Failed     []string `json:"failed"`
}

func (e explanation) report() explainJSON {
	r := explainJSON{
		Version: 1, Grant: e.Grant.ID, Allowed: e.Allowed, WouldAllow: e.WouldAllow, Pos: e.in.at(e.Grant.Pos),
		Conditions: e.Conditions, Hints: append([]explain.Hint{}, e.Hints...), Others: []otherJSON{},
	}
	for i := range r.Conditions {
		r.Conditions[i].Pos = e.in.at(r.Conditions[i].Pos)
	}
	for _, o := range e.others {
		r.Others = append(r.Others, otherJSON{o.Grant.ID, o.Allowed, o.WouldAllow, append([]string{}, o.Failed()...)})
	}
	return r
}

func (a *App) showExplanation(e explanation) error {
	if a.json() {
		return render.JSON(a.Stdout, e.report())
	}
	s := a.style(a.Stdout)
	var b strings.Builder
	if e.decided != "" {
		b.WriteString(s.Foreign("", e.decided+"; by this policy: "+plainVerdict(e.Evaluation), "  ") + "\n")
	}
	fmt.Fprintf(&b, "%s by %s, %s\n", verdictOf(s, e.Evaluation), e.Grant.ID, quote.Text(e.in.at(e.Grant.Pos).String()))
	b.WriteString(render.Indent(render.Hanging(a.conditionRows(s, e), s.Width-2), "  "))
	for _, hint := range e.Hints {
		b.WriteString(s.Foreign("  hint: ", hint.Condition+": "+hint.Text, "    ") + "\n")
	}
	b.WriteString(othersText(s, e))
	if next := e.next(); next != "" {
		b.WriteString(s.Foreign("next: ", next, "  ") + "\n")
	}
	_, err := io.WriteString(a.Stdout, b.String())
	return err
}

func plainVerdict(e policy.Evaluation) string {
	if e.Allowed {
		return "allowed"
	}
	return "denied"
}

// next says what somebody can do whose job no grant admits.
func (e explanation) next() string {
	if e.Allowed || e.WouldAllow || slices.ContainsFunc(e.others, func(o *policy.Evaluation) bool { return o.Allowed }) {
		return ""
	}
	const propose = "autoken whoami --as-grant, in the job, prints a grant for it"
	event := "match." + e.Grant.Issuer.Vocabulary.Event
	for _, c := range e.Conditions {
		if !c.Passed && c.Actual != "" && (c.Name == "event" || c.Name == event) {
			return "run the job on " + c.Want + "; or " + propose
		}
	}
	return propose
}

func verdictOf(s render.Style, e policy.Evaluation) string {
	switch {
	case e.Allowed:
		return s.Good("allowed")
	case e.WouldAllow:
		return s.Warn("denied") + ", because the grant only observes; its conditions all fit:"
	}
	return s.Bad("denied")
}

// conditionRows shows each condition with what the job has, and for those that do
// not hold what is wanted and where that stands; -v says where all stand.
func (a *App) conditionRows(s render.Style, e explanation) [][]string {
	var rows [][]string
	for _, c := range e.Conditions {
		mark := s.Good("✓")
		if !c.Passed {
			mark = s.Bad("✗")
		}
		text := quote.Text(cmp.Or(c.Actual, "(none)"))
		if !c.Passed {
			text += "\nwants " + quote.Text(c.Want)
		}
		if at := e.in.at(c.Pos).String(); at != "" && (!c.Passed || a.settings.Verbose > 0) {
			text += "\nat " + quote.Text(at)
		}
		rows = append(rows, []string{mark + " " + c.Name, text})
	}
	return rows
}

// othersText lists how the job fares with other grants.
func othersText(s render.Style, e explanation) string {
	if len(e.others) == 0 {
		return ""
	}
	title := "nearest other grants"
	var rows [][]string
	for _, o := range e.others {
		fate := "fails at " + strings.Join(o.Failed(), ", ")
		switch {
		case o.Allowed:
			fate, title = s.Good("allowed"), "other grants that admit this job"
		case o.WouldAllow:
			fate = "only observes; its conditions all fit"
		}
		rows = append(rows, []string{o.Grant.ID, fate})
	}
	return "\n" + title + "\n" + render.Indent(render.Hanging(rows, s.Width-2), "  ")
}
