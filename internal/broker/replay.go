package broker

import (
	"sync"
	"time"
)

// replay remembers which ID tokens were used, in this process's memory: enough
// for one replica. The zero value remembers nothing and is ready to use.
type replay struct {
	mu    sync.Mutex
	used  map[useKey]use
	next  time.Time // when the next sweep is due
	limit int       // of tokens remembered; 0: maxUses
}

type useKey = [32]byte

// use is one token's use. Where an issuer gives a job one token for its whole
// life, the same request may come again: request says which one it was.
type use struct {
	until   time.Time
	request string // "" where the token is good for one request alone
	again   bool   // the request came more than once
}

// maxUses bounds the memory: an ID token lives for minutes, so this is far more
// than a broker of one replica can answer. Beyond it the broker is unavailable,
// rather than forgetful.
const maxUses = 1_000_000

// burnt is what became of an attempt to use a token.
type burnt int

const (
	fresh burnt = iota // it is ours now
	replayed
	full
)

// burn marks a token as used. It is atomic: of any number of concurrent calls
// for one key one gets fresh, except for the same request of an issuer whose
// jobs have one token.
func (r *replay) burn(key useKey, u use, now time.Time) burnt {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep(now)
	if before, known := r.used[key]; known && now.Before(before.until) {
		if u.request == "" || u.request != before.request {
			return replayed
		}
		before.again = true
		r.used[key] = before
		return fresh
	}
	if limit := r.most(); len(r.used) >= limit {
		return full
	}
	r.used[key] = u
	return fresh
}

func (r *replay) most() int {
	if r.limit > 0 {
		return r.limit
	}
	return maxUses
}

// release lets a token be used again, because nothing was issued for it and the
// reason was ours. A request that came twice may have got something the other
// time: its token stays burnt for all others.
func (r *replay) release(key useKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.used[key].again {
		delete(r.used, key)
	}
}

const sweepEvery = 30 * time.Second

// sweep forgets tokens that are too old to be accepted anyway.
func (r *replay) sweep(now time.Time) {
	if r.used == nil {
		r.used = map[useKey]use{}
	}
	if now.Before(r.next) {
		return
	}
	r.next = now.Add(sweepEvery)
	for key, u := range r.used {
		if !now.Before(u.until) {
			delete(r.used, key)
		}
	}
}
