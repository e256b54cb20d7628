// Package draft writes grants that do not stand in a policy yet, and the tests
// that show whom they admit and whom they do not.
package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// Grant is a grant to be proposed.
type Grant struct {
	ID         string // as a request names it: TEAM/NAME where it is a team's
	Kind       *identity.Kind
	Issuer     string // its name in the policy
	IssuerNote string // a comment above it
	Owner      string
	Matches    []Match
	Floor      []Match // what the issuer requires of every token
	Job        identity.Claims
	Credential string // in YAML
	Lambda     bool   // the lambda path may use it
}

// Match is what is wanted of one claim.
type Match struct {
	Claim  string
	Values policy.Values
	Bool   bool // the claim is a truth value
}

// Exactly returns the condition that a claim is one of texts.
func Exactly(claim string, texts ...string) Match {
	m := Match{Claim: claim}
	for _, text := range texts {
		m.Values.Exact = append(m.Values.Exact, policy.Word{Text: text})
	}
	return m
}

// Fitting returns the condition that a claim fits a glob.
func Fitting(claim, glob string) Match {
	return Match{Claim: claim, Values: policy.Values{Globs: []policy.Word{{Text: glob}}}}
}

const circle = "oidc.circleci.com/"

// issuerName is what policies may call an issuer of that kind.
func issuerName(kind string) string {
	switch kind {
	case "github":
		return "gh"
	case "github-ghecom":
		return "ghe"
	case "github-server":
		return "ghes"
	}
	return kind
}

// beside lists what a grant for one job names beside its tenant, id, name and
// event, and why a job could be another without it: where it runs, and on which
// machine.
func beside(kind string) []string {
	switch kind {
	case "gitlab":
		return []string{"ref_path", "ref_protected", "environment", "runner_environment"}
	case "buildkite":
		return []string{"build_branch", "build_tag"}
	case "circleci":
		return []string{circle + "vcs-origin", circle + "vcs-ref", circle + "ssh-rerun"}
	case "oidc":
		return []string{"sub"}
	}
	return []string{"ref", "environment", "workflow_ref", "runner_environment"}
}

// ForJob returns a grant that admits jobs like the one with these claims, and as
// few others as their claims tell apart.
func ForJob(claims identity.Claims) (*Grant, error) {
	kind := identity.GuessKind(claims)
	g := &Grant{Kind: kind, Issuer: issuerName(kind.Name), Job: claims}
	g.ID = Slug(g.subject())
	names := slices.Concat(kind.Identity, []string{kind.Repository}, kind.Tenant, beside(kind.Name), []string{kind.Event})
	if kind.Callee != "" && g.called() {
		names = append(names, kind.Callee)
	}
	for _, name := range names {
		if m, ok := g.exactly(name); ok {
			g.Matches = append(g.Matches, m)
		}
	}
	return g, g.lacking()
}

// subject is the name that people know the job's source by.
func (g *Grant) subject() string {
	for _, claim := range []string{g.Kind.Repository, "pipeline_slug", circle + "vcs-origin"} {
		if name, ok := g.Job.Text(claim); ok && name != "" {
			return name
		}
	}
	return g.Kind.Name
}

// called reports whether the job's steps stand in a workflow of another
// repository than the job's own.
func (g *Grant) called() bool {
	callee, _ := g.Job.Text(g.Kind.Callee)
	repository, _ := g.Job.Text(g.Kind.Repository)
	return callee != "" && !strings.HasPrefix(callee, repository+"/")
}

// exactly is the condition that a claim is what the job has; there is none where
// the job does not have it, or a policy could not say it.
func (g *Grant) exactly(name string) (Match, bool) {
	claim, known := g.Kind.Claim(name)
	if !known {
		return Match{}, false
	}
	switch value := g.Job[name].(type) {
	case string:
		return Exactly(name, value), value != "" && !strings.Contains(value, "*")
	case bool:
		m := Exactly(name, fmt.Sprint(value))
		m.Bool = true
		return m, claim.Type == identity.Bool
	}
	return Match{}, false
}

// lacking says what the job's token does not say and a grant has to.
func (g *Grant) lacking() error {
	for _, needed := range [][]string{g.Kind.Identity, g.Kind.Tenant} {
		if len(needed) == 0 || slices.ContainsFunc(g.Matches, func(m Match) bool { return slices.Contains(needed, m.Claim) }) {
			continue
		}
		err := fault.New(fault.Usage, "a grant for this job needs its %s, which its ID token does not have", needed[0])
		if g.Kind.Name == "buildkite" {
			return err.WithHint("buildkite-agent oidc request-token --claim organization_id,pipeline_id …")
		}
		return err.WithHint("autoken whoami shows the claims that it has")
	}
	return nil
}

// Slug makes a grant's id from a repository's name.
func Slug(repository string) string {
	name := strings.ToLower(repository[strings.LastIndexByte(repository, '/')+1:])
	clean := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, name)
	if clean = strings.Trim(clean, "-"); clean == "" {
		return "grant"
	}
	return clean
}
