package cli

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/plainfile"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// findingsFlags are the flags of a command that reports findings. Apart from
// --fail-on they change what is shown, never the exit code.
type findingsFlags struct {
	failOn, severity, sort string
	rules, output          []string
	top                    int
}

// findingsView is what the flags ask for.
type findingsView struct {
	failOn check.Severity
	filter check.Filter
	files  []outputFile
}

// outputFile is a file that a report is written to beside stdout.
type outputFile struct {
	name   string
	format render.Format
}

// never is a limit that no finding reaches.
const never = check.Error + 1

func (f *findingsFlags) add(cmd *cobra.Command) {
	var names []string
	for _, format := range render.FindingsFormats {
		names = append(names, format.Name)
	}
	withFormats(cmd, names...)
	flags := cmd.Flags()
	flags.StringVar(&f.failOn, "fail-on", "high", "exit with 1 from this `SEVERITY` on: error, critical, high, medium, low, info, or never")
	flags.StringArrayVarP(&f.output, "output", "o", nil, "write all findings to `FILE` too: .json, .sarif, .md or .txt; repeatable")
	flags.StringVar(&f.severity, "severity", "info", "show findings from this `SEVERITY` on")
	flags.StringArrayVar(&f.rules, "rule", nil, "show findings of the rule `ID` alone; repeatable")
	flags.IntVar(&f.top, "top", 0, "show the worst `N` alone")
	flags.StringVar(&f.sort, "sort", "severity", "`ORDER` of the findings: severity or file")
}

// view reads the flags of a command that knows these rules.
func (f *findingsFlags) view(rules []check.Meta) (findingsView, error) {
	v := findingsView{failOn: never, filter: check.Filter{Rules: f.rules, Top: f.top, ByPlace: f.sort == "file"}}
	var err error
	if f.failOn != "never" {
		if v.failOn, err = check.ParseSeverity(f.failOn); err != nil {
			return v, fault.New(fault.Usage, "--fail-on: %w", err).WithHint("a severity, or never")
		}
	}
	if v.filter.Least, err = check.ParseSeverity(f.severity); err != nil {
		return v, fault.New(fault.Usage, "--severity: %w", err).WithHint("show all but the mildest, for example: --severity low")
	}
	switch {
	case f.sort != "severity" && f.sort != "file":
		return v, fault.New(fault.Usage, "--sort is %q", f.sort).WithHint("write one of: severity, file")
	case f.top < 0:
		return v, fault.New(fault.Usage, "--top is %d", f.top).WithHint("write how many to show, for example 10")
	}
	for _, id := range f.rules {
		if !slices.ContainsFunc(rules, func(r check.Meta) bool { return r.ID == id }) {
			return v, noSuchRule(id)
		}
	}
	v.files, err = outputFiles(f.output)
	return v, err
}

func outputFiles(names []string) ([]outputFile, error) {
	var files []outputFile
	for _, name := range names {
		extension := strings.ToLower(filepath.Ext(name))
		i := slices.IndexFunc(render.FindingsFormats, func(f render.Format) bool { return f.Extension == extension && extension != "" })
		if i < 0 {
			return nil, fault.New(fault.Usage, "no format has files like %s", name).WithHint("-o FILE with one of: .json, .sarif, .md, .txt")
		}
		files = append(files, outputFile{name, render.FindingsFormats[i]})
	}
	return files, nil
}

// report shows findings as the view asks for, and chooses the exit code by all of
// them.
func (a *App) report(v findingsView, f render.Findings) error {
	f.Shown, f.Version = v.filter.Of(f.Findings), a.Version
	for _, format := range render.FindingsFormats {
		if format.Name == a.settings.Format {
			if err := format.Write(a.Stdout, a.style(a.Stdout), f); err != nil {
				return err
			}
		}
	}
	f.Shown = check.Filter{}.Of(f.Findings)
	for _, file := range v.files {
		if err := file.write(f); err != nil {
			return err
		}
	}
	if check.AtLeast(f.Findings, v.failOn) {
		return exitCode(ExitFindings)
	}
	return nil
}

func (o outputFile) write(f render.Findings) error {
	var text bytes.Buffer
	if err := o.format.Write(&text, render.NewStyle(&text, false, render.DefaultWidth), f); err != nil {
		return err
	}
	if err := plainfile.Write(o.name, text.Bytes()); err != nil {
		return fault.New(fault.Internal, "writing %s: %w", quote.Text(o.name), err)
	}
	return nil
}
