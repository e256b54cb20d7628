package broker

import (
	"crypto/sha256"
	"sync"
	"time"
)

// doneLeases remembers leases that were given back, so that a repeated request
// costs the platform nothing.
type doneLeases struct {
	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
}

const (
	maxDone = 100_000
	keep    = 24 * time.Hour // where nobody knows when the credential would have died
)

func (d *doneLeases) has(sum [sha256.Size]byte, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return now.Before(d.until[sum])
}

// add remembers a lease until its credential would have died anyway. Where there
// is no room a repeated request costs one more question to the platform.
func (d *doneLeases) add(sum [sha256.Size]byte, until, now time.Time) {
	if until.IsZero() {
		until = now.Add(keep)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.until == nil || len(d.until) >= maxDone {
		d.until = map[[sha256.Size]byte]time.Time{}
	}
	d.until[sum] = until
}
