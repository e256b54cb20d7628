package render

import (
	"io"

	"github.com/autoken/autoken/internal/check"
)

// FindingsJSON is the JSON form of findings.
type FindingsJSON struct {
	Version    int                `json:"version"`
	Findings   []check.Finding    `json:"findings"`
	Hidden     int                `json:"hidden"` // findings that a filter left out
	Ignored    []check.Ignored    `json:"ignored"`
	NotChecked []check.NotChecked `json:"notChecked"`
	Coverage   check.Coverage     `json:"coverage"`
}

// JSON returns the findings in their JSON form. No list is nil.
func (f Findings) JSON() FindingsJSON {
	return FindingsJSON{
		Version:    1,
		Findings:   append([]check.Finding{}, f.Shown...),
		Hidden:     len(f.Findings) - len(f.Shown),
		Ignored:    append([]check.Ignored{}, f.Ignored...),
		NotChecked: append([]check.NotChecked{}, f.NotChecked...),
		Coverage:   f.Coverage,
	}
}

func findingsJSON(w io.Writer, _ Style, f Findings) error { return JSON(w, f.JSON()) }
