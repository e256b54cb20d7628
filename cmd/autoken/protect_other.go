//go:build !linux

package main

// protect does nothing where the operating system has no such switch.
func protect() {}
