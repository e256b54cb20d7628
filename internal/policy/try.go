package policy

import (
	"maps"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/source"
)

// Try says what would be wrong with a grant in the file of a team. The text is that
// of a file without version and team; what the policy has in the team's file
// already is left out.
func (p *Policy) Try(team string, text []byte) []check.Finding {
	head := "version: 1\nteam: " + quote.YAML(team) + "\n"
	file, problems := source.Parse("the grant", append([]byte(head), text...))
	tried := &Policy{Connections: maps.Clone(p.Connections), issuers: p.issuers, byID: map[string]*Grant{}}
	for _, t := range p.Teams {
		tried.Teams = append(tried.Teams, &Team{Name: t.Name, Owner: t.Owner, May: t.May, Pos: t.Pos})
	}
	l := &loader{policy: tried, named: map[string]*Test{}}
	for _, problem := range problems {
		l.fileProblem(file, problem)
	}
	l.teamFile(file)
	return l.findings
}
