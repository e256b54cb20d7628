package policy

import (
	"github.com/autoken/autoken/internal/identity"
)

// Jobs is a set of jobs, described by conditions: the tokens of one issuer whose
// claims meet all of them.
type Jobs struct {
	issuer *Issuer
}

// Example is one job, by the claims of a token that it could have.
type Example struct {
	Issuer    *Issuer
	Claims    identity.Claims
	Plausible bool // nothing about it is unusual
}

// Answer is what is known about whether a set has a job in it.
type Answer struct {
	Example *Example // one of its jobs, nil where none was found
	Unsure  bool     // the search was given up: nobody knows
}

// None reports whether it is certain that there is no such job.
func (a Answer) None() bool { return a.Example == nil && !a.Unsure }

// Jobs returns the jobs that the grant admits as long as it has not expired,
// whatever its mode.
func (g *Grant) Jobs() Jobs { return Jobs{issuer: g.Issuer} }

// And returns the jobs that are in both sets.
func (j Jobs) And(_ Jobs) Jobs { return j }

// Without returns the jobs of j that are not in k.
func (j Jobs) Without(_ Jobs) Jobs { return j }

// Where returns the jobs of j that meet one more condition.
func (j Jobs) Where(_ Match) Jobs { return j }

// Except returns the jobs of j that do not meet a condition.
func (j Jobs) Except(_ Match) Jobs { return j }

// Find looks for a job of j that is possible by what the vocabulary says is
// always so, and prefers one that is usual.
func (j Jobs) Find() Answer { return Answer{Unsure: true} }

// FindAny looks for a job of j without relying on what the vocabulary says about
// how claims go together: only then can "none" be trusted with tokens that the
// vocabulary is wrong about.
func (j Jobs) FindAny() Answer { return Answer{Unsure: true} }
