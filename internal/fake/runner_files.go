package fake

import (
	"errors"
	"fmt"
	"strings"
)

// Pair is one variable, output or state entry that a step wrote.
type Pair struct{ Name, Value string }

// ParseFileCommands reads the content of a GITHUB_ENV, GITHUB_OUTPUT or
// GITHUB_STATE file as the runner does. The pairs before a line that it cannot
// read are returned with the error: the runner has applied them by then.
func ParseFileCommands(content string, windows bool) ([]Pair, error) {
	content = strings.TrimPrefix(content, "\ufeff")
	content = strings.ToValidUTF8(content, "\ufffd")
	in := &lineReader{rest: content, windows: windows}
	var pairs []Pair
	for in.next() {
		if in.line == "" {
			continue
		}
		equals, marks := strings.Index(in.line, "="), strings.Index(in.line, "<<")
		switch {
		case equals >= 0 && (marks < 0 || equals < marks):
			pairs = append(pairs, Pair{in.line[:equals], in.line[equals+1:]})
		case marks >= 0:
			pair, err := in.heredoc(in.line[:marks], in.line[marks+2:])
			if err != nil {
				return pairs, err
			}
			pairs = append(pairs, pair)
		default:
			return pairs, fmt.Errorf("invalid format '%s'", in.line)
		}
	}
	return pairs, nil
}

// lineReader splits text at LF, and on Windows at CRLF too.
type lineReader struct {
	rest    string
	windows bool
	line    string
	end     string // how the line ended; "" at the end of the text
}

func (r *lineReader) next() bool {
	if r.rest == "" {
		return false
	}
	at := strings.IndexByte(r.rest, '\n')
	if at < 0 {
		r.line, r.end, r.rest = r.rest, "", ""
		return true
	}
	r.line, r.end, r.rest = r.rest[:at], "\n", r.rest[at+1:]
	if r.windows && strings.HasSuffix(r.line, "\r") {
		r.line, r.end = r.line[:at-1], "\r\n"
	}
	return true
}

func (r *lineReader) heredoc(name, delimiter string) (Pair, error) {
	if name == "" || delimiter == "" {
		return Pair{}, errors.New("invalid format: a name and a delimiter are needed")
	}
	var value strings.Builder
	end := ""
	for first := true; r.next(); first = false {
		if r.line == delimiter {
			return Pair{name, value.String()}, nil
		}
		if r.end == "" {
			return Pair{}, errors.New("invalid value: EOF marker missing new line")
		}
		if !first {
			value.WriteString(end)
		}
		value.WriteString(r.line)
		end = r.end
	}
	return Pair{}, fmt.Errorf("invalid value: matching delimiter not found '%s'", delimiter)
}
