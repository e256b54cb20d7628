package ci

import (
	"fmt"
	"io"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/secret"
)

// sacrifice goes before the masks. The runner obeys a command only at the start
// of a line: were the line still open that something else had begun, the first
// mask would be printed instead.
const sacrifice = "::add-mask::autoken ends the line before its masks\n"

// githubMask writes all masks at once, so that nothing comes between them.
func githubMask(job Job, values []secret.Value) error {
	for _, v := range values {
		if !v.IsZero() && !maskable(v) {
			return fault.New(fault.Internal, "a secret is shorter than %d characters: masking it would hide half the log", secret.MinLength)
		}
	}
	lines := []byte(sacrifice)
	for _, v := range values {
		if text := v.Reveal(); wholeMaskable(text) {
			lines = fmt.Appendf(lines, "::add-mask::%s\n", quote.CommandData(text))
		}
	}
	if _, err := job.Out.Write(lines); err != nil {
		return fault.New(fault.Internal, "masking: %w", err)
	}
	return nil
}

// maskable reports whether v has a line that is long enough to be masked.
func maskable(v secret.Value) bool {
	for _, line := range split(v.Reveal()) {
		if len(line) >= secret.MinLength {
			return true
		}
	}
	return false
}

// wholeMaskable reports whether text may be registered as it is: the runner
// registers each of its trimmed lines too, however short.
func wholeMaskable(text string) bool {
	lines := split(text)
	for _, line := range lines {
		if len(line) < secret.MinLength {
			return false
		}
	}
	return len(lines) > 0
}

// split returns the lines of text as the runner's masks see them: trimmed,
// without the empty ones.
func split(text string) []string {
	var lines []string
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func githubAnnotate(job Job, level Level, text string) error {
	_, err := io.WriteString(job.Out, "::"+string(level)+" title=autoken::"+quote.CommandData(text)+"\n")
	return err
}
