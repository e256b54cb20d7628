//go:build unix

package session

import (
	"os"
	"os/exec"
	"syscall"
)

// Forwarded are the signals that exec passes on to its child.
var Forwarded = []os.Signal{
	os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGCONT,
}

func startTree(cmd *exec.Cmd, _ []string) error { return cmd.Start() }

func stateCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
