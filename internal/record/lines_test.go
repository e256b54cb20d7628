package record_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/record"
)

func linesOf(log io.Reader) (got []string, err error) {
	err = record.Lines(log, func(number int, line []byte, tooLong bool) {
		got = append(got, fmt.Sprintf("%d %d %.3q %v", number, len(line), line, tooLong))
	})
	return got, err
}

// Every line comes with its number, however the reader cuts the log into pieces;
// one that is too long comes without its text and does not hide the next.
func TestLines(t *testing.T) {
	text := "one\n\n" + strings.Repeat("x", record.MaxLine+7) + "\nlast"
	want := []string{`1 4 "one" false`, `2 1 "\n" false`, `3 0 "" true`, `4 4 "las" false`}
	for name, log := range map[string]io.Reader{"whole": strings.NewReader(text), "halves": iotest.HalfReader(strings.NewReader(text))} {
		got, err := linesOf(log)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	if got, err := linesOf(strings.NewReader("")); len(got) != 0 || err != nil {
		t.Error(got, err)
	}
	broken := errors.New("the disk is gone")
	got, err := linesOf(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(got) != 2 {
		t.Error(got, err)
	}
}
