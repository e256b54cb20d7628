package ci

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// StopWatch passes a command's output on and remembers where it switched the
// runner's commands off without switching them on again. Until somebody does, the
// runner prints masks instead of obeying them: those of a second exec in the same
// step would show its credentials.
//
// Both streams of a command share one StopWatch, as they share the runner's state.
type StopWatch struct {
	mu      sync.Mutex
	stopped []string // the words that would switch commands on again
	streams []*watchedStream
}

// maxCommandLine bounds what is kept of a line: commands are short.
const maxCommandLine = 64 << 10

// Stream returns a writer that passes on to dst and is watched.
func (w *StopWatch) Stream(dst io.Writer) io.Writer {
	s := &watchedStream{watch: w, dst: dst}
	w.streams = append(w.streams, s)
	return s
}

type watchedStream struct {
	watch *StopWatch
	dst   io.Writer
	line  []byte // the unfinished line, up to a bound
}

func (s *watchedStream) Write(p []byte) (int, error) {
	rest := p
	for len(rest) > 0 {
		end := bytes.IndexAny(rest, "\r\n")
		if end < 0 {
			s.keep(rest)
			break
		}
		s.keep(rest[:end])
		s.watch.see(string(s.line))
		s.line, rest = s.line[:0], rest[end+1:]
	}
	return s.dst.Write(p)
}

func (s *watchedStream) keep(part []byte) {
	room := maxCommandLine - len(s.line)
	s.line = append(s.line, part[:min(len(part), max(room, 0))]...)
}

func (w *StopWatch) see(line string) {
	for _, command := range []func(string) (name, data string, ok bool){colonForm, bracketForm} {
		name, data, ok := command(line)
		if !ok {
			continue
		}
		w.mu.Lock()
		w.stopped = slices.DeleteFunc(w.stopped, func(word string) bool { return strings.EqualFold(word, name) })
		if strings.EqualFold(name, "stop-commands") && data != "" {
			w.stopped = append(w.stopped, data)
		}
		w.mu.Unlock()
		return
	}
}

// Resume returns what switches the runner's commands on again, "" where nothing
// has to, and whether there are words that no line could. The command has ended:
// a line that it left open counts, and is ended.
func (w *StopWatch) Resume() (lines string, stuck bool) {
	for _, s := range w.streams {
		w.see(string(s.line))
		s.line = nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, word := range w.stopped {
		if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }) {
			stuck = true
			continue
		}
		lines += "\n::" + word + "::\n"
	}
	return lines, stuck
}

// colonForm reads "::name key=value::data", after any white space.
func colonForm(line string) (name, data string, ok bool) {
	line, ok = strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	if !ok {
		return "", "", false
	}
	head, data, ok := strings.Cut(line, "::")
	name, _, _ = strings.Cut(strings.TrimSpace(head), " ")
	return name, data, ok
}

// bracketForm reads "##[name key=value]data", anywhere in a line.
func bracketForm(line string) (name, data string, ok bool) {
	_, line, ok = strings.Cut(line, "##[")
	if !ok {
		return "", "", false
	}
	head, data, ok := strings.Cut(line, "]")
	name, _, _ = strings.Cut(strings.TrimSpace(head), " ")
	return name, data, ok
}
