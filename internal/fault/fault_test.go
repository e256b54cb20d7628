package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

func TestKindOfTheOutermost(t *testing.T) {
	inner := fault.New(fault.Denied, "no")
	for _, test := range []struct {
		err  error
		want fault.Kind
	}{
		{errors.New("plain"), fault.Internal},
		{inner, fault.Denied},
		{fmt.Errorf("asking: %w", inner), fault.Denied},
		{fault.New(fault.Unavailable, "asking: %w", inner), fault.Unavailable},
		{errors.Join(errors.New("plain"), inner), fault.Denied},
	} {
		if got := fault.KindOf(test.err); got != test.want {
			t.Errorf("%v: %s, want %s", test.err, got, test.want)
		}
	}
}

func TestHintOfTheOutermostThatHasOne(t *testing.T) {
	inner := fault.New(fault.Usage, "no").WithHint("type %s", "this")
	for _, err := range []error{inner, fmt.Errorf("a: %w", inner), fault.New(fault.Denied, "a: %w", inner), inner.After(time.Second)} {
		if got := fault.HintOf(err); got != "type this" {
			t.Errorf("%v: %q", err, got)
		}
	}
	if got := fault.HintOf(fault.New(fault.Usage, "a: %w", inner).WithHint("outer")); got != "outer" {
		t.Errorf("%q", got)
	}
	if got := fault.HintOf(errors.New("plain")); got != "" {
		t.Errorf("%q", got)
	}
}

func TestCopiesLeaveTheOriginalAlone(t *testing.T) {
	plain := fault.New(fault.Throttled, "slow down")
	hinted, later := plain.WithHint("wait"), plain.After(time.Minute)
	if plain.Hint != "" || plain.RetryAfter != 0 || hinted.RetryAfter != 0 || later.Hint != "" || later.RetryAfter != time.Minute {
		t.Errorf("%+v %+v %+v", plain, hinted, later)
	}
}

func TestTemporary(t *testing.T) {
	for _, kind := range fault.Kinds {
		want := kind == fault.Throttled || kind == fault.Unavailable
		if got := fault.Temporary(fault.New(kind, "x")); got != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}
