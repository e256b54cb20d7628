// Package policy is the language that says which jobs may get which credential:
// it loads policies, explains them and decides by them. It does no I/O beyond
// reading the files it is given, and knows no clock.
package policy

import (
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/identity"
)

// Policy is a set of files that was found to be sound as a whole. The nil Policy
// allows nothing.
type Policy struct {
	Hash        string            // hex SHA-256 over the names and contents of all files
	Connections map[string]string // name to platform
	Grants      []*Grant          // in the files' order, the main file first
	Teams       []*Team
	Tests       []*Test
	Ignores     []*Ignore

	// Longest is how long a credential of each platform may live.
	Longest map[string]time.Duration

	issuers []*Issuer
	byID    map[string]*Grant
}

// Issuers returns the issuers that the policy trusts, for identity.NewVerifier.
func (p *Policy) Issuers() []identity.Issuer {
	if p == nil {
		return nil
	}
	issuers := make([]identity.Issuer, 0, len(p.issuers))
	for _, i := range p.issuers {
		issuers = append(issuers, i.Issuer)
	}
	return issuers
}

// Trusted returns the same with what they demand of every job, in the file's order.
func (p *Policy) Trusted() []*Issuer {
	if p == nil {
		return nil
	}
	return p.issuers
}

// Grant returns the grant called id, nil where there is none.
func (p *Policy) Grant(id string) *Grant {
	if p == nil {
		return nil
	}
	return p.byID[id]
}

// Word is a text that stands in a policy, and where.
type Word struct {
	Text string
	Pos  check.Pos
}

// Issuer is an issuer and what every grant of it demands.
type Issuer struct {
	identity.Issuer
	Vocabulary *identity.Kind
	Require    []Match
	Pos        check.Pos

	lore *lore
}

// Team is a part of the organization that keeps its grants in a file of its own.
type Team struct {
	Name, Owner string
	May         *Boundary
	Pos         check.Pos

	file string // that holds its grants
}

// File is the name of the file that holds the team's grants, "" where there is
// none.
func (t *Team) File() string { return t.file }

// Mode says what a grant's verdict leads to.
type Mode string

// The modes. A grant that observes is evaluated and recorded, and issues
// nothing.
const (
	Enforce Mode = ""
	Observe Mode = "observe"
)

// Grant admits jobs to one credential.
type Grant struct {
	ID          string // TEAM/NAME in a team's file
	Team        string
	Owner       string // the grant's, or else its team's
	Description string
	Labels      []string
	Pos         check.Pos // of the id
	Issuer      *Issuer
	Match       []Match
	Unless      []Block
	Expires     time.Time // the first instant at which it admits nobody; zero for never
	Mode        Mode
	Lambda      bool // the lambda path may use it
	Credential  Credential
	Sound       bool // nothing is wrong with the grant; what Load returns has no others

	expiresPos check.Pos
	conditions []condition
	pin        []condition // which of them say that a job is the grant's own
	jobs       Jobs        // whom they admit
}

// Match is a condition on one claim.
type Match struct {
	Claim  identity.Claim
	Values Values
	Pos    check.Pos // of the claim's name
}

// Block is one item of "unless": where all of it holds the grant is denied.
type Block struct {
	Matches []Match
	Pos     check.Pos
}

// Credential says what a grant gives.
type Credential struct {
	Connection string
	Platform   credential.Platform
	TTL        time.Duration // what the job is promised
	Fields     []Field
	Pos        check.Pos
}

// Field is one thing that a credential's platform wants to know.
type Field struct {
	credential.Field
	Texts []Template // of a text, which has one, and of a list
	Pairs []Pair     // of a map
	Pos   check.Pos  // of its name
}

// Pair is one entry of a map.
type Pair struct{ Key, Value Word }

// Test is a claim about the policy that can be checked.
type Test struct {
	Name, From string
	Set        map[string]any // claims as identity.Claims holds them
	Unset      []string
	Grant      Word
	Allow      bool
	Why        string
	Pos        check.Pos
	FromPos    check.Pos
	WhyPos     check.Pos
}

// Ignore silences a finding of the linter.
type Ignore struct {
	Rule, Grant, Reason string
	Until               time.Time // the last day on which it counts; zero for ever
	Pos                 check.Pos
}
