package suggest

import (
	"io"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

// Source is one repository that asked a broker of the lambda protocol for one
// thing.
type Source struct {
	Platform, Project string
	Claims            identity.Claims // of the first job
	Times             int
	Events            []string // sorted, each once

	branches, tags []string // in full, sorted, each once
	pulls          bool     // some were for pull requests
}

// Refs is the condition that admits the refs of all its jobs: they are listed
// where they are few, and pull requests are one pattern.
func (s *Source) Refs() policy.Values {
	var exact, globs []string
	for _, refs := range [][]string{s.branches, s.tags} {
		if len(refs) <= maxListed {
			exact = append(exact, refs...)
		} else if wide, ok := folder("", refs); ok {
			globs = append(globs, wide.Globs[0].Text)
		}
	}
	if s.pulls {
		globs = append(globs, "refs/pull/*/merge")
	}
	if len(globs) == 0 {
		return exactly(exact)
	}
	return policy.Values{Globs: exactly(slices.Concat(exact, globs)).Exact}
}

// Events is what the exported events of a lambda broker say.
type Events struct {
	Sources []Source // in the order in which they come first
	Skipped int      // events that ask for nothing
	Unread  record.Unread
}

// ReadEvents reads events of the gateway in front of a lambda broker, one a line.
func ReadEvents(log io.Reader) (*Events, error) {
	e := &Events{}
	var err error
	e.Unread, err = record.Lines(log, func(_ int, line []byte) error { return e.line(line) })
	return e, err
}

func (e *Events) line(line []byte) error {
	event, err := identity.DecodeClaims(line)
	if err != nil {
		return err
	}
	asked, err := record.GatewayEvent(event)
	switch {
	case err != nil:
		return err
	case asked.Cleanup:
		e.Skipped++
	default:
		e.add(asked.Platform, asked.Project, asked.Claims)
	}
	return nil
}

func (e *Events) add(platform, project string, claims identity.Claims) {
	i := slices.IndexFunc(e.Sources, func(s Source) bool {
		return s.Platform == platform && s.Project == project && s.Claims["iss"] == claims["iss"] && s.Claims["repository_id"] == claims["repository_id"]
	})
	if i < 0 {
		i = len(e.Sources)
		e.Sources = append(e.Sources, Source{Platform: platform, Project: project, Claims: claims})
	}
	s := &e.Sources[i]
	s.Times++
	ref, _ := claims.Text("ref")
	event, _ := claims.Text("event_name")
	s.Events = insert(s.Events, event)
	switch {
	case strings.HasPrefix(ref, "refs/pull/"):
		s.pulls = true
	case strings.HasPrefix(ref, "refs/tags/"):
		s.tags = insert(s.tags, ref)
	default:
		s.branches = insert(s.branches, ref)
	}
}

// insert puts text into a sorted list that has each text once.
func insert(list []string, text string) []string {
	i, known := slices.BinarySearch(list, text)
	if known || text == "" {
		return list
	}
	return slices.Insert(list, i, text)
}
