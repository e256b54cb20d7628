package cli

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// The columns of a list with one line for a grant.
const (
	grantColumn = iota
	whenColumn  = 3
	ownerColumn = 4

	leastWhen = 12 // characters of WHEN that are worth a column beside OWNER
)

// shortList shows grants in one line each, and reports whether that leaves
// something out. Names stay whole, so that they can be copied: what is cut is when
// a grant holds.
func shortList(s render.Style, fit []listed) (text string, cut bool) {
	rows := [][]string{{"GRANT", "GIVES", "REPOSITORY", "WHEN", "OWNER"}}
	for _, g := range fit {
		rows = append(rows, []string{
			g.ID, quote.Text(g.Credential.Connection) + " " + shortDuration(g.Credential.TTL),
			quote.Text(repositoryShort(g.Grant)), quote.Text(strings.Join(whenShort(g.Grant), ", ")), quote.Text(g.Owner),
		})
	}
	if roomForWhen(rows, s.Width) < leastWhen {
		cut = true
		for i := range rows {
			rows[i] = rows[i][:ownerColumn]
		}
	}
	room := max(leastWhen, roomForWhen(rows, s.Width))
	for i := range rows {
		when := render.Clip(rows[i][whenColumn], room-1)
		if utf8.RuneCountInString(rows[i][whenColumn]) > room {
			rows[i][whenColumn], cut = when, true
		}
		rows[i][grantColumn] = s.Good(rows[i][grantColumn])
	}
	for i, title := range rows[0] {
		rows[0][i] = s.Bold(title)
	}
	return render.Columns(rows), cut
}

// roomForWhen is how many characters the other columns leave.
func roomForWhen(rows [][]string, width int) int {
	room := width - 2*(len(rows[0])-1)
	for column := range rows[0] {
		widest := 0
		for _, row := range rows {
			widest = max(widest, utf8.RuneCountInString(row[column]))
		}
		if column != whenColumn {
			room -= widest
		}
	}
	return room
}

// repositoryShort names the repositories of a grant, the first where there are
// several: by name where it has one.
func repositoryShort(g *policy.Grant) string {
	kind := g.Issuer.Vocabulary
	if m := g.Find(kind.Repository); m != nil {
		return firstAndMore("", m.Values.Patterns())
	}
	for _, claim := range kind.Identity {
		if m := g.Find(claim); m != nil {
			return firstAndMore("id ", m.Values.Patterns())
		}
	}
	if kind.ExactSubject {
		return ""
	}
	return "any"
}

func firstAndMore(prefix string, texts []string) string {
	switch len(texts) {
	case 0:
		return ""
	case 1:
		return prefix + texts[0]
	}
	return prefix + texts[0] + ", …"
}

// whenShort says when a grant holds, what matters most first.
func whenShort(g *policy.Grant) []string {
	kind := g.Issuer.Vocabulary
	var words, others []string
	if g.Mode == policy.Observe {
		words = append(words, "only observes")
	}
	said := append(slices.Concat(kind.Identity, kind.Tenant), kind.Repository)
	for i := range g.Match {
		m := &g.Match[i]
		switch claim := m.Claim.Name; {
		case slices.Contains(said, claim):
		case isRef(claim):
			words = append(words, refsShort(&m.Values))
		case claim == "environment":
			words = append(words, "env "+m.Values.String())
		case claim == kind.Event:
			unusual := func(event string) bool { return !slices.Contains(kind.Events, event) }
			if slices.ContainsFunc(m.Values.Patterns(), unusual) {
				words = append(words, "on "+m.Values.String())
			}
		default:
			others = append(others, claim)
		}
	}
	if len(words) == 0 && len(others) > 0 {
		words = append(words, "by "+strings.Join(others, ", "))
	}
	if len(g.Unless) > 0 {
		words = append(words, "not all (unless)")
	}
	if !g.Expires.IsZero() {
		words = append(words, "until "+lastDay(g))
	}
	return words
}

// isRef reports whether a claim says for which branch or tag a job runs.
func isRef(claim string) bool {
	return claim == "ref" || claim == "ref_path" || strings.HasSuffix(claim, "vcs-ref") || claim == "sub"
}

// refsShort leaves out of refs what goes without saying.
func refsShort(v *policy.Values) string {
	if v.Empty {
		return "no ref"
	}
	var words []string
	for _, ref := range v.Patterns() {
		branch, isBranch := strings.CutPrefix(ref, "refs/heads/")
		tag, isTag := strings.CutPrefix(ref, "refs/tags/")
		switch {
		case isBranch && strings.Contains(branch, "*"):
			ref = "branches " + branch
		case isBranch:
			ref = branch
		case isTag && strings.Contains(tag, "*"):
			ref = "tags " + tag
		case isTag:
			ref = "tag " + tag
		}
		words = append(words, ref)
	}
	return strings.Join(words, " or ")
}

// nearRepository returns a repository that the policy names and that somebody may
// have meant, "" where there is none.
func nearRepository(p *policy.Policy, asked []string) string {
	var known []string
	for _, g := range p.Grants {
		if m := g.Find(g.Issuer.Vocabulary.Repository); m != nil {
			for _, w := range m.Values.Exact {
				known = append(known, w.Text)
			}
		}
	}
	for _, text := range asked {
		if i := slices.IndexFunc(known, func(name string) bool { return strings.HasSuffix(name, "/"+text) }); i >= 0 {
			return known[i]
		}
		if near := check.Nearest(text, known); near != "" && !slices.Contains(known, text) {
			return near
		}
	}
	return ""
}
