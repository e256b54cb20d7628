// Package render shows results: to people, with colour where it helps and never
// where it is needed, and to programs.
package render

import (
	"io"
	"strconv"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Style colours text on its way to one writer. Without colour every method
// returns its text as it is.
type Style struct {
	Width int // columns of the terminal, 80 where there is none

	good, bad, warn, bold, dim lipgloss.Style
}

// DefaultWidth is used where nothing says how wide the terminal is.
const DefaultWidth = 80

// NewStyle returns the styles for w.
func NewStyle(w io.Writer, color bool, width int) Style {
	r := lipgloss.NewRenderer(w)
	r.SetHasDarkBackground(true) // else lipgloss asks the terminal, which takes time and its input
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	if width <= 0 {
		width = DefaultWidth
	}
	return Style{
		Width: width,
		good:  r.NewStyle().Foreground(lipgloss.Color("2")),
		bad:   r.NewStyle().Foreground(lipgloss.Color("1")).Bold(true),
		warn:  r.NewStyle().Foreground(lipgloss.Color("3")),
		bold:  r.NewStyle().Bold(true),
		dim:   r.NewStyle().Faint(true),
	}
}

// Good is for what is as it should be.
func (s Style) Good(text string) string { return s.good.Render(text) }

// Bad is for what has to be mended.
func (s Style) Bad(text string) string { return s.bad.Render(text) }

// Warn is for what should be looked at.
func (s Style) Warn(text string) string { return s.warn.Render(text) }

// Bold is for headings.
func (s Style) Bold(text string) string { return s.bold.Render(text) }

// Dim is for what most readers skip.
func (s Style) Dim(text string) string { return s.dim.Render(text) }

// UseColor decides by --color, then NO_COLOR, then FORCE_COLOR and
// CLICOLOR_FORCE, then by whether the writer is a terminal.
func UseColor(choice string, env func(string) string, terminal bool) bool {
	switch {
	case choice == "always":
		return true
	case choice == "never", env("NO_COLOR") != "":
		return false
	case isSet(env("FORCE_COLOR")), isSet(env("CLICOLOR_FORCE")):
		return true
	default:
		return terminal && env("TERM") != "dumb"
	}
}

func isSet(value string) bool { return value != "" && value != "0" }

// Width decides how wide output may be: COLUMNS, else the terminal, else 80.
func Width(env func(string) string, terminal int) int {
	if n, err := strconv.Atoi(env("COLUMNS")); err == nil && n >= 20 && n <= 1000 {
		return n
	}
	if terminal > 0 {
		return terminal
	}
	return DefaultWidth
}
