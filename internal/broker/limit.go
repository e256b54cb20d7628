package broker

import (
	"sync"
	"time"
)

// buckets limits how often each key may do something: a token bucket a key, all
// with the same rate. The zero value is not usable; see newBuckets.
type buckets struct {
	mu      sync.Mutex
	rate    float64 // a second
	burst   float64
	byKey   map[string]bucket
	drained time.Time
	now     func() time.Time
}

type bucket struct {
	level float64
	at    time.Time
}

func newBuckets(perSecond, burst float64, now func() time.Time) *buckets {
	return &buckets{rate: perSecond, burst: burst, byKey: map[string]bucket{}, now: now}
}

// maxBuckets bounds the memory. Beyond it new keys share one bucket.
const maxBuckets = 100_000

// take returns 0 where key may go on, else how long it has to wait.
func (b *buckets) take(key string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	state, known := b.byKey[key]
	if !known {
		state = bucket{b.burst, now}
		if len(b.byKey) >= maxBuckets && !b.drain(now) {
			key = ""
			if shared, there := b.byKey[key]; there {
				state = shared
			}
		}
	}
	state.level, state.at = b.filled(state, now), now
	wait := time.Duration(0)
	if state.level < 1 {
		wait = time.Duration((1 - state.level) / b.rate * float64(time.Second))
	} else {
		state.level--
	}
	b.byKey[key] = state
	return wait
}

// filled is a bucket's level now; a clock that was put back takes nothing away.
func (b *buckets) filled(state bucket, now time.Time) float64 {
	return min(b.burst, state.level+max(0, now.Sub(state.at).Seconds())*b.rate)
}

// drain forgets keys that have been idle long enough to be full again; they
// would start full too. It looks at all of them, so at most once a second.
func (b *buckets) drain(now time.Time) bool {
	if age := now.Sub(b.drained); 0 <= age && age < time.Second {
		return false
	}
	b.drained = now
	for key, state := range b.byKey {
		if b.filled(state, now) >= b.burst {
			delete(b.byKey, key)
		}
	}
	return len(b.byKey) < maxBuckets
}
