package policy

import (
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// spelling refuses values that no token ever has because they are written in
// another system's way.
func (r valueReader) spelling(n *source.Node, text string) bool {
	switch {
	case text == "":
		return true
	case r.claim.Name == "sub":
		return r.subject(n, text)
	case r.claim.Ref == identity.FullRef && !strings.HasPrefix(text, "refs/"):
		r.mend(n, "ref-spelling", "write "+fullRef(text), "this %s never matches: it is sent in full, refs/heads/main", r.claim.Name)
		return false
	case r.claim.Ref == identity.ShortRef && strings.HasPrefix(text, "refs/"):
		r.mend(n, "ref-spelling", "write "+shortRef(text), "this %s never matches: it is sent without refs/heads/", r.claim.Name)
		return false
	case r.claim.Guard == identity.GuardCallee:
		return r.callee(n, text)
	}
	return true
}

func (r valueReader) globSpelling(n *source.Node, glob string) bool {
	switch prefix := literalPrefix(glob); {
	case !r.noRegex(n, glob):
		return false
	case r.claim.Ref == identity.FullRef && !strings.HasPrefix(prefix, "refs/") && !strings.HasPrefix("refs/", prefix):
		r.mend(n, "ref-spelling", "write "+fullRef(glob), "this %s never matches: it is sent in full, refs/heads/main", r.claim.Name)
		return false
	case r.claim.Ref == identity.ShortRef && strings.HasPrefix(prefix, "refs/"):
		r.mend(n, "ref-spelling", "write "+shortRef(glob), "this %s never matches: it is sent without refs/heads/", r.claim.Name)
		return false
	case r.claim.Guard == identity.GuardCallee:
		return r.callee(n, glob)
	}
	return true
}

// noRegex refuses characters that no ref can have, by git-check-ref-format(1),
// and ".*" where a name cannot begin with a dot: whoever wrote them meant a
// regular expression.
func (r valueReader) noRegex(n *source.Node, glob string) bool {
	ref := glob
	switch r.claim.Ref {
	case identity.NoRef:
		return true
	case identity.FileRef:
		_, ref, _ = strings.Cut(glob, "@")
	case identity.FullRef, identity.ShortRef:
	}
	i := strings.IndexAny(ref, `^\[?~:`)
	what := ""
	switch {
	case i >= 0:
		what = ref[i : i+1]
	case strings.HasPrefix(ref, ".*"), strings.Contains(ref, "/.*"):
		what = ".*"
	default:
		return true
	}
	r.report(n, "regex-in-glob", "no ref has %s in it; a glob is no regular expression: only * and ** are special", what)
	return false
}

// callee wants a workflow file at a ref that is written out, or at a commit:
// a pattern there admits commits from the fork network.
func (r valueReader) callee(n *source.Node, text string) bool {
	at := strings.LastIndexByte(text, '@')
	ref := text[at+1:]
	switch {
	case at <= 0:
		r.report(n, "callee-ref-unpinned", "%s ends in @ and a ref, @refs/tags/v2, or in @ and a commit", r.claim.Name)
	case isCommit(ref):
		return true
	case strings.Contains(ref, "*"):
		r.report(n, "callee-ref-unpinned", "the ref behind the @ is written out, without *: others would admit commits of forks")
	case !strings.HasPrefix(ref, "refs/heads/") && !strings.HasPrefix(ref, "refs/tags/"):
		r.report(n, "callee-ref-unpinned", "behind the @ stands refs/heads/…, refs/tags/… or a commit of 40 digits")
	default:
		return true
	}
	return false
}

func isCommit(text string) bool {
	return len(text) == 40 && strings.Trim(text, "0123456789abcdef") == ""
}

// subject refuses subjects that others can have as well. What is right is to
// match claims; "sub" is for issuers that have nothing else.
func (r valueReader) subject(n *source.Node, text string) bool {
	if r.kind.Repository != "repository" {
		return true
	}
	key, _, _ := strings.Cut(text, ":")
	switch key {
	case "workflow", "environment", "ref", "context", "head_ref", "base_ref":
		r.report(n, "sub-starts-with-free-claim", "a subject that begins with %s: can be had by other repositories; match claims instead", key)
		return false
	case "repo":
		return r.immutableSubject(n, text)
	}
	return true
}

// immutableSubject refuses repo:name-1/name-2: the ids of an immutable subject
// stand behind an @, and with a hyphen they are a name that anyone can take.
func (r valueReader) immutableSubject(n *source.Node, text string) bool {
	repository, _, _ := strings.Cut(strings.TrimPrefix(text, "repo:"), ":")
	owner, name, _ := strings.Cut(repository, "/")
	if endsInNumber(owner) && endsInNumber(name) {
		r.report(n, "hyphen-immutable-sub", "the ids in a subject stand behind an @; with a hyphen this is a name that anyone can take")
		return false
	}
	return true
}

func endsInNumber(name string) bool {
	hyphen := strings.LastIndexByte(name, '-')
	return hyphen > 0 && isDecimal(name[hyphen+1:])
}

func fullRef(text string) string { return "refs/heads/" + strings.TrimPrefix(text, "heads/") }

func shortRef(text string) string {
	return strings.TrimPrefix(strings.TrimPrefix(text, "refs/heads/"), "refs/tags/")
}
