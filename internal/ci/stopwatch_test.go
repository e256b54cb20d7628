package ci_test

import (
	"io"
	"strings"
	"testing"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fake"
)

// S2: what one exec's command switched off is on again before the next exec's
// masks come. The runner's own grammar is asked.
func TestS2StoppedCommandsAreResumed(t *testing.T) {
	for _, test := range []struct {
		output string
		stuck  bool
	}{
		{"plain\n", false},
		{"::stop-commands::x1\n", false},
		{"  ::stop-commands::x1\nmore\n", false},
		{"a title with ##[stop-commands]y-2\n", false},
		{"::stop-commands::x1\ntext ::add-mask::z\n::x1::\n", false},
		{"::stop-commands::x1\n::x1::\n::stop-commands::x2\n", false},
		{"::STOP-commands::Mixed\n", false},
		{"::stop-commands::two words\n", true},
		{"no end ##[stop-commands]x1", false},
		{strings.Repeat("x", 1<<20) + "\n::stop-commands::x1\n", false},
	} {
		for _, size := range []int{1, 7, 1 << 21} {
			var watch ci.StopWatch
			stream := watch.Stream(io.Discard)
			for text := test.output; text != ""; {
				n := min(size, len(text))
				if _, err := io.WriteString(stream, text[:n]); err != nil {
					t.Fatal(err)
				}
				text = text[n:]
			}
			lines, stuck := watch.Resume()
			if stuck != test.stuck {
				t.Errorf("%.40q: stuck %v", test.output, stuck)
			}
			runner := &fake.Runner{}
			runner.Write(test.output + lines + "::add-mask::s3cr3t-value\nit is s3cr3t-value\n")
			if runner.Shows("s3cr3t-value") && !stuck {
				t.Errorf("%.40q: the second mask was printed:\n%.200q", test.output, runner.Log())
			}
		}
	}
}
