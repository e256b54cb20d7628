package cli_test

import (
	"context"
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/cli"
)

// What holds nothing to revoke ends at once, whatever it is busy with.
func TestASignalEndsWhatHoldsNothing(t *testing.T) {
	for s, want := range map[os.Signal]int{os.Interrupt: 130, syscall.SIGTERM: 143} {
		never, w := io.Pipe()
		app := &cli.App{
			Stdin: never, Stdout: io.Discard, Stderr: io.Discard, Now: time.Now,
			Notify: func(c chan<- os.Signal, which ...os.Signal) {
				if len(which) > 1 {
					c <- s
				}
			},
			Terminal: func(any) (int, bool) { return 0, false }, Protect: func() {},
		}
		ended := make(chan int, 1)
		go func() {
			ended <- app.Run(context.Background(), []string{"policy", "explain", "--claims", "-", "../../testdata/policies/small"})
		}()
		select {
		case code := <-ended:
			if code != want {
				t.Errorf("%s: it ended with %d", s, code)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%s: it does not end", s)
		}
		w.Close()
	}
}
