package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/render"

	"github.com/autoken/autoken/internal/draft"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/session"
	"github.com/autoken/autoken/internal/suggest"
)

// migrate prints a first policy from the events of a lambda broker: the ids, refs
// and events of the repositories that used it.
func (a *App) migrate(log string, args []string) error {
	if len(args) > 0 {
		return fault.New(fault.Usage, "a first policy is made from the events alone, not from %q", args[0])
	}
	f, err := openLog(log)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	events, err := suggest.ReadEvents(f)
	if err != nil {
		return fault.New(fault.Usage, "reading the events: %w", err)
	}
	a.tellUnread(log, events.Unread)
	if len(events.Sources) == 0 {
		return fault.New(fault.Usage, "%s has no event in which a job asked for a credential", log)
	}
	m := migration{names: map[string]string{}, ids: map[string]bool{}}
	for i := range events.Sources {
		m.add(&events.Sources[i])
	}
	for _, note := range m.notes {
		a.warn("%s", note)
	}
	if len(m.grants) == 0 {
		return fault.New(fault.Usage, "no event says enough for a grant")
	}
	a.say("a first policy from %s; lint it, and narrow refs and events before it counts", render.Count(len(events.Sources), "source"))
	_, err = fmt.Fprint(a.Stdout, m.yaml())
	return err
}

// migration is a first policy in the making.
type migration struct {
	issuers   []*draft.Grant    // the first grant of each issuer
	names     map[string]string // of issuers, by URL
	platforms []string
	grants    []*draft.Grant
	ids       map[string]bool
	notes     []string
}

func (m *migration) add(s *suggest.Source) {
	g, err := draft.ForJob(s.Claims)
	name := session.Show(s.Claims["repository"])
	if err != nil || !strings.HasPrefix(g.Kind.Name, "github") {
		m.notes = append(m.notes, fmt.Sprintf("no grant for %s of %s: its claims do not say enough", s.Platform, name))
		return
	}
	keep := []string{"repository_id", "repository", "repository_owner_id"}
	g.Matches = slices.DeleteFunc(g.Matches, func(c draft.Match) bool { return !slices.Contains(keep, c.Claim) })
	if refs := s.Refs(); len(refs.Exact)+len(refs.Globs) > 0 {
		g.Matches = append(g.Matches, draft.Match{Claim: "ref", Values: refs})
	} else if callee, ok := s.Claims.Text("job_workflow_ref"); ok {
		g.Matches = append(g.Matches, draft.Exactly("job_workflow_ref", callee))
	}
	g.Matches = append(g.Matches, draft.Exactly("event_name", s.Events...))
	owner, _ := s.Claims.Text("repository_owner")
	g.Owner, g.Lambda = "@"+owner, true
	g.ID = m.freeID(g.ID, s.Platform)
	g.Credential = m.credential(s, name)
	g.Issuer = m.issuer(g)
	m.grants = append(m.grants, g)
	if pulls := slices.IndexFunc(s.Events, func(e string) bool { return strings.HasPrefix(e, "pull_request") || e == "issue_comment" }); pulls >= 0 {
		m.notes = append(m.notes, fmt.Sprintf("%s used %s on %s: think about whether it should", name, s.Platform, s.Events[pulls]))
	}
}

func (m *migration) freeID(id, platform string) string {
	for n, try := 1, id; ; n++ {
		switch {
		case n == 2:
			try = id + "-" + draft.Slug(platform)
		case n > 2:
			try = fmt.Sprintf("%s-%d", id, n)
		}
		if !m.ids[try] {
			m.ids[try] = true
			return try
		}
	}
}

func (m *migration) credential(s *suggest.Source, repository string) string {
	if !slices.Contains(m.platforms, s.Platform) {
		m.platforms = append(m.platforms, s.Platform)
	}
	connection := "{connection: " + quote.YAML(draft.Slug(s.Platform))
	switch s.Platform {
	case "sonarqube":
		return connection + ", project: " + quote.YAML(s.Project) + "}"
	case "artifactory":
		m.notes = append(m.notes, fmt.Sprintf("the groups of %s are not in the events: replace change-me", repository))
		return connection + ", groups: [change-me]}"
	}
	return connection + "}"
}

// issuer returns the name of a grant's issuer, a new one where it is the first.
func (m *migration) issuer(g *draft.Grant) string {
	url := session.Show(g.Job["iss"])
	if name, known := m.names[url]; known {
		return name
	}
	name := g.Issuer
	for n := 2; slices.ContainsFunc(m.issuers, func(i *draft.Grant) bool { return i.Issuer == name }); n++ {
		name = fmt.Sprintf("%s-%d", g.Issuer, n)
	}
	m.names[url] = name
	g.Issuer = name
	m.issuers = append(m.issuers, g)
	return name
}

func (m *migration) yaml() string {
	var b strings.Builder
	b.WriteString("version: 1\nissuers:\n")
	for _, g := range m.issuers {
		fmt.Fprintf(&b, "  %s:\n    kind: %s\n    url: %s\n    audience: https://autoken.example   # the new broker's URL\n    max_token_age: 10m\n",
			g.Issuer, g.Kind.Name, quote.YAML(session.Show(g.Job["iss"])))
	}
	var connections []string
	for _, platform := range m.platforms {
		connections = append(connections, quote.YAML(draft.Slug(platform))+": "+quote.YAML(platform))
	}
	fmt.Fprintf(&b, "connections: {%s}\n", strings.Join(connections, ", "))
	return b.String() + draft.File(m.grants, func(g *draft.Grant) []*policy.Test { return []*policy.Test{g.Allowed(), g.Namesake()} })
}
