package cli

import (
	"testing"

	"github.com/autoken/autoken/internal/fault"
)

func TestEveryKindHasAnExitCode(t *testing.T) {
	for _, kind := range fault.Kinds {
		if code, ok := exitCodes[kind]; !ok || code < ExitUsage || code > ExitNoIdentity {
			t.Errorf("%s has exit code %d", kind, code)
		}
	}
	if len(exitCodes) != len(fault.Kinds) {
		t.Errorf("%d exit codes for %d kinds", len(exitCodes), len(fault.Kinds))
	}
}
