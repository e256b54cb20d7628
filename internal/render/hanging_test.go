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

// A word that has no room beside the heads stands farther left, alone.
func TestHangingLongWords(t *testing.T) {
	path := strings.Repeat("x", 40)
	got := render.Hanging([][]string{{"match.ref", "short\nwants this\nat " + path}, {"a", path}, {"event", "push"}}, 50)
	want := "match.ref  short\n           wants this\n    at " + path + "\na\n    " + path + "\nevent      push\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
