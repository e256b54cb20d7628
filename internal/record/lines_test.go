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
	unread, err := record.Lines(log, func(number int, line []byte) error {
		got = append(got, fmt.Sprintf("%d %d %.3q", number, len(line), line))
		if string(line) == "bad\n" {
			return errors.New("it is bad")
		}
		return nil
	})
	for _, line := range unread.Lines {
		got = append(got, fmt.Sprintf("%d of %d: %s", line.Line, unread.All, line.Reason))
	}
	return got, err
}

// Every line comes with its number, however the reader cuts the log into pieces;
// one that cannot be read does not hide the next.
func TestLines(t *testing.T) {
	text := "one\n \n" + strings.Repeat("x", record.MaxLine+7) + "\nbad\nlast"
	want := []string{`1 4 "one"`, `4 4 "bad"`, `5 4 "las"`, "3 of 2: it is longer than 1 MiB", "4 of 2: it is bad"}
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
