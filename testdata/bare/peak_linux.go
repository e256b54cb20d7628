package main

import (
	"os"
	"syscall"
)

func peak(state *os.ProcessState) int64 {
	return state.SysUsage().(*syscall.Rusage).Maxrss
}
