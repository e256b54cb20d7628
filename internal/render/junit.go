package render

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/autoken/autoken/internal/quote"
)

// Suite is a group of cases, for programs that read JUnit's XML.
type Suite struct {
	Name  string
	Cases []Case
}

// Case is something that was tested.
type Case struct {
	Name, Class string
	File        string // "" where it stands in none
	Line        int
	Failure     string // "" where there is none
	Broken      bool   // the failure is that of the test itself
	Detail      string // of the failure, in lines
}

// JUnit writes suites as XML, in the shape that CI systems read. Foreign text in
// it breaks neither the XML nor the log that it may be printed to.
func JUnit(w io.Writer, name string, suites []Suite) error {
	var b strings.Builder
	all := Suite{Name: name}
	for _, s := range suites {
		all.Cases = append(all.Cases, s.Cases...)
	}
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + all.attributes() + ">\n")
	for _, s := range suites {
		b.WriteString("  <testsuite" + s.attributes() + ">\n")
		for _, c := range s.Cases {
			c.write(&b)
		}
		b.WriteString("  </testsuite>\n")
	}
	b.WriteString("</testsuites>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (s Suite) attributes() string {
	failures, broken := 0, 0
	for _, c := range s.Cases {
		switch {
		case c.Failure == "":
		case c.Broken:
			broken++
		default:
			failures++
		}
	}
	return attribute("name", s.Name) + fmt.Sprintf(` tests="%d" failures="%d" errors="%d"`, len(s.Cases), failures, broken)
}

func (c Case) write(b *strings.Builder) {
	b.WriteString("    <testcase" + attribute("name", c.Name) + attribute("classname", c.Class))
	if c.File != "" {
		b.WriteString(attribute("file", c.File))
	}
	if c.Line > 0 {
		fmt.Fprintf(b, ` line="%d"`, c.Line)
	}
	if c.Failure == "" {
		b.WriteString("/>\n")
		return
	}
	element := "failure"
	if c.Broken {
		element = "error"
	}
	fmt.Fprintf(b, ">\n      <%s%s>%s</%s>\n    </testcase>\n", element, attribute("message", c.Failure), escaped(c.Detail), element)
}

func attribute(name, value string) string {
	return " " + name + `="` + escaped(quote.Text(value)) + `"`
}

// escaped is what XML takes for that text: its references are those of HTML, and
// what XML cannot say at all is shown escaped, as it does not print.
func escaped(text string) string { return html.EscapeString(quote.Lines(text)) }
