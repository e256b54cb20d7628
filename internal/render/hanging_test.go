package render_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/render"
)

// The last cell continues below itself; where the others leave no room it stands
// on lines of its own. No word is cut.
func TestHanging(t *testing.T) {
	rows := [][]string{{"GRANT", "GIVES", "TO"}, {"payments/sonar", "sonar 15m", "acme/payments, refs/heads/main, on push\nowner @acme/payments"}, {"x", "", ""}}
	want := "GRANT           GIVES      TO\n" +
		"payments/sonar  sonar 15m  acme/payments,\n" +
		"                           refs/heads/main, on push\n" +
		"                           owner @acme/payments\n" +
		"x\n"
	if diff := cmp.Diff(want, render.Hanging(rows, 55)); diff != "" {
		t.Error(diff)
	}
	want = "GRANT           GIVES\n    TO\n" +
		"payments/sonar  sonar 15m\n    acme/payments, refs/heads/main, on\n    push\n    owner @acme/payments\n" +
		"x\n"
	if diff := cmp.Diff(want, render.Hanging(rows, 40)); diff != "" {
		t.Error(diff)
	}
	long := strings.Repeat("x", 60)
	if got := render.Hanging([][]string{{"a", long}}, 40); !strings.Contains(got, long) {
		t.Errorf("%q is cut", got)
	}
}
