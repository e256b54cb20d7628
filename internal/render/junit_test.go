package render_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// junit is the shape that readers of JUnit's XML know.
type junit struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Cases    []struct {
			Name    string        `xml:"name,attr"`
			Class   string        `xml:"classname,attr"`
			File    string        `xml:"file,attr"`
			Line    int           `xml:"line,attr"`
			Failure *junitFailure `xml:"failure"`
			Error   *junitFailure `xml:"error"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Detail  string `xml:",chardata"`
}

func readJUnit(t *testing.T, suites []render.Suite) (junit, string) {
	t.Helper()
	var b strings.Builder
	if err := render.JUnit(&b, "autoken", suites); err != nil {
		t.Fatal(err)
	}
	var got junit
	d := xml.NewDecoder(strings.NewReader(b.String()))
	d.Strict = true
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	return got, b.String()
}

func TestJUnit(t *testing.T) {
	got, _ := readJUnit(t, []render.Suite{{Name: "tests", Cases: []render.Case{
		{Name: "fine", Class: "payments/sonar", File: "p.yaml", Line: 3},
		{Name: "denied", Class: "payments/sonar", Failure: "denied, and the test expects allow", Detail: "match.ref\n  wants x"},
		{Name: "odd", Class: "payments/sonar", Failure: "no such fixture", Broken: true},
	}}, {Name: "coverage"}})
	if got.Tests != 3 || got.Failures != 1 || got.Errors != 1 || len(got.Suites) != 2 || got.Suites[1].Tests != 0 {
		t.Errorf("%+v", got)
	}
	cases := got.Suites[0].Cases
	if cases[0].Name != "fine" || cases[0].Class != "payments/sonar" || cases[0].File != "p.yaml" || cases[0].Line != 3 || cases[0].Failure != nil {
		t.Errorf("%+v", cases[0])
	}
	if diff := cmp.Diff(&junitFailure{"denied, and the test expects allow", "match.ref\n  wants x"}, cases[1].Failure); diff != "" {
		t.Error(diff)
	}
	if cases[2].Error == nil || cases[2].Failure != nil {
		t.Errorf("%+v", cases[2])
	}
}

// S2: names and details that others chose stay what they are: text.
func TestS2JUnitWithHostileText(t *testing.T) {
	for _, hostile := range []string{`"/><testcase name="x`, "]]></failure>", "::add-mask::x", "##[stop-commands]x", "a\x00\x1b[31mb\r\nc", "\xff\u2028", "<!--", "&amp;"} {
		got, text := readJUnit(t, []render.Suite{{Name: hostile, Cases: []render.Case{{Name: hostile, Class: hostile, File: hostile, Failure: hostile, Detail: hostile}}}})
		c := got.Suites[0].Cases[0]
		if len(got.Suites[0].Cases) != 1 || c.Name != quote.Text(hostile) || c.Failure.Detail != quote.Lines(hostile) {
			t.Errorf("%q: %+v", hostile, c)
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, "##[") || strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("%q: %q", hostile, line)
			}
		}
	}
}
