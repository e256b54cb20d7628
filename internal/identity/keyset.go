package identity

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

const (
	refreshAfter = time.Hour        // how old keys get before they are read again
	trustedFor   = 24 * time.Hour   // how old they get where reading fails
	coolDown     = 60 * time.Second // between two reads that tokens cause
	fetchTimeout = 5 * time.Second  // for one read, discovery included
)

// keySet holds the keys of one issuer. In contrast to go-oidc's it forgets what
// the issuer withdrew, and a forged token cannot make it fetch again and again.
type keySet struct {
	issuer Issuer
	fetch  func(ctx context.Context, url string) ([]byte, error)
	now    func() time.Time

	mu      sync.Mutex
	keys    map[string]publicKey // by kid; replaced as a whole, never changed
	read    time.Time            // when keys were published by the issuer
	tried   time.Time            // when the last read began
	failure error                // of the last read
	flight  chan struct{}        // closed when the read that is going on ends; nil where none is
}

// find returns the key of that kid, and reads the issuer's keys before where it
// is not among those held or they are old. While somebody else does that,
// callers whose key is held go on with it.
func (s *keySet) find(ctx context.Context, kid string) (publicKey, error) {
	key, held, fresh := s.look(kid)
	if held && fresh {
		return key, nil
	}
	turn := s.turn(coolDown)
	switch {
	case turn.mine:
		return s.readAndFind(ctx, kid)
	case held:
		return key, nil
	case turn.flight != nil:
		await(ctx, turn.flight)
	}
	if key, held, _ = s.look(kid); held {
		return key, nil
	}
	return publicKey{}, fault.New(fault.Unavailable, "key %s of issuer %s is not known yet", show(kid), s.issuer.URL).After(turn.wait)
}

func (s *keySet) readAndFind(ctx context.Context, kid string) (publicKey, error) {
	err := s.readKeys(ctx)
	key, held, _ := s.look(kid)
	switch {
	case held:
		return key, nil
	case err != nil:
		return publicKey{}, fault.New(fault.Unavailable, "%w", err).After(coolDown)
	default:
		return publicKey{}, fault.New(fault.Untrusted, "issuer %s publishes no key %s", s.issuer.URL, show(kid))
	}
}

// refresh reads the keys now, or waits for the read that is going on.
func (s *keySet) refresh(ctx context.Context) error {
	if turn := s.turn(0); !turn.mine {
		await(ctx, turn.flight)
		return s.status().Err
	}
	return s.readKeys(ctx)
}

// status tells what is known of the keys.
func (s *keySet) status() KeyStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	usable := len(s.keys) > 0 && s.now().Sub(s.read) < trustedFor
	return KeyStatus{Issuer: s.issuer.Name, Usable: usable, Read: s.read, Err: s.failure}
}

// look returns the key of that kid where it may still be used. Keys from the
// future, after the clock was put back, are read again.
func (s *keySet) look(kid string) (key publicKey, held, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.now().Sub(s.read)
	key, held = s.keys[kid]
	return key, held && age < trustedFor, 0 <= age && age < refreshAfter
}

// turn says who reads: the caller, or somebody else in flight, or nobody for
// the time of wait.
type turn struct {
	mine   bool
	flight chan struct{}
	wait   time.Duration
}

// turn gives the read to the caller where none is going on and the last one
// began at least pause ago. Who gets it has to call readKeys.
func (s *keySet) turn(pause time.Duration) turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	wait := max(s.tried.Add(coolDown).Sub(now), time.Second)
	if s.flight != nil {
		return turn{flight: s.flight, wait: wait}
	}
	if age := now.Sub(s.tried); 0 <= age && age < pause {
		return turn{wait: wait}
	}
	s.tried, s.flight = now, make(chan struct{})
	return turn{mine: true}
}

// readKeys does not end with the request that caused it: a caller who hangs up
// must not use up the one read a minute.
func (s *keySet) readKeys(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	var keys map[string]publicKey
	err := fmt.Errorf("read the keys of issuer %s: interrupted", s.issuer.URL)
	defer func() { s.land(keys, err) }()

	if keys, err = s.download(ctx); err != nil {
		err = fmt.Errorf("read the keys of issuer %s: %w", s.issuer.URL, err)
	}
	return err
}

// land ends the read: keys replace the ones held only as a whole, and only
// where nothing went wrong.
func (s *keySet) land(keys map[string]publicKey, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure = err; err == nil {
		s.keys, s.read = keys, s.tried
	}
	close(s.flight)
	s.flight = nil
}

func await(ctx context.Context, flight <-chan struct{}) {
	select {
	case <-flight:
	case <-ctx.Done():
	}
}
