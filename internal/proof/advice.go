package proof

import (
	"maps"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

// telling lists the claims of a difference that do not follow from its others.
func (e examiner) telling(after *job, difference identity.Claims) []string {
	all := slices.Sorted(maps.Keys(difference))
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return e.follows(after, name, difference) })
}

// follows reports whether a claim is what it has to be beside the other claims
// that changed: a workflow's name has the repository and the ref in it.
func (e examiner) follows(after *job, name string, difference identity.Claims) bool {
	_, renamed := difference[after.kind.Repository]
	switch {
	case name == "sub":
		return e.natural && len(difference) > 1
	case name == "repository_owner":
		return renamed && after.text(name) == upToSlash(after.text(after.kind.Repository))
	case name == "ref" && difference["ref_path"] != nil:
		return true
	case name == "ref_type":
		return difference["ref"] != nil || difference["ref_path"] != nil
	case !slices.Contains(fileClaims, name):
		return false
	case name != fileClaims[0] && difference[fileClaims[0]] != nil && after.text(name) == after.text(fileClaims[0]):
		return true
	}
	before := &job{e.grant, after.kind, maps.Clone(e.before)}
	before.rename(after.text(after.kind.Repository))
	if file, _ := identity.CutFileRef(before.text(name)); after.fullRef() != "" && after.fullRef() != before.fullRef() {
		before.claims[name] = file + "@" + after.fullRef()
	}
	return before.text(name) == after.text(name)
}

// line is the condition that keeps a claim as the allowed job has it. What was
// made up for that job has a placeholder instead.
func (e examiner) line(claim string) string {
	kind := e.grant.Issuer.Vocabulary
	_, theirs := e.base.Set[claim]
	c, _ := kind.Claim(claim)
	switch {
	case c.Ref == identity.FileRef:
		v := e.fileValues(claim, theirs)
		return claim + ": " + v.YAML(c.Type)
	case !theirs && (slices.Contains(kind.Identity, claim) || slices.Contains(kind.Tenant, claim)):
		return claim + `: "N"`
	case absent(e.before[claim]):
		return claim + ": {empty: true}"
	}
	return claim + ": " + quote.YAMLValue(e.before[claim])
}

func absent(value any) bool { return value == nil || value == "" }

// fileValues is a workflow file at each ref that the grant admits.
func (e examiner) fileValues(claim string, theirs bool) policy.Values {
	text, _ := e.before.Text(claim)
	file, ref := identity.CutFileRef(text)
	if dir, _, isWorkflow := strings.Cut(file, "/.github/workflows/"); isWorkflow && !theirs {
		file = dir + "/.github/workflows/FILE"
	}
	at := func(words []policy.Word) []policy.Word {
		var files []policy.Word
		for _, w := range words {
			files = append(files, policy.Word{Text: file + "@" + w.Text})
		}
		return files
	}
	for _, m := range e.conditions() {
		if m.Claim.Ref == identity.FullRef && !m.Values.Empty {
			return policy.Values{Exact: at(m.Values.Exact), Globs: at(m.Values.Globs)}
		}
	}
	return policy.Values{Exact: at([]policy.Word{{Text: ref}})}
}

// meant is the test that a mutant is to be allowed, beside one of another job.
func (e examiner) meant(n *NearMiss) *policy.Test {
	if len(e.allowed) == 0 {
		return nil
	}
	t := e.newTest(e.base.From, true)
	maps.Copy(t.Set, e.base.Set)
	t.Unset = slices.Clone(e.base.Unset)
	for _, name := range n.Telling {
		change(t, name, n.Example[name])
	}
	if !e.shows(t, "") {
		return nil
	}
	t.Name = e.names.take(e.grant.ID + ": also " + n.Mutant)
	return t
}
