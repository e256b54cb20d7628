package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the longest line of a log that is read, in bytes.
const MaxLine = 1 << 20

// Lines calls each with the lines of a log, counted from 1. One that is longer
// than MaxLine comes without its text.
func Lines(log io.Reader, each func(number int, line []byte, tooLong bool)) error {
	lines := bufio.NewReaderSize(log, 64<<10)
	for number := 1; ; number++ {
		line, tooLong, err := readLine(lines)
		if len(line) > 0 || tooLong {
			each(number, line, tooLong)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
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
