package fake_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fake"
)

func TestParseFileCommands(t *testing.T) {
	type pairs = []fake.Pair
	for _, c := range []struct {
		content string
		want    pairs
		problem string
		windows bool
	}{
		{"", nil, "", false},
		{"\n\nA=1\n\n", pairs{{"A", "1"}}, "", false},
		{"A=1\nB= two = 2 \nC=", pairs{{"A", "1"}, {"B", " two = 2 "}, {"C", ""}}, "", false},
		{"=x\n", pairs{{"", "x"}}, "", false},
		{"A=x<<EOF\n", pairs{{"A", "x<<EOF"}}, "", false},
		{"A<<EOF\none\ntwo\nEOF\n", pairs{{"A", "one\ntwo"}}, "", false},
		{"A<<EOF\nEOF", pairs{{"A", ""}}, "", false},
		{"A<<EOF\n\nEOF\n", pairs{{"A", ""}}, "", false},
		{"A<<EOF\n\n\nEOF\n", pairs{{"A", "\n"}}, "", false},
		{"A<<E=F \nx=1\nE=F \nB=2", pairs{{"A", "x=1"}, {"B", "2"}}, "", false},
		{"A<<EOF\r\none\r\nEOF\r\n", pairs{{"A", "one\r"}}, "", false},
		{"A<<EOF\r\none\r\ntwo\nEOF\r\n", pairs{{"A", "one\r\ntwo"}}, "", true},
		{"A=1\r\n", pairs{{"A", "1\r"}}, "", false},
		{"A=1\r\n", pairs{{"A", "1"}}, "", true},
		{"\ufeffA=1", pairs{{"A", "1"}}, "", false},
		{"A=\xff", pairs{{"A", "\ufffd"}}, "", false},
		{"A=1\n \nB=2", pairs{{"A", "1"}}, "invalid format ' '", false},
		{"A=1\n# comment", pairs{{"A", "1"}}, "invalid format", false},
		{"A<<EOF\none\nEOF \n", nil, "matching delimiter not found", false},
		{"A<<EOF\none", nil, "EOF marker missing new line", false},
		{"A<<EOF", nil, "matching delimiter not found", false},
		{"<<EOF\nEOF", nil, "invalid format", false},
		{"A<<\nx\n", nil, "invalid format", false},
	} {
		got, err := fake.ParseFileCommands(c.content, c.windows)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: %s", c.content, diff)
		}
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q: error %v, want %q", c.content, err, c.problem)
		}
	}
}

func TestRunnerLog(t *testing.T) {
	for name, c := range map[string]struct {
		stdout, stderr string
		want           []string
	}{
		"a mask hides what follows": {"abcdef\n::add-mask::abcdef\nabcdef abcdefabcdef\n", "", []string{"abcdef", "*** ***"}},
		"each line of a mask":       {"::add-mask::one%0Atwo%0D%0A three \none two three\n", "", []string{"*** *** ***"}},
		"base64":                    {"::add-mask::hunter2\nx aHVudGVyMg== x\n", "", []string{"x *** x"}},
		"percent":                   {"::add-mask::50%25 off\n50% off\n", "", []string{"***"}},
		"overlap":                   {"::add-mask::abcd\n::add-mask::cdef\nxabcdefx\n", "", []string{"x***x"}},
		"letters of two bytes":      {"::add-mask::müde\nso müde, ähem\n", "", []string{"so ***, ähem"}},
		"empty mask":                {"::add-mask::  \nx y\n", "", []string{"##[warning]Can't add secret mask for empty string in ##[add-mask] command.", "x y"}},
		"blanks before a command":   {" \t::ADD-MASK::abcdef\nabcdef\n", "", []string{"***"}},
		"not at the start":          {"x::add-mask::abcdef\n", "", []string{"x::add-mask::abcdef"}},
		"unknown command":           {"::add-masks::abcdef\n", "", []string{"::add-masks::abcdef"}},
		"older grammar anywhere":    {"x ##[add-mask]abcdef\nabcdef\n", "", []string{"***"}},
		"colons in data":            {"::add-mask::a::b\na::b\n", "", []string{"***"}},
		"stopped":                   {"::stop-commands::x1\n::add-mask::abcdef\n::x1::\n::add-mask::abcdef\nabcdef", "", []string{"::add-mask::abcdef", "***"}},
		"stopped, older grammar":    {"name: x ##[stop-commands]y\n::add-mask::abcdef\n", "", []string{"::add-mask::abcdef"}},
		"stderr comes first":        {"::add-mask::abcdef\n", "abcdef\n", []string{"abcdef"}},
		"stderr can stop stdout":    {"::add-mask::abcdef\n", "::stop-commands::zz\n", []string{"::add-mask::abcdef"}},
		"carriage returns":          {"a\r\nb\rc\n", "", []string{"a", "b", "c"}},
		"annotation":                {"::error title=autoken,file=x::no%0Away\n", "", []string{"##[error]no", "##[error]way"}},
		"debug":                     {"::debug::x\n::group::g\n", "", []string{"##[group]g"}},
	} {
		t.Run(name, func(t *testing.T) {
			var r fake.Runner
			r.Streams(c.stdout, c.stderr)
			if diff := cmp.Diff(c.want, r.Log()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRunnerForgetsStopAtTheNextStep(t *testing.T) {
	var r fake.Runner
	r.Write("::stop-commands::x\n")
	r.Step()
	r.Write("::add-mask::abcdef\nabcdef\n")
	r.Env([]fake.Pair{{Name: "A", Value: "abcdef\nghi"}})
	if want := []string{"***", "  A: ***", "ghi"}; !slices.Equal(r.Log(), want) {
		t.Errorf("%q", r.Log())
	}
	if r.Shows("abcdef") || r.Shows("ghi\nghij") || !r.Shows("ghi\n  A: ***") {
		t.Error("Shows looks at each line")
	}
}
