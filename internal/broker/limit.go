package broker

import (
	"sync"
	"time"
)

// buckets limits how often each key may do something: a token bucket a key, all
// with the same rate. The zero value is not usable; see newBuckets.
type buckets struct {
	mu    sync.Mutex
	rate  float64 // a second
	burst float64
	byKey map[string]bucket
	now   func() time.Time
}

type bucket struct {
	level float64
	at    time.Time
}

func newBuckets(perSecond, burst float64, now func() time.Time) *buckets {
	return &buckets{rate: perSecond, burst: burst, byKey: map[string]bucket{}, now: now}
}

const maxBuckets = 100_000

// take returns 0 where key may go on, else how long it has to wait.
func (b *buckets) take(key string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if len(b.byKey) >= maxBuckets {
		b.drain(now)
	}
	state, known := b.byKey[key]
	if !known {
		state = bucket{b.burst, now}
	}
	state.level = min(b.burst, state.level+now.Sub(state.at).Seconds()*b.rate)
	state.at = now
	wait := time.Duration(0)
	if state.level < 1 {
		wait = time.Duration((1 - state.level) / b.rate * float64(time.Second))
	} else {
		state.level--
	}
	b.byKey[key] = state
	return wait
}

// drain forgets keys that have been idle long enough to be full again; they
// would start full too.
func (b *buckets) drain(now time.Time) {
	for key, state := range b.byKey {
		if state.level+now.Sub(state.at).Seconds()*b.rate >= b.burst {
			delete(b.byKey, key)
		}
	}
}
