package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

// whoGets says which jobs a grant admits: in a line, and in one for each other
// claim that it asks for.
func whoGets(g *policy.Grant) []string {
	kind := g.Issuer.Vocabulary
	var words, others []string
	said := slices.Concat(kind.Identity, []string{kind.Repository, kind.Event})
	words = append(words, sourceOf(g)...)
	for _, m := range g.Match {
		switch claim := m.Claim.Name; {
		case slices.Contains(said, claim):
		case isRef(claim):
			words = append(words, m.Values.String())
		case claim == "environment":
			words = append(words, "environment "+m.Values.String())
		default:
			others = append(others, claim+" "+m.Values.String())
		}
	}
	if events := g.Events(); len(events) > 0 {
		words = append(words, "on "+strings.Join(events, " or "))
	}
	if len(g.Unless) > 0 {
		words = append(words, "but not all of them (unless)")
	}
	return append([]string{strings.Join(words, ", ")}, others...)
}

// sourceOf names the repositories of a grant, with their ids.
func sourceOf(g *policy.Grant) []string {
	kind := g.Issuer.Vocabulary
	var ids []string
	for _, claim := range kind.Identity {
		if m := g.Find(claim); m != nil {
			ids = append(ids, m.Values.String())
		}
	}
	name := ""
	if m := g.Find(kind.Repository); m != nil {
		name = m.Values.String()
	}
	switch {
	case name != "" && len(ids) > 0:
		return []string{name + " (id " + strings.Join(ids, ", ") + ")"}
	case len(ids) > 0:
		return []string{"id " + strings.Join(ids, ", ")}
	case name != "":
		return []string{name}
	case kind.ExactSubject:
		return nil
	}
	return []string{"any repository that issuer " + g.Issuer.Name + " admits"}
}

// askedRepository is the one that a person asked about: what is known of it.
type askedRepository struct{ ids, names []string }

type admission int

const (
	refuses admission = iota
	admits
	cannotTell
)

// repositoryOf sorts what a person wrote into ids and names. Where a grant of the
// policy names a repository by both, one stands for the other.
func repositoryOf(p *policy.Policy, asked []string) askedRepository {
	var r askedRepository
	for _, text := range asked {
		if strings.Contains(text, "/") {
			r.names = append(r.names, text)
		} else {
			r.ids = append(r.ids, text)
		}
	}
	if len(r.ids) > 0 && len(r.names) > 0 {
		return r
	}
	for _, g := range p.Grants {
		if id, name, ok := labelled(g); ok {
			switch {
			case slices.Contains(r.names, name) && !slices.Contains(r.ids, id):
				r.ids = append(r.ids, id)
			case slices.Contains(r.ids, id) && !slices.Contains(r.names, name):
				r.names = append(r.names, name)
			}
		}
	}
	return r
}

// labelled returns the one repository that a grant is for, if it names it by id
// and by name.
func labelled(g *policy.Grant) (id, name string, ok bool) {
	kind := g.Issuer.Vocabulary
	if len(kind.Identity) == 0 || kind.Repository == "" {
		return "", "", false
	}
	ids, names := g.Find(kind.Identity[0]), g.Find(kind.Repository)
	if ids == nil || names == nil || !ids.Values.Pins() || !names.Values.Pins() || len(ids.Values.Exact) != 1 || len(names.Values.Exact) != 1 {
		return "", "", false
	}
	return ids.Values.Exact[0].Text, names.Values.Exact[0].Text, true
}

// admittedBy says whether a grant admits jobs of the repository, and by what.
func (r askedRepository) admittedBy(g *policy.Grant) (string, admission) {
	kind := g.Issuer.Vocabulary
	if kind.ExactSubject {
		return "", refuses
	}
	var by []string
	answer := admits
	for _, c := range []struct {
		claims []string
		known  []string
	}{{kind.Identity, r.ids}, {[]string{kind.Repository}, r.names}} {
		for _, m := range conditionsOn(g, c.claims) {
			switch fit, how := fits(m, c.known); {
			case len(c.known) == 0:
				answer = cannotTell
			case !fit:
				return "", refuses
			default:
				by = append(by, how)
			}
		}
	}
	if r.excluded(g) {
		return "", refuses
	}
	if len(by) == 0 {
		by = []string{"its issuer alone: it names no repository"}
	}
	return strings.Join(by, " and "), answer
}

func conditionsOn(g *policy.Grant, claims []string) []policy.Match {
	var found []policy.Match
	for _, m := range slices.Concat(g.Match, g.Issuer.Require) {
		if slices.Contains(claims, m.Claim.Name) {
			found = append(found, m)
		}
	}
	return found
}

func fits(m policy.Match, known []string) (ok bool, how string) {
	for _, text := range known {
		switch {
		case !m.Values.Admits(text):
		case slices.ContainsFunc(m.Values.Exact, func(w policy.Word) bool { return w.Text == text }):
			return true, m.Claim.Name + " " + text
		default:
			return true, "the pattern " + m.Values.String()
		}
	}
	return false, ""
}

// excluded reports whether an unless block that speaks of nothing but
// repositories holds for this one.
func (r askedRepository) excluded(g *policy.Grant) bool {
	kind := g.Issuer.Vocabulary
	return slices.ContainsFunc(g.Unless, func(b policy.Block) bool {
		return !slices.ContainsFunc(b.Matches, func(m policy.Match) bool {
			known := r.ids
			if m.Claim.Name == kind.Repository {
				known = r.names
			} else if !slices.Contains(kind.Identity, m.Claim.Name) {
				return true
			}
			fit, _ := fits(m, known)
			return !fit
		})
	})
}

// lastDay is the last day on which a grant admits anyone.
func lastDay(g *policy.Grant) string { return g.Expires.Add(-24 * time.Hour).Format(time.DateOnly) }

// shortDuration leaves out what is zero: 15m, not 15m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// grantJSON is one grant of "policy list".
type grantJSON struct {
	ID          string          `json:"id"`
	Team        string          `json:"team,omitempty"`
	Owner       string          `json:"owner,omitempty"`
	Description string          `json:"description,omitempty"`
	Labels      []string        `json:"labels"`
	Issuer      string          `json:"issuer"`
	Connection  string          `json:"connection"`
	Platform    string          `json:"platform"`
	TTL         int             `json:"ttl_seconds"`
	Expires     string          `json:"expires,omitempty"`
	Mode        string          `json:"mode"`
	Lambda      bool            `json:"lambda"`
	Match       []conditionJSON `json:"match"`
	Pos         check.Pos       `json:"pos"`
	AdmitsBy    string          `json:"admits_by,omitempty"`
}

type conditionJSON struct {
	Claim string   `json:"claim"`
	Exact []string `json:"exact"`
	Globs []string `json:"globs"`
	Empty bool     `json:"empty"`
}

type listJSON struct {
	Version   int         `json:"version"`
	Grants    []grantJSON `json:"grants"`
	Undecided []string    `json:"undecided"`
}

func listReport(v version, fit []listed, unknown []string) listJSON {
	report := listJSON{1, []grantJSON{}, append([]string{}, unknown...)}
	for _, g := range fit {
		grant := grantReport(g)
		grant.Pos = v.at(grant.Pos)
		report.Grants = append(report.Grants, grant)
	}
	return report
}

func grantReport(g listed) grantJSON {
	report := grantJSON{
		ID: g.ID, Team: g.Team, Owner: g.Owner, Description: g.Description, Labels: append([]string{}, g.Labels...),
		Issuer: g.Issuer.Name, Connection: g.Credential.Connection, Platform: g.Credential.Platform.Name, TTL: int(g.Credential.TTL.Seconds()),
		Mode: "enforce", Lambda: g.Lambda, Match: []conditionJSON{}, Pos: g.Pos, AdmitsBy: g.by,
	}
	if g.Mode != policy.Enforce {
		report.Mode = string(g.Mode)
	}
	if !g.Expires.IsZero() {
		report.Expires = g.Expires.Format(time.RFC3339)
	}
	for _, m := range g.Match {
		report.Match = append(report.Match, conditionJSON{m.Claim.Name, wordTexts(m.Values.Exact), wordTexts(m.Values.Globs), m.Values.Empty})
	}
	return report
}

func wordTexts(words []policy.Word) []string {
	texts := []string{}
	for _, w := range words {
		texts = append(texts, w.Text)
	}
	return texts
}
