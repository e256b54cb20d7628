package cli

import (
	"fmt"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/proof"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/record"
	"github.com/autoken/autoken/internal/render"
)

// The JSON form of a replay.
type (
	replayJSON struct {
		Version int              `json:"version"`
		Same    int              `json:"same"`
		Skipped int              `json:"skipped"`
		NotRead int              `json:"not_read"`
		Bad     []record.BadLine `json:"bad_lines"`
		Changes []replayedJSON   `json:"changes"`
		More    int              `json:"more"`
	}
	replayedJSON struct {
		Grant    string   `json:"grant,omitempty"`
		Was      string   `json:"was,omitempty"`
		Allowed  bool     `json:"allowed"`
		Failed   []string `json:"failed"`
		Job      string   `json:"job"`
		Decision string   `json:"decision_id,omitempty"`
		Line     int      `json:"line"`
		Times    int      `json:"times"`
	}
)

func (a *App) showReplay(name string, r *proof.Replay) error {
	switch a.settings.Format {
	case "table":
		a.tellUnread(name, r.Unread)
		return a.replayTable(name, r)
	case "json":
		return render.JSON(a.Stdout, replayReport(r))
	}
	return fault.New(fault.Usage, "--replay has no format %s", a.settings.Format).WithHint("write one of: table, json")
}

// maxShownChanges is how many changes people are shown.
const maxShownChanges = 50

func (a *App) replayTable(name string, r *proof.Replay) error {
	s := a.style(a.Stdout)
	var b strings.Builder
	for i, c := range r.Changes {
		if i == maxShownChanges {
			fmt.Fprintf(&b, "and %d other changes, all in --format json\n\n", len(r.Changes)-i+r.More)
			break
		}
		now := s.Bad("denied")
		if c.Allowed {
			now = s.Warn("allowed")
		}
		fmt.Fprintf(&b, "%s:%d: %s, %s: %s\n", quote.Text(name), c.Line, now, wasText(c), quote.Text(firstNonEmpty(c.Grant, "no grant fits")))
		b.WriteString(s.Foreign("    ", c.Job, "    ") + "\n")
		if conditions := distinct(c.Failed); len(conditions) > 0 {
			b.WriteString(s.Foreign("    ", "does not fit: "+strings.Join(conditions, ", "), "    ") + "\n")
		}
		b.WriteString(s.Foreign("    ", timesText(c), "    ") + "\n\n")
	}
	b.WriteString(render.Wrap(replaySummary(r), s.Width, "  ") + "\n")
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

func wasText(c proof.Change) string {
	switch c.Before {
	case record.Allow, record.Fail:
		return "was allowed"
	case record.WouldAllow:
		return "was observed"
	case record.Deny:
		return "was denied"
	case record.Refuse:
	}
	return "asked for"
}

func timesText(c proof.Change) string {
	text := "once"
	if c.Times > 1 {
		text = fmt.Sprintf("%d times", c.Times)
	}
	if c.Decision != "" {
		text += ", decision " + c.Decision
	}
	return text
}

func replaySummary(r *proof.Replay) string {
	changed := r.More
	for _, c := range r.Changes {
		changed += c.Times
	}
	text := fmt.Sprintf("%s: %d as before, %d otherwise", render.Count(r.Same+changed, "decision"), r.Same, changed)
	if r.Skipped > 0 {
		text += "; " + render.Count(r.Skipped, "line") + " without one"
	}
	if r.Unread.All > 0 {
		text += "; " + render.Count(r.Unread.All, "line") + " not read"
	}
	return text
}

func replayReport(r *proof.Replay) replayJSON {
	report := replayJSON{Version: 1, Same: r.Same, Skipped: r.Skipped, NotRead: r.Unread.All, Bad: append([]record.BadLine{}, r.Unread.Lines...), Changes: []replayedJSON{}, More: r.More}
	for _, c := range r.Changes {
		report.Changes = append(report.Changes, replayedJSON{
			Grant: c.Grant, Was: string(c.Before), Allowed: c.Allowed, Failed: append([]string{}, distinct(c.Failed)...),
			Job: c.Job, Decision: c.Decision, Line: c.Line, Times: c.Times,
		})
	}
	return report
}
