package policy

import (
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/quote"
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
		if !r.noRegex(n, text, false) {
			return false
		}
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
	case !r.noRegex(n, glob, true):
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
func (r valueReader) noRegex(n *source.Node, text string, inGlob bool) bool {
	ref := text
	switch r.claim.Ref {
	case identity.NoRef:
		return true
	case identity.FileRef:
		_, ref, _ = strings.Cut(text, "@")
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
	r.mend(n, "regex-in-glob", r.withoutRegex(text, inGlob), "no ref has %s in it, and there are no regular expressions here", what)
	return false
}

// withoutRegex says what to write instead of a regular expression.
func (r valueReader) withoutRegex(text string, inGlob bool) string {
	plain := strings.TrimSuffix(strings.TrimPrefix(text, "^"), "$")
	plain = strings.NewReplacer(".*", "*", `\.`, ".", `\/`, "/").Replace(plain)
	if r.claim.Ref == identity.FullRef {
		plain = fullRef(plain)
	}
	switch {
	case strings.ContainsAny(plain, `^$\[]()|+?~:{}`):
		return "list the values, or write {glob: …}, in which * and ** are all that is special"
	case inGlob || !strings.Contains(plain, "*"):
		return "write " + quote.YAML(plain)
	}
	return r.globOf(plain)
}

// globOf says what to write instead of a text with a star in it.
func (r valueReader) globOf(text string) string {
	owner, _, slash := strings.Cut(literalPrefix(text), "/")
	switch {
	case text == "*" && r.claim.Ref == identity.FullRef:
		return `write {glob: "refs/heads/*"}`
	case r.claim.Name == "environment" && strings.HasSuffix(text, "-*"): // a glob there admits what others may create
		return "list them, for example [" + quote.YAML(strings.ReplaceAll(text, "*", "eu")) + ", " + quote.YAML(strings.ReplaceAll(text, "*", "us")) + "]"
	case r.claim.Globs == identity.NoGlobs, r.claim.Name == "environment", r.claim.Globs == identity.GlobsAfterOwner && (!slash || owner == ""):
		return "list the values: " + r.claim.Name + ": [ONE, OTHER]"
	}
	return `write {glob: "` + text + `"}`
}

// noExpression refuses what means something in a workflow alone.
func (r valueReader) noExpression(n *source.Node, text string) bool {
	if r.claim.Ref == identity.NoRef || !strings.Contains(text, "${{") { // elsewhere people may call things so
		return true
	}
	r.mend(n, "bad-value", "write the "+r.claim.Name+" itself", "a policy is no workflow: ${{ }} means nothing here")
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

// fullRef is the ref that someone meant who wrote it in another way.
func fullRef(text string) string {
	for _, other := range []string{"refs/remotes/origin/", "remotes/origin/", "origin/", "refs/heads/", "heads/"} {
		if n := len(other); len(text) > n && strings.EqualFold(text[:n], other) {
			return "refs/heads/" + text[n:]
		}
	}
	for _, other := range []string{"refs/tags/", "tags/"} {
		if n := len(other); len(text) > n && strings.EqualFold(text[:n], other) {
			return "refs/tags/" + text[n:]
		}
	}
	if len(text) > 1 && text[0] == 'v' && strings.Trim(text[1:], "0123456789.*") == "" {
		return "refs/tags/" + text
	}
	if strings.HasPrefix(text, "refs/") {
		return text
	}
	return "refs/heads/" + text
}

func shortRef(text string) string {
	return strings.TrimPrefix(strings.TrimPrefix(text, "refs/heads/"), "refs/tags/")
}
