package check_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/check"
)

func TestSeveritiesAreOneScale(t *testing.T) {
	before := check.Severity(-1)
	for _, name := range []string{"info", "low", "medium", "high", "critical", "error"} {
		s, err := check.ParseSeverity(name)
		if err != nil || s.String() != name || s <= before {
			t.Errorf("%s: %d, %v", name, s, err)
		}
		before = s
	}
	if _, err := check.ParseSeverity("fatal"); err == nil || !strings.Contains(err.Error(), "critical") {
		t.Errorf("%v", err)
	}
}

func TestFindingsArePrintedAsCompilersDo(t *testing.T) {
	f := check.Finding{Rule: "ref-spelling", Severity: check.High, Pos: check.Pos{File: "p.yaml", Line: 12, Col: 7}, Message: "this ref never matches", Excerpt: "secret line"}
	if got := f.String(); got != "p.yaml:12:7: high: this ref never matches [ref-spelling]" {
		t.Error(got)
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"rule":"ref-spelling","severity":"high","pos":{"file":"p.yaml","line":12,"col":7},"message":"this ref never matches"}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
}

func TestSortAndAtLeast(t *testing.T) {
	at := func(file string, line int, rule string, s check.Severity) check.Finding {
		return check.Finding{Pos: check.Pos{File: file, Line: line}, Rule: rule, Severity: s}
	}
	found := []check.Finding{at("b", 1, "x", check.Low), at("a", 2, "y", check.Info), at("a", 2, "x", check.High), at("a", 1, "z", check.Low)}
	check.Sort(found)
	var order []string
	for _, f := range found {
		order = append(order, f.Pos.File+f.Rule)
	}
	if diff := cmp.Diff([]string{"az", "ax", "ay", "bx"}, order); diff != "" {
		t.Error(diff)
	}
	if !check.AtLeast(found, check.High) || check.AtLeast(found, check.Critical) || check.AtLeast(nil, check.Info) {
		t.Error("AtLeast")
	}
}

func TestNearest(t *testing.T) {
	known := []string{"listen", "limits", "lease_keys", "login"}
	for word, want := range map[string]string{"listn": "listen", "LISTEN": "listen", "lgoin": "login", "limit": "limits", "zebra": "", "": "", strings.Repeat("x", 500): ""} {
		if got := check.Nearest(word, known); got != want {
			t.Errorf("%.10q: %q, want %q", word, got, want)
		}
	}
}

func TestFilter(t *testing.T) {
	at := func(line int, rule string, s check.Severity) check.Finding {
		return check.Finding{Pos: check.Pos{File: "p", Line: line}, Rule: rule, Severity: s}
	}
	all := []check.Finding{at(3, "a", check.Low), at(1, "b", check.High), at(2, "a", check.Error), at(4, "c", check.High)}
	for want, filter := range map[string]check.Filter{
		"2a 1b 4c 3a": {},
		"1b 2a 3a 4c": {ByPlace: true},
		"2a 3a":       {Rules: []string{"a", "x"}},
		"2a 1b 4c":    {Least: check.High},
		"2a 1b":       {Top: 2},
		"1b 2a":       {Top: 2, ByPlace: true}, // the two worst, by place
		"":            {Rules: []string{"x"}, Top: 9},
	} {
		var got []string
		for _, f := range filter.Of(all) {
			got = append(got, fmt.Sprintf("%d%s", f.Pos.Line, f.Rule))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%+v: %q, want %q", filter, got, want)
		}
	}
	if all[0].Pos.Line != 3 {
		t.Error("the findings themselves were sorted")
	}
}
