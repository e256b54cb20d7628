package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/source"
)

// grants reads a file's grants; team is whose file it is, nil for the main one.
func (l *loader) grants(n *source.Node, team *Team) {
	if n == nil {
		return
	}
	for _, item := range l.items(n, "grants") {
		if l.tooMany(item) {
			return
		}
		l.grant(item, team)
	}
}

func (l *loader) tooMany(n *source.Node) bool {
	if len(l.policy.Grants) < maxGrants {
		return false
	}
	if !l.sized {
		l.report(n, "size-limit", "a policy has at most %d grants", maxGrants)
	}
	l.sized = true
	return true
}

func (l *loader) grant(n *source.Node, team *Team) {
	defer l.about("%s", "grant")()
	fields := l.fields(n, "a grant", "id", "issuer", "match", "unless", "credential", "owner", "description", "labels", "expires", "mode", "lambda")
	if fields == nil {
		return
	}
	g := &Grant{Pos: place(n)}
	before := len(l.findings)
	defer func() { g.Sound = len(l.findings) == before }()
	if l.isUnlikeGrant(n, fields) {
		return
	}
	l.grantID(n, g, fields, team)
	defer l.about("grant %s", g.ID)()
	l.particulars(g, fields, team)
	g.Issuer = l.issuerOf(l.need(n, fields, "issuer", "a grant"))
	l.grantCredential(g, l.need(n, fields, "credential", "a grant"), team)
	match := l.need(n, fields, "match", "a grant")
	if g.Issuer == nil || match == nil {
		return
	}
	g.Match = l.matches(match, "match", g.Issuer.Vocabulary)
	if f, ok := fields["unless"]; ok {
		g.Unless = l.unless(f.Value, g)
	}
	if match.Kind == source.Map {
		l.checkGrant(g, fields, team)
	}
	g.compile()
}

// isUnlikeGrant reports a map that has little of what a grant has, in one finding.
func (l *loader) isUnlikeGrant(n *source.Node, fields map[string]source.Field) bool {
	var missing []string
	for _, key := range []string{"id", "issuer", "match", "credential"} {
		if _, ok := fields[key]; !ok {
			missing = append(missing, key)
		}
	}
	name, named := fields["name"]
	named = named && slices.Contains(missing, "id")
	if len(missing) < 2 && !named {
		return false
	}
	fix := ""
	if named {
		fix = "write id: " + quote.YAML(name.Value.Text) + ", not name"
		l.findings = slices.DeleteFunc(l.findings, func(f check.Finding) bool { return f.Pos == place(name.Key) })
	}
	l.mend(n, "missing-key", fix, "a grant needs %s", strings.Join(missing, ", "))
	return true
}

// checkGrant applies the rules that look at a grant as a whole.
func (l *loader) checkGrant(g *Grant, fields map[string]source.Field, team *Team) {
	match := fields["match"]
	l.checkIdentity(g, match)
	l.checkContext(g, match)
	l.checkTemplates(g, fields["credential"].Value)
	if team != nil && team.May != nil {
		l.checkBoundary(g, fields, team)
	}
}

func (l *loader) grantID(n *source.Node, g *Grant, fields map[string]source.Field, team *Team) {
	at := l.need(n, fields, "id", "a grant")
	name, ok := l.id(at, "id")
	if !ok {
		g.ID = "?"
		return
	}
	g.ID, g.Pos = name, place(at)
	if team != nil {
		g.ID, g.Team = team.Name+"/"+name, team.Name
	}
	if first := l.policy.byID[g.ID]; first != nil {
		l.report(at, "duplicate-id", "there is a grant %s already: %s", g.ID, first.Pos)
		return
	}
	l.policy.byID[g.ID] = g
	l.policy.Grants = append(l.policy.Grants, g)
}

// particulars reads what does not decide who is admitted, and when it ends.
func (l *loader) particulars(g *Grant, fields map[string]source.Field, team *Team) {
	g.Owner = l.optional(fields, "owner")
	if g.Owner == "" && team != nil {
		g.Owner = team.Owner
	}
	g.Description = l.optional(fields, "description")
	g.Labels = l.texts(fields, "labels")
	g.Lambda = l.flag(fields, "lambda")
	if f, ok := fields["mode"]; ok {
		mode, _ := l.oneOf(f.Value, "mode", []string{string(Observe)})
		g.Mode = Mode(mode)
	}
	if last := l.date(fields, "expires"); !last.IsZero() {
		g.Expires, g.expiresPos = last.Add(24*time.Hour), place(fields["expires"].Value)
	}
}

// issuerOf returns the issuer that a grant is for. An issuer that has findings
// of its own is taken, so that the grant is looked at as well.
func (l *loader) issuerOf(n *source.Node) *Issuer {
	name, ok := l.text(n, "issuer")
	if !ok {
		return nil
	}
	var names []string
	for _, issuer := range l.policy.issuers {
		if issuer.Name == name {
			return issuer
		}
		names = append(names, issuer.Name)
	}
	l.unknown(n, "unknown-name", "issuer", names)
	return nil
}

func (g *Grant) String() string { return "grant " + g.ID }
