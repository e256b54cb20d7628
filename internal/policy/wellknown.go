package policy

import (
	"slices"
	"strings"
	"unicode"

	"github.com/autoken/autoken/internal/identity"
)

// wellKnown returns a text that will do and that people know: one that was found
// before, one that grants list, one that is usual for the claim, or a pattern with
// words for its stars. It returns "" where there is none of these.
func (s *search) wellKnown(c cell) string {
	for _, f := range s.hints {
		if text, ok := f.value.(string); ok && f.claim() == c.claim.Name && c.admits(text) {
			return text
		}
	}
	for _, all := range [][]string{s.jobs.issuer.lore.texts[c.claim.Name], s.usualTexts(c.claim)} {
		for _, text := range all {
			if c.admits(text) {
				return text
			}
		}
	}
	for _, l := range c.literals {
		if l.sense != fits {
			continue
		}
		for _, g := range l.match.Values.Globs {
			if text := c.filled(g.Text); text != "" {
				return text
			}
		}
	}
	return ""
}

// filled returns the pattern with one word for all of its stars, if that will do.
func (c cell) filled(glob string) string {
	for _, word := range fillers {
		text := fill(glob, word)
		if c.admits(text) && (c.claim.Ref == identity.FileRef || tidy(text)) {
			return text
		}
	}
	return ""
}

var fillers = []string{"main", "example", "feature/example", "-example", "1", "2", "x"}

// fill writes a word for each star of a glob, or what usually stands there.
func fill(glob, word string) string {
	var out strings.Builder
	for {
		before, after, star := strings.Cut(glob, "*")
		out.WriteString(before)
		if !star {
			return out.String()
		}
		out.WriteString(fitting(out.String(), word))
		glob = strings.TrimLeft(after, "*")
	}
}

// behind has what usually stands behind a text, for the first that fits.
var behind = [][2]string{
	{"refs/tags/v", "1.2.3"},
	{"refs/tags/", "v1.2.3"},
	{"refs/heads/", "main"},
	{"refs/pull/", "42"},
	{"refs/", "heads/main"},
	{"@", "refs/heads/main"},
	{"workflows/", "ci.yml"},
	{"/v", "1.2.3"},
	{"/", "example"},
}

// fitting returns what usually stands behind a text.
func fitting(before, word string) string {
	if word != fillers[0] {
		return word
	}
	for _, usual := range behind {
		if strings.HasSuffix(before, usual[0]) {
			return usual[1]
		}
	}
	if before != "" && unicode.IsLetter(rune(before[len(before)-1])) {
		return "-example"
	}
	return word
}

// usualTexts lists values that a claim often has.
func (s *search) usualTexts(c identity.Claim) []string {
	kind := s.jobs.issuer.Vocabulary
	switch {
	case c.Name == kind.Event:
		return slices.Concat(kind.Events, moreEvents(kind.Event))
	case c.Ref == identity.FullRef:
		return []string{"refs/heads/main", "refs/heads/develop", "refs/tags/v1.2.3", "refs/pull/42/merge"}
	case c.Ref == identity.ShortRef:
		return []string{"main", "develop", "v1.2.3"}
	}
	return usualWords(c.Name)
}

// moreEvents lists events that jobs often have and no grant admits unasked.
func moreEvents(claim string) []string {
	if claim == "event_name" {
		return []string{"pull_request", "pull_request_target", "issues", "workflow_run", "repository_dispatch"}
	}
	return []string{"merge_request_event", "pipeline", "trigger"}
}

func usualWords(claim string) []string {
	switch claim {
	case "actor", "user_login":
		return []string{"octocat", "mallory"}
	case "environment":
		return []string{"production", "staging", "release"}
	case "environment_protected", "ref_protected":
		return []string{"true", "false"}
	case "project_visibility", "repository_visibility":
		return []string{"private", "internal", "public"}
	case "ref_type":
		return []string{"branch", "tag"}
	case "repository_id", "project_id":
		return []string{"999", "998"}
	case "runner_environment":
		return []string{"github-hosted", "gitlab-hosted", "self-hosted"}
	}
	return nil
}
