package main

import (
	"os"
	"syscall"
)

// peakMemory returns the most memory a process had, in KiB.
func peakMemory(state *os.ProcessState) int64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss
	}
	return 0
}
