package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// What stands before a message.
const (
	errorHead   = "autoken: error:"
	hintHead    = "autoken: hint:"
	warningHead = "autoken: warning:"
)

// complain shows an error and its hint, and in GitHub Actions an annotation.
func (a *App) complain(err error) {
	s := a.style(a.Stderr)
	fmt.Fprintf(a.Stderr, "%s %s\n", s.Bad(errorHead), a.fit(errorHead+" ", err.Error()))
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

// fit makes text harmless, and no wider than the terminal behind head. What is laid
// out on purpose begins with a blank and stays as it is.
func (a *App) fit(head, text string) string {
	s := a.style(a.Stderr)
	var fitted []string
	for line := range strings.SplitSeq(a.safe(text), "\n") {
		if !strings.HasPrefix(line, " ") {
			line = strings.TrimPrefix(s.Typeable(head, line, "  "), head)
		}
		fitted, head = append(fitted, line), ""
	}
	return strings.Join(fitted, "\n")
}

// hint shows what to do next, if there is something.
func (a *App) hint(text string) {
	if text != "" {
		fmt.Fprintf(a.Stderr, "%s %s\n", a.style(a.Stderr).Bold(hintHead), a.fit(hintHead+" ", text))
	}
}

// say tells a person what happened, unless -q.
func (a *App) say(format string, args ...any) {
	if !a.settings.Quiet {
		fmt.Fprintln(a.Stderr, "autoken: "+a.fit("autoken: ", fmt.Sprintf(format, args...)))
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
	fmt.Fprintf(a.Stderr, "%s %s\n", a.style(a.Stderr).Warn(warningHead), a.fit(warningHead+" ", text))
	if a.Env("GITHUB_ACTIONS") == "true" {
		fmt.Fprintf(a.Stderr, "::warning title=autoken::%s\n", quote.CommandData(a.safe(text)))
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
