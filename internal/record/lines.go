package record

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the longest line of a log that is read, in bytes.
const MaxLine = 1 << 20

// Unread is what could not be read of a log: nobody knows what it says.
type Unread struct {
	Lines []BadLine // the first of them
	All   int       // how many there are
}

// BadLine is a line of a log that cannot be read.
type BadLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// maxNamed is how many lines that cannot be read are named.
const maxNamed = 20

func (u *Unread) add(number int, err error) {
	if err == nil {
		return
	}
	if u.All++; len(u.Lines) < maxNamed {
		u.Lines = append(u.Lines, BadLine{number, err.Error()})
	}
}

// Lines calls each with the lines of a log that are not blank, counted from 1. It
// returns those that are longer than MaxLine or that each returns an error for.
// An error of its own means that the log could not be read further.
func Lines(log io.Reader, each func(number int, line []byte) error) (Unread, error) {
	var unread Unread
	lines := bufio.NewReaderSize(log, 64<<10)
	for number := 1; ; number++ {
		line, tooLong, err := readLine(lines)
		if tooLong {
			unread.add(number, fmt.Errorf("it is longer than %d MiB", MaxLine>>20))
		} else if len(bytes.TrimSpace(line)) > 0 {
			unread.add(number, each(number, line))
		}
		if errors.Is(err, io.EOF) {
			return unread, nil
		}
		if err != nil {
			return unread, fmt.Errorf("line %d: %w", number, err)
		}
	}
}

// readLine returns the next line; of one that is too long nothing is kept.
func readLine(from *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := from.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
		}
		if len(line) > MaxLine {
			line, tooLong = nil, true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}
