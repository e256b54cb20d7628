package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// notLoadedJSON is a policy that the broker would refuse, so that nothing could be
// compared.
type notLoadedJSON struct {
	Policy   string          `json:"policy"`
	Findings []check.Finding `json:"findings"`
}

// showNotCompared writes why nothing was compared where the comparison was to be
// written: who reads a comment on a pull request sees no other place.
func (a *App) showNotCompared(before, after version) error {
	refused := []version{after}
	subject := "the new policy does not load"
	hint := "autoken policy lint shows the same errors"
	if len(before.Findings) > 0 {
		refused = []version{before}
		subject = "the old policy does not load"
		hint = "mend it there first; or compare with an older revision, by --base"
	}
	if len(before.Findings) > 0 && len(after.Findings) > 0 {
		refused = []version{before, after}
		subject = "neither policy loads"
	}
	if err := a.writeNotCompared(subject, before.name, after.name, refused); err != nil {
		return err
	}
	var names []string
	for _, v := range refused {
		names = append(names, quote.Text(v.name))
	}
	return fault.New(fault.Usage, "the policy at %s cannot be loaded; nothing was compared", strings.Join(names, " and at ")).WithHint("%s", hint)
}

func (a *App) writeNotCompared(subject, before, after string, refused []version) error {
	// Who looks at nothing else must not take this for an answer.
	report := diffJSON{Version: 1, Old: before, New: after, Widens: true, Changes: []changeJSON{}}
	f := render.Findings{Command: "autoken: ⛔ " + subject, Verdict: subject + ": nothing was compared"}
	for _, v := range refused {
		report.NotLoaded = append(report.NotLoaded, notLoadedJSON{v.name, v.Findings})
		f.Findings = append(f.Findings, v.Findings...)
		f.Coverage.Files += len(v.Files)
		f.Coverage.Grants += len(v.Policy.Grants)
	}
	f.Shown = f.Findings
	switch a.settings.Format {
	case "json":
		return render.JSON(a.Stdout, report)
	case "markdown":
		f.Verdict = "nothing was compared" // the heading says the rest
		if _, err := io.WriteString(a.Stdout, commentMark+"\n"); err != nil {
			return fmt.Errorf("writing the comparison: %w", err)
		}
	}
	for _, format := range render.FindingsFormats {
		if format.Name == a.settings.Format {
			return format.Write(a.Stdout, a.style(a.Stdout), f)
		}
	}
	return nil
}
