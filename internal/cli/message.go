package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// complain shows an error and its hint, and in GitHub Actions an annotation.
func (a *App) complain(err error) {
	s := a.style(a.Stderr)
	fmt.Fprintf(a.Stderr, "%s %s\n", s.Bad("autoken: error:"), a.fit(err.Error()))
	a.hint(fault.HintOf(err))
	if a.Env("GITHUB_ACTIONS") == "true" {
		fmt.Fprintf(a.Stderr, "::error title=autoken::%s\n", quote.CommandData(a.safe(err.Error())))
	}
}

// safe makes text that may quote others fit to print: it gives no orders, and
// shows nothing that the command holds.
func (a *App) safe(text string) string {
	if a.conceal != nil {
		text = a.conceal(text)
	}
	return quote.Lines(text)
}

// printJSON writes a report that may quote others.
func (a *App) printJSON(v any) error {
	var b strings.Builder
	if err := render.JSON(&b, v); err != nil {
		return err
	}
	text := b.String()
	if a.conceal != nil {
		text = a.conceal(text)
	}
	_, err := io.WriteString(a.Stdout, text)
	return err
}

// fit makes text harmless, and on a terminal no wider than that. What is laid out
// on purpose begins with a blank and stays as it is; so do the lines of a log.
func (a *App) fit(text string) string {
	text = a.safe(text)
	columns, terminal := a.Terminal(a.Stderr)
	if !terminal {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, " ") {
			lines[i] = render.Wrap(line, render.Width(a.Env, columns)-len("autoken: error: "), "  ")
		}
	}
	return strings.Join(lines, "\n")
}

// hint shows what to do next, if there is something.
func (a *App) hint(text string) {
	if text != "" {
		fmt.Fprintf(a.Stderr, "%s %s\n", a.style(a.Stderr).Bold("autoken: hint:"), a.fit(text))
	}
}

// say tells a person what happened, unless -q.
func (a *App) say(format string, args ...any) {
	if !a.settings.Quiet {
		fmt.Fprint(a.Stderr, a.safe("autoken: "+fmt.Sprintf(format, args...))+"\n")
	}
}

// detail tells those who asked for more, with -v.
func (a *App) detail(format string, args ...any) {
	if a.settings.Verbose > 0 {
		a.say(format, args...)
	}
}

// warn says what somebody should look at.
func (a *App) warn(format string, args ...any) {
	text := a.safe(fmt.Sprintf(format, args...))
	fmt.Fprintf(a.Stderr, "%s %s\n", a.style(a.Stderr).Warn("autoken: warning:"), text)
	if a.Env("GITHUB_ACTIONS") == "true" {
		fmt.Fprintf(a.Stderr, "::warning title=autoken::%s\n", quote.CommandData(text))
	}
}

// note keeps something to say until tellNotes.
func (a *App) note(format string, args ...any) {
	a.notes = append(a.notes, fmt.Sprintf(format, args...))
}

// tellNotes shows the notes that were collected: never before a mask, because
// nothing may stand before that.
func (a *App) tellNotes() {
	for _, note := range a.notes {
		a.say("note: %s", note)
	}
	a.notes = nil
}
