package lint

import (
	"time"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/policy"
)

var upkeepRules = []rule{
	{check.Meta{ID: "expired-or-ownerless", Summary: "a grant has run out or soon will, or nobody is said to own it", Severity: check.Medium}, upkeep},
	{check.Meta{ID: "ttl-long", Summary: "a credential lives for longer than the jobs that use it", Severity: check.High}, longLives},
	{check.Meta{ID: "grant-untested", Summary: "no test shows whom a grant admits, or whom it does not", Severity: check.Medium}, untested},
	{check.Meta{ID: "deny-without-why", Summary: "a test of a denial does not say which condition denies", Severity: check.Medium}, reasonless},
}

// soon is how long before its end a grant is spoken of.
const soon = 14 * 24 * time.Hour

func upkeep(l *look) {
	for _, g := range l.Policy.Grants {
		if !g.Sound {
			continue
		}
		l.expiry(g)
		if g.Owner == "" && g.Team == "" {
			l.ownerless(g.Pos, g.String())
		}
	}
	for _, team := range l.Policy.Teams {
		if team.Owner == "" {
			l.ownerless(team.Pos, "team "+team.Name)
		}
	}
}

func (l *look) ownerless(pos check.Pos, subject string) {
	l.report(pos, check.Finding{
		Subject: subject, Severity: check.Low, Fix: `add owner: "@ORG/TEAM"`,
		Message: "nobody is named whom a job that was denied could ask",
	})
}

func (l *look) expiry(g *policy.Grant) {
	if g.Expires.IsZero() || l.now.IsZero() || g.Expires.Sub(l.now) > soon {
		return
	}
	f := check.Finding{
		Subject: g.String(), Severity: check.Low, Fix: "ask the owner whether it is still needed, and set a later day",
		Message: "from " + g.Expires.Format(time.DateOnly) + " on the grant denies everybody",
	}
	if !l.now.Before(g.Expires) {
		f.Severity, f.Fix = check.Medium, "remove the grant, or set a later day"
		f.Message = "the grant has denied everybody since " + g.Expires.Format(time.DateOnly)
	}
	l.report(placeOf(below(l.item("grants", g.Pos), "expires"), g.Pos), f)
}

// The lives that need no second look: of a credential that reads, and of one
// that writes.
const (
	longRead  = time.Hour
	longWrite = 15 * time.Minute
)

// longLives says once what a limit makes long, and nothing where the platform
// knows one life alone.
func longLives(l *look) {
	said := map[check.Pos]bool{}
	for g := range l.grants() {
		long := g.Credential.TTL > longRead || writes(g) && g.Credential.TTL > longWrite
		if g.Credential.Platform.FixedTTL > 0 || !long {
			continue
		}
		f := longLife(g)
		pos := placeOf(below(l.item("grants", g.Pos), "credential", "ttl"), check.Pos{})
		if pos.Line == 0 {
			pos, f.Fix = placeOf(l.setting("limits", "ttl", "default"), g.Credential.Pos), "default: 15m"
		}
		if !said[pos] {
			l.report(pos, f)
		}
		said[pos] = true
	}
}

func longLife(g *policy.Grant) check.Finding {
	f := check.Finding{Subject: g.String(), Fix: "ttl: 15m", Message: "whoever steals the credential has it for more than an hour"}
	switch {
	case g.Credential.TTL <= longRead:
		f.Severity, f.Message = check.Medium, "a credential which writes is rarely needed for more than 15 minutes"
	case !writes(g):
		f.Severity = check.Medium
	}
	return f
}

func untested(l *look) {
	allows, denies := map[string]bool{}, map[string]bool{}
	for _, t := range l.Policy.Tests {
		if t.Allow {
			allows[t.Grant.Text] = true
		} else {
			denies[t.Grant.Text] = true
		}
	}
	for g := range l.grants() {
		missing := ""
		switch {
		case !allows[g.ID] && !denies[g.ID]:
			missing = "no test shows whom the grant admits, and whom it does not"
		case !allows[g.ID]:
			missing = "no test shows whom the grant admits"
		case !denies[g.ID]:
			missing = "no test shows whom the grant does not admit"
		default:
			continue
		}
		l.report(g.Pos, check.Finding{Subject: g.String(), Message: missing, Fix: "autoken policy test --init prints tests to begin with"})
	}
}

func reasonless(l *look) {
	for _, t := range l.Policy.Tests {
		if !t.Allow && t.Why == "" {
			l.report(placeOf(below(l.item("tests", t.Pos), "expect"), t.Pos), check.Finding{
				Subject: "test " + t.Name, Fix: "add why: match.ref, or whichever condition is meant to deny",
				Message: "the denial may come from another condition than the one that is meant",
			})
		}
	}
}
