package identity_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

// T9, T11: while keys are read, callers who need them wait for that one read,
// and callers whose key is held do not wait.
func TestT9OneReadAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		verifier := w.verifier()
		wantKind(t, verifier.Refresh(t.Context()), "")
		w.pass(2 * time.Hour)
		w.publish(jwk("k1", rsaKey().Public()), jwk("k2", otherKey().Public()))
		w.block = make(chan struct{})

		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if _, err := verifier.Verify(t.Context(), w.tokenBy("k2", otherKey()), ""); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		w.wantVerify(t, verifier, "k1", rsaKey(), "")
		close(w.block)
		all.Wait()
		if n := w.jwksReads(); n != 2 {
			t.Errorf("%d reads", n)
		}
	})
}

// T10: who hangs up while keys are read does not spoil that for the others.
func TestT10ReadOutlivesItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.block = make(chan struct{})
		verifier := w.verifier()
		gone, hangUp := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _, _ = verifier.Verify(gone, w.tokenBy("k1", rsaKey()), "") })
		synctest.Wait()
		all.Go(func() {
			if _, err := verifier.Verify(t.Context(), w.tokenBy("k1", rsaKey()), ""); err != nil {
				t.Error(err)
			}
		})
		impatient, leave := context.WithCancel(t.Context())
		all.Go(func() {
			if _, err := verifier.Verify(impatient, w.tokenBy("k1", rsaKey()), ""); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("who left got %v", err)
			}
		})
		synctest.Wait()
		hangUp()
		leave()
		synctest.Wait()
		close(w.block)
		all.Wait()
		if n := w.jwksReads(); n != 1 {
			t.Errorf("%d reads", n)
		}
	})
}

// T9: whatever happens at once, each token gets an answer that is right for it.
func TestT9RotationUnderLoad(t *testing.T) {
	w := newWorld()
	verifier := w.verifier()
	wantKind(t, verifier.Refresh(t.Context()), "")
	kept, fresh, forged := w.tokenBy("k1", rsaKey()), w.tokenBy("k2", otherKey()), w.tokenBy("k1", otherKey())
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for range 20 {
				if n == 0 {
					w.publish(jwk("k1", rsaKey().Public()), jwk("k2", otherKey().Public()))
					_ = verifier.Refresh(t.Context())
				}
				if _, err := verifier.Verify(t.Context(), kept, ""); err != nil {
					t.Errorf("kept key: %v", err)
				}
				if _, err := verifier.Verify(t.Context(), fresh, ""); err != nil && fault.KindOf(err) != fault.Unavailable {
					t.Errorf("new key: %v", err)
				}
				if _, err := verifier.Verify(t.Context(), forged, ""); fault.KindOf(err) != fault.Untrusted {
					t.Errorf("forged: %v", err)
				}
				_, _ = verifier.Ready(), verifier.Keys()
			}
		})
	}
	all.Wait()
	w.wantVerify(t, verifier, "k2", otherKey(), "")
}
