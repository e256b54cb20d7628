// Package fake has what stands in for other systems in tests: servers that speak
// their protocols over loopback, and a runner that shows what a person would see.
package fake

import (
	"encoding/base64"
	"slices"
	"strings"
)

// Runner shows what a person would see of a job: it reads the lines of a step's
// two streams, obeys the workflow commands among them, and masks the rest. It
// knows fewer disguises of a secret than the real one does.
type Runner struct {
	Debug       bool // step debugging is on
	Annotations []Annotation

	masks []string
	stop  string // the word that ends stop-commands; "" while commands are obeyed
	log   []string
}

// Annotation is one error, warning or notice on a run's page.
type Annotation struct{ Level, Title, Message string }

// Step starts a step. Masks stay, stopped commands do not.
func (r *Runner) Step() { r.stop = "" }

// Streams feeds what a step wrote. The runner empties its queue of stderr before
// that of stdout.
func (r *Runner) Streams(stdout, stderr string) {
	r.Write(stderr)
	r.Write(stdout)
}

// Write feeds the lines of one stream.
func (r *Runner) Write(text string) {
	for _, line := range outputLines(text) {
		r.feed(line)
	}
}

// Env shows a later step's environment, as the runner does when it starts one.
func (r *Runner) Env(pairs []Pair) {
	for _, p := range pairs {
		for _, line := range outputLines("  " + p.Name + ": " + p.Value) {
			r.show(line)
		}
	}
}

// Log returns the lines that were shown, masked with what was known when they
// came.
func (r *Runner) Log() []string { return slices.Clone(r.log) }

// Shows reports whether any line shows text. Of a text with several lines, every
// line of four and more characters counts.
func (r *Runner) Shows(text string) bool {
	for _, part := range outputLines(text) {
		part = strings.TrimSpace(part)
		if len(part) < 4 {
			continue
		}
		if slices.ContainsFunc(r.log, func(line string) bool { return strings.Contains(line, part) }) {
			return true
		}
	}
	return false
}

// outputLines splits at CR, LF and CRLF, like .NET's ReadLine.
func outputLines(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	lines := strings.Split(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (r *Runner) feed(line string) {
	c, ok := readCommand(line, r.stop)
	switch {
	case r.stop != "" && ok && c.name == strings.ToLower(r.stop):
		r.stop = ""
	case r.stop != "" || !ok:
		r.show(line)
	default:
		r.obey(c)
	}
}

func (r *Runner) obey(c command) {
	switch c.name {
	case "add-mask":
		r.mask(c.data)
	case "stop-commands":
		r.stop = c.data
	case "error", "warning", "notice":
		r.Annotations = append(r.Annotations, Annotation{c.name, c.properties["title"], r.masked(c.data)})
		for _, line := range outputLines(c.data) {
			r.show("##[" + c.name + "]" + line)
		}
	case "group":
		r.show("##[group]" + c.data)
	case "debug":
		if r.Debug {
			r.show("##[debug]" + c.data)
		}
	}
}

func (r *Runner) mask(text string) {
	if strings.TrimSpace(text) == "" {
		r.show("##[warning]Can't add secret mask for empty string in ##[add-mask] command.")
		return
	}
	r.addMask(text)
	for _, line := range outputLines(text) {
		if line = strings.TrimSpace(line); line != "" {
			r.addMask(line)
		}
	}
}

func (r *Runner) addMask(text string) {
	for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text))} {
		if !slices.Contains(r.masks, form) {
			r.masks = append(r.masks, form)
		}
	}
}

// Masks returns what was registered, in order.
func (r *Runner) Masks() []string { return slices.Clone(r.masks) }

func (r *Runner) show(line string) { r.log = append(r.log, r.masked(line)) }

// masked covers every place where a mask fits. Places that touch or overlap
// become one.
func (r *Runner) masked(line string) string {
	covered := make([]bool, len(line))
	for _, mask := range r.masks {
		for at := 0; at+len(mask) <= len(line); at++ {
			if line[at:at+len(mask)] == mask {
				for i := at; i < at+len(mask); i++ {
					covered[i] = true
				}
			}
		}
	}
	var out strings.Builder
	for i := range len(line) {
		if !covered[i] {
			out.WriteString(line[i : i+1])
		} else if i == 0 || !covered[i-1] {
			out.WriteString("***")
		}
	}
	return out.String()
}
