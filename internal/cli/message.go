package cli

import (
	"fmt"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
)

// complain shows an error and its hint, and in GitHub Actions an annotation.
func (a *App) complain(err error) {
	s := a.style(a.Stderr)
	fmt.Fprintf(a.Stderr, "%s %s\n", s.Bad("autoken: error:"), quote.Lines(err.Error()))
	a.hint(fault.HintOf(err))
	if a.Env("GITHUB_ACTIONS") == "true" {
		fmt.Fprintf(a.Stderr, "::error title=autoken::%s\n", quote.CommandData(quote.Lines(err.Error())))
	}
}

// hint shows what to do next, if there is something.
func (a *App) hint(text string) {
	if text != "" {
		fmt.Fprintf(a.Stderr, "%s %s\n", a.style(a.Stderr).Bold("autoken: hint:"), quote.Lines(text))
	}
}

// say tells a person what happened, unless -q.
func (a *App) say(format string, args ...any) {
	if !a.settings.Quiet {
		fmt.Fprint(a.Stderr, quote.Lines("autoken: "+fmt.Sprintf(format, args...))+"\n")
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
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(a.Stderr, "%s %s\n", a.style(a.Stderr).Warn("autoken: warning:"), quote.Lines(text))
	if a.Env("GITHUB_ACTIONS") == "true" {
		fmt.Fprintf(a.Stderr, "::warning title=autoken::%s\n", quote.CommandData(quote.Lines(text)))
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
