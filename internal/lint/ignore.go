package lint

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

// ignoreInvalid is about what should silence findings. It is looked at when all
// other rules are done, and nothing silences it.
var ignoreInvalid = check.Meta{
	ID: "ignore-invalid", Severity: check.Medium,
	Summary: "an ignore silences nothing: there is nothing to ignore, it has ended, or it may not",
}

var ignoreRules = []rule{{ignoreInvalid, func(*look) {}}}

// ignore is what somebody decided to live with: an entry of "ignore", or a
// comment about one line.
type ignore struct {
	rule, reason string
	pos          check.Pos
	grant        string    // "" for every one
	everywhere   bool      // it stands in the main file, and may silence what others' hold
	line         int       // the one that a comment is about; 0 for an entry
	until        time.Time // the last day on which it counts; zero for ever

	met     bool      // there is something to ignore
	counted bool      // and it was ignored
	ends    time.Time // until in the base, zero where it does not end there
}

// covers reports whether the finding is one that i is about.
func (i *ignore) covers(f check.Finding) bool {
	return f.Rule == i.rule &&
		(i.everywhere || f.Pos.File == i.pos.File) &&
		(i.line == 0 || f.Pos.Line == i.line) &&
		(i.grant == "" || f.Subject == "grant "+i.grant)
}

// silence moves from the report's findings what is ignored, and adds what is
// wrong with the ignores. The language's own findings are all errors, and stay.
func silence(report *check.Report, draft *policy.Draft, opts Options) {
	l := &look{Draft: draft, now: opts.Now, rule: ignoreInvalid}
	ignores := l.ignores()
	base := agreed(opts)
	report.Findings = slices.DeleteFunc(report.Findings, func(f check.Finding) bool {
		for _, i := range ignores {
			if !i.covers(f) {
				continue
			}
			i.met = true
			end, agreed := base.entries[entryOf(draft, i)]
			if opts.Base == nil || agreed || base.findings[l.keyOf(f)] {
				i.counted, i.ends = true, end
				report.Ignored = append(report.Ignored, check.Ignored{Finding: f, Reason: i.reason})
				return true
			}
		}
		return false
	})
	for _, i := range ignores {
		if !i.met && !l.unlooked(i, report.NotChecked) {
			l.report(i.pos, check.Finding{Message: "there is no finding of " + i.rule + " here to ignore", Fix: i.elsewhere(report.Findings)})
		} else if i.met && !i.counted {
			l.report(i.pos, check.Finding{Severity: check.Low, Message: "this ignore is not in the base, so it does not count yet"})
		} else if endsBefore(i.ends, i.until) {
			l.report(i.pos, check.Finding{Severity: check.Low, Message: "in the base this ignore ends with " + i.ends.Format(time.DateOnly) + ", and a later end does not count yet"})
		}
	}
	report.Findings = append(report.Findings, l.findings...)
}

// endsBefore reports whether a last day is before another; zero is none.
func endsBefore(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }

// elsewhere says what to do about an ignore that is about nothing. A comment may
// only stand in the wrong place.
func (i *ignore) elsewhere(findings []check.Finding) string {
	for _, f := range findings {
		if i.line > 0 && f.Rule == i.rule && f.Pos.File == i.pos.File {
			return "put it above line " + strconv.Itoa(f.Pos.Line) + ", where there is one"
		}
	}
	return "remove it"
}

// unlooked reports whether nobody knows if there is something to ignore.
func (l *look) unlooked(i *ignore, open []check.NotChecked) bool {
	return len(l.Findings) > 0 || slices.ContainsFunc(open, func(n check.NotChecked) bool { return n.Rule == i.rule })
}

// ignores returns the policy's ignores that may silence something, and reports
// the others.
func (l *look) ignores() []*ignore {
	var sound []*ignore
	for _, entry := range l.Policy.Ignores {
		i := &ignore{
			rule: entry.Rule, grant: entry.Grant, reason: entry.Reason, pos: entry.Pos, until: entry.Until,
			everywhere: entry.Pos.File == l.Files[0].Name,
		}
		if l.may(i) {
			sound = append(sound, i)
		}
	}
	for _, file := range l.Files {
		for _, i := range l.comments(file) {
			if l.may(i) {
				sound = append(sound, i)
			}
		}
	}
	return sound
}

// may reports whether an ignore may silence anything. The first thing that is
// wrong with it is reported.
func (l *look) may(i *ignore) bool {
	grant := l.Policy.Grant(i.grant)
	message, fix := "", ""
	switch {
	case i.rule == ignoreInvalid.ID:
		message = "what is wrong with ignores cannot be ignored"
	case slices.ContainsFunc(policy.Rules, func(r check.Meta) bool { return r.ID == i.rule }):
		message = i.rule + " keeps a policy from loading and cannot be ignored"
	case !slices.Contains(ruleNames(), i.rule):
		message, fix = "there is no rule of that name: "+i.rule, meant(i.rule, ruleNames())
	case i.grant != "" && grant == nil:
		message, fix = "there is no grant of that name: "+i.grant, meant(i.grant, l.grantNames())
	case grant != nil && !i.everywhere && grant.Pos.File != i.pos.File:
		message = "a team's file cannot ignore what is said about another's grant, " + i.grant
	case !i.until.IsZero() && !l.now.IsZero() && !l.now.Before(i.until.Add(24*time.Hour)):
		message, fix = "this ignore ended with "+i.until.Format(time.DateOnly), "mend what it is about, or give it another day and say why"
	}
	if message != "" {
		l.report(i.pos, check.Finding{Message: message, Fix: fix})
	}
	return message == ""
}

func ruleNames() []string {
	var names []string
	for _, r := range Rules() {
		names = append(names, r.ID)
	}
	return names
}

func (l *look) grantNames() []string {
	var names []string
	for _, g := range l.Policy.Grants {
		names = append(names, g.ID)
	}
	return names
}

func meant(word string, known []string) string {
	if near := check.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// decided is what the base ignores: by its entries, and of what is found in it.
type decided struct {
	entries  map[string]time.Time // their last days, zero for those without an end
	findings map[string]bool
}

// agreed asks the base what it ignores, so that nobody silences what is said
// about their own change.
func agreed(opts Options) decided {
	d := decided{map[string]time.Time{}, map[string]bool{}}
	if opts.Base == nil {
		return d
	}
	l := &look{Draft: opts.Base, now: opts.Now, rule: ignoreInvalid}
	for _, i := range l.ignores() {
		if i.line > 0 {
			continue
		}
		key := entryOf(opts.Base, i)
		if last, known := d.entries[key]; !known || endsBefore(last, i.until) {
			d.entries[key] = i.until
		}
	}
	for _, ignored := range Run(opts.Base, Options{Now: opts.Now}).Ignored {
		d.findings[l.keyOf(ignored.Finding)] = true
	}
	return d
}

// entryOf tells an entry from others, "" for a comment, of which the base has
// none: what comments are about is told by keyOf.
func entryOf(draft *policy.Draft, i *ignore) string {
	if i.line > 0 {
		return ""
	}
	return strings.Join([]string{i.rule, i.grant, local(draft, i.pos.File)}, "\n")
}

// keyOf tells a finding from others wherever the text that it is about has moved
// to.
func (l *look) keyOf(f check.Finding) string {
	text := ""
	for _, file := range l.Files {
		if file.Name == f.Pos.File {
			text = file.TextAt(sourcePos(f.Pos))
		}
	}
	return strings.Join([]string{f.Rule, f.Subject, local(l.Draft, f.Pos.File), text}, "\n")
}

// local returns a file's name as seen from the main one, which may lie elsewhere
// in another revision's tree.
func local(draft *policy.Draft, name string) string {
	return strings.TrimPrefix(name, path.Dir(draft.Files[0].Name)+"/")
}
