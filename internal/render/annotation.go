package render

import "github.com/autoken/autoken/internal/check"

// Annotation is the command by which GitHub's runner shows a finding beside its
// line, with the line's end.
func Annotation(f check.Finding) string { return annotation(levelOf(f.Severity), f) }
