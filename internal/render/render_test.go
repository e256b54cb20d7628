package render_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/render"
)

func TestUseColor(t *testing.T) {
	for _, test := range []struct {
		choice   string
		env      string
		terminal bool
		want     bool
	}{
		{"auto", "", true, true},
		{"auto", "", false, false},
		{"always", "NO_COLOR", false, true},
		{"never", "FORCE_COLOR", true, false},
		{"auto", "NO_COLOR", true, false},
		{"auto", "FORCE_COLOR", false, true},
		{"auto", "CLICOLOR_FORCE", false, true},
	} {
		env := func(name string) string {
			if name == test.env {
				return "1"
			}
			return ""
		}
		if got := render.UseColor(test.choice, env, test.terminal); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func TestWidth(t *testing.T) {
	for columns, want := range map[string]int{"": 100, "120": 120, "5": 100, "x": 100} {
		if got := render.Width(func(string) string { return columns }, 100); got != want {
			t.Errorf("COLUMNS=%s: %d", columns, got)
		}
	}
	if got := render.Width(func(string) string { return "" }, 0); got != 80 {
		t.Errorf("no terminal: %d", got)
	}
}

func TestStylesWithoutColorChangeNothing(t *testing.T) {
	s := render.NewStyle(io.Discard, false, 80)
	if got := s.Bad("a") + s.Good("b") + s.Warn("c") + s.Bold("d") + s.Dim("e"); got != "abcde" {
		t.Errorf("%q", got)
	}
	if got := render.NewStyle(io.Discard, true, 80).Bad("a"); !strings.Contains(got, "\x1b[") {
		t.Errorf("%q has no colour", got)
	}
}

func TestColumns(t *testing.T) {
	s := render.NewStyle(io.Discard, true, 80)
	got := render.Columns([][]string{{"a", "bb", "c"}, {s.Bad("aaa"), "b", ""}})
	plain := strings.NewReplacer("\x1b[1;31m", "", "\x1b[0m", "", "\x1b[31m", "").Replace(got)
	if diff := cmp.Diff("a    bb  c\naaa  b\n", plain); diff != "" {
		t.Error(diff)
	}
}

func TestWrapNeverCutsWords(t *testing.T) {
	got := render.Wrap("one two "+strings.Repeat("x", 30)+" three", 10, "  ")
	if diff := cmp.Diff("one two\n  "+strings.Repeat("x", 30)+"\n  three", got); diff != "" {
		t.Error(diff)
	}
}

// S2: JSON on a runner's stream gives it no order, and still means the same.
func TestS2JSONGivesNoOrders(t *testing.T) {
	want := map[string]string{"a": "x ##[stop-commands]y ###", "b": "::add-mask::z\n::a", "c": "\u202e\u2028\x1b]0;x\x07 \u009b <&> ü 😀"}
	var b strings.Builder
	if err := render.JSON(&b, want); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(b.String(), "\n") {
		if strings.Contains(line, "##[") || strings.HasPrefix(strings.TrimSpace(line), "::") || strings.ContainsAny(line, "\u202e\u2028\x1b\u009b\x07") {
			t.Errorf("%q", line)
		}
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// S2: a line that is broken to fit begins with no order.
func TestS2BrokenLinesGiveNoOrders(t *testing.T) {
	got := render.Hanging([][]string{{"a", strings.Repeat("x", 40) + " ::stop-commands::y"}}, 50)
	if want := "a  " + strings.Repeat("x", 40) + "\n   \\::stop-commands::y\n"; got != want {
		t.Errorf("%q", got)
	}
}

// S2: a message that is broken to fit gives no order, and a command in it stays in
// one line.
func TestS2TypeableGivesNoOrders(t *testing.T) {
	s := render.NewStyle(io.Discard, false, 40)
	long := strings.Repeat("x", 30)
	for text, want := range map[string]string{
		"look at the policy: autoken policy lint 'a b' c d":       "hint: look at the policy:\n  autoken policy lint 'a b' c d",
		"autoken policy lint a b c d e f g h i j k l m n o":       "hint: autoken policy lint a b c d e f g h i j k l m n o",
		long + " ::stop-commands::y":                              "hint: " + long + "\n  \\::stop-commands::y",
		long + " ##[error]y":                                      "hint: " + long + "\n  ##\\[error]y",
		"short":                                                   "hint: short",
		"the branch ::error::x: git fetch origin ::add-mask::y z": "hint: the branch ::error::x:\n  git fetch origin ::add-mask::y z",
	} {
		if diff := cmp.Diff(want, s.Typeable("hint: ", text, "  ")); diff != "" {
			t.Error(diff)
		}
	}
}

// An excerpt is no wider than the terminal and keeps what its carets are under.
func TestExcerptsAreCutToTheTerminal(t *testing.T) {
	line := strings.Repeat("a", 30) + "WRONG" + strings.Repeat("b", 30)
	f := check.Finding{Message: "m", Rule: "r", Excerpt: "  12 | " + line + "\n     | " + strings.Repeat(" ", 30) + "^^^^^"}
	for _, width := range []int{20, 40, 60, 71, 72, 80} {
		for shown := range strings.SplitSeq(render.NewStyle(io.Discard, false, width).Finding(f), "\n") {
			if len([]rune(shown)) > width {
				t.Errorf("%d: %q", width, shown)
			}
		}
	}
	got := render.NewStyle(io.Discard, false, 40).Finding(f)
	want := "  12 | …aaaaaaaaaaWRONGbbbbbbbbbbbbbbbb…\n     |            ^^^^^\n"
	if !strings.Contains(got, want) {
		t.Errorf("%s", got)
	}
}

// The last line of a report is no wider than the terminal.
func TestSummaryFits(t *testing.T) {
	f := render.Findings{Verdict: "the broker would load this policy"}
	for range 9 {
		f.Findings = append(f.Findings, check.Finding{Severity: check.High}, check.Finding{Severity: check.Medium}, check.Finding{Severity: check.Low}, check.Finding{})
	}
	for width := 40; width < 100; width++ {
		var b strings.Builder
		if err := render.FindingsFormats[0].Write(&b, render.NewStyle(io.Discard, false, width), f); err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(b.String(), "\n") {
			if len(line) > width || strings.Contains(line, "~") {
				t.Errorf("%d: %q", width, line)
			}
		}
	}
}
