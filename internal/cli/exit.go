package cli

import (
	"fmt"
	"os"
	"syscall"

	"github.com/autoken/autoken/internal/fault"
)

// Exit codes. They are part of the interface: scripts depend on them.
const (
	ExitDone        = 0
	ExitFindings    = 1
	ExitUsage       = 2
	ExitFailed      = 3
	ExitDenied      = 4
	ExitUnavailable = 5
	ExitNoIdentity  = 6

	ExitExec   = 125 // exec itself failed, whatever the reason; 126 and 127 are session's
	exitSignal = 128 // plus the signal's number
)

// exitCodes has every kind of failure; a test compares it with fault.Kinds.
var exitCodes = map[fault.Kind]int{
	fault.Internal:    ExitFailed,
	fault.Usage:       ExitUsage,
	fault.Ambiguous:   ExitUsage,
	fault.NoIdentity:  ExitNoIdentity,
	fault.Untrusted:   ExitDenied,
	fault.Denied:      ExitDenied,
	fault.Throttled:   ExitUnavailable,
	fault.Unavailable: ExitUnavailable,
}

// exitCode ends a command that has said everything with that code.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit status %d", int(c)) }

// signalCode is the code of a command that a signal ended.
func signalCode(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return exitSignal + int(number)
	}
	return exitSignal + int(syscall.SIGINT)
}
