package render

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/quote"
)

// maxAnnotations is how many annotations of one level GitHub shows of a step.
const maxAnnotations = 10

// levels are GitHub's levels of annotations, with the mildest severity of each.
var levels = []struct {
	name     string
	severity check.Severity
}{{"error", check.High}, {"warning", check.Medium}, {"notice", check.Info}}

func levelOf(severity check.Severity) string {
	for _, level := range levels {
		if severity >= level.severity {
			return level.name
		}
	}
	return ""
}

// findingsGitHub writes the worst findings as annotations of the job's log.
func findingsGitHub(w io.Writer, s Style, f Findings) error {
	var b strings.Builder
	written := map[string]int{}
	for _, finding := range worstFirst(f.Shown) {
		level := levelOf(finding.Severity)
		if written[level]++; written[level] <= maxAnnotations {
			b.WriteString(annotation(level, finding))
		}
	}
	if rest := notAnnotated(written); rest != "" {
		b.WriteString(Wrap("GitHub shows 10 of a kind; not annotated: "+rest, s.Width, "  ") + "\n")
	}
	if hidden := f.hidden(); hidden != "" {
		b.WriteString(Wrap(hidden, s.Width, "  ") + "\n")
	}
	b.WriteString(f.summary(s.Width) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func notAnnotated(written map[string]int) string {
	var parts []string
	for _, level := range levels {
		if n := written[level.name] - maxAnnotations; n > 0 {
			parts = append(parts, Count(n, level.name))
		}
	}
	return strings.Join(parts, ", ")
}

// annotation is the command by which a runner shows a finding beside its line.
func annotation(level string, f check.Finding) string {
	var properties []string
	if f.Pos.File != "" {
		properties = append(properties, "file="+quote.CommandProperty(quote.Text(filepath.ToSlash(f.Pos.File))))
	}
	if f.Pos.Line > 0 {
		properties = append(properties, fmt.Sprintf("line=%d,col=%d", f.Pos.Line, max(1, f.Pos.Col)))
	}
	properties = append(properties, "title="+quote.CommandProperty(quote.Text("autoken: "+f.Rule)))
	return "::" + level + " " + strings.Join(properties, ",") + "::" + quote.CommandData(quote.Lines(annotationText(f))) + "\n"
}

func annotationText(f check.Finding) string {
	text := f.Message
	if f.Example != "" {
		text += "\nfor example, this job: " + f.Example
	}
	if f.Fix != "" {
		text += "\nfix: " + f.Fix
	}
	return text
}
