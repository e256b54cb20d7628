package policy

import (
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/quote"
)

// Bundle writes a policy that loads as one file, which loads as the same policy
// with the same hash. The tests that lie beside its files come along.
func Bundle(fsys fs.FS, name string, opts Options) (string, error) {
	opts.Tests = true
	draft, err := Parse(fsys, name, opts)
	if err != nil {
		return "", err
	}
	if len(draft.Findings) > 0 {
		return "", fault.New(fault.Usage, "the policy cannot be loaded").WithHint("autoken policy lint shows why")
	}
	if _, err := fs.Stat(fsys, draft.Files[0].Name); err != nil {
		return "", fault.New(fault.Usage, "%s is a bundle already", name)
	}
	dir := path.Dir(draft.Files[0].Name)
	var b strings.Builder
	b.WriteString("# Written by autoken policy bundle. Change the files that it was made of.\nversion: 1\nbundle:\n")
	for _, f := range draft.Files {
		text, err := fs.ReadFile(fsys, f.Name)
		if err != nil {
			return "", fault.New(fault.Usage, "read policy: %w", err)
		}
		b.WriteString("  - file: " + quoted(strings.TrimPrefix(f.Name, dir+"/")) + "\n    text: " + block(string(text)))
	}
	return b.String(), sameAs(draft, b.String(), opts)
}

// sameAs sees to it that a bundle is the policy that it was made of.
func sameAs(draft *Draft, text string, opts Options) error {
	const name = "bundle.yaml"
	b := &bundle{names: []string{name}, files: map[string]bundled{name: {text: text}}}
	loaded, findings, err := Load(b, name, opts)
	switch {
	case err != nil:
		return err
	case len(text) > maxTotal:
		return fault.New(fault.Usage, "the policy is too large for a bundle: %d MiB at most", maxTotal>>20)
	case len(findings) > 0 || loaded.Hash != draft.Policy.Hash:
		return fault.New(fault.Internal, "the bundle would not be the same policy; did a file change while it was read?")
	}
	return nil
}

// block writes text as a literal block of YAML, indented by six, which shows it
// as it stands. What such a block cannot hold, or what would give an order to a
// runner that shows it, is written in quotes.
func block(text string) string {
	body := strings.TrimRight(text, "\n")
	if body == "" || quote.Lines(text) != text || strings.HasSuffix(body, " ") {
		return quoted(text) + "\n"
	}
	var b strings.Builder
	ends := text[len(body):]
	b.WriteString("|2" + map[bool]string{true: "-"}[ends == ""] + map[bool]string{true: "+"}[len(ends) > 1] + "\n")
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" {
			line = "      " + line
		}
		b.WriteString(line + "\n")
	}
	if len(ends) > 1 {
		b.WriteString(ends[1:])
	}
	return b.String()
}

// quoted writes text in double quotes; the escapes of Go's strings are YAML's too.
func quoted(text string) string { return strings.ReplaceAll(strconv.Quote(text), "##", `#\x23`) }
