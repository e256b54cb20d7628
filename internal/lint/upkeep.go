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
		l.subject = g.String()
		l.expiry(g)
		if g.Owner == "" && g.Team == "" {
			l.ownerless(g.Pos)
		}
	}
	for _, team := range l.Policy.Teams {
		if team.Owner == "" {
			l.subject = "team " + team.Name
			l.ownerless(team.Pos)
		}
	}
}

func (l *look) ownerless(pos check.Pos) {
	l.sayAs(check.Low, pos, "nobody is named whom a job that was denied could ask", `add owner: "@ORG/TEAM"`)
}

func (l *look) expiry(g *policy.Grant) {
	if g.Expires.IsZero() || l.now.IsZero() || g.Expires.Sub(l.now) > soon {
		return
	}
	day := g.Expires.Format(time.DateOnly)
	pos := placeOf(below(l.item("grants", g.Pos), "expires"), g.Pos)
	if l.now.Before(g.Expires) {
		l.sayAs(check.Low, pos, "from "+day+" on the grant denies everybody", "ask the owner whether it is still needed, and set a later day")
		return
	}
	l.say(pos, "the grant has denied everybody since "+day, "remove the grant, or set a later day")
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
	for _, g := range l.grants() {
		long := g.Credential.TTL > longRead || writes(g) && g.Credential.TTL > longWrite
		if g.Credential.Platform.FixedTTL > 0 || !long {
			continue
		}
		pos, fix := placeOf(below(l.item("grants", g.Pos), "credential", "ttl"), check.Pos{}), "ttl: 15m"
		if pos.Line == 0 {
			pos, fix = placeOf(l.setting("limits", "ttl", "default"), g.Credential.Pos), "default: 15m"
		}
		if l.subject = g.String(); !said[pos] {
			l.longLife(g, pos, fix)
		}
		said[pos] = true
	}
}

func (l *look) longLife(g *policy.Grant, pos check.Pos, fix string) {
	if g.Credential.TTL <= longRead {
		l.sayAs(check.Medium, pos, "a credential which writes is rarely needed for more than 15 minutes", fix)
		return
	}
	l.sayAs(severity(g, check.High, check.Medium), pos, "whoever steals the credential has it for more than an hour", fix)
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
	for _, g := range l.grants() {
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
		l.subject = g.String()
		l.say(g.Pos, missing, toTest(g))
	}
}

// toTest is a command that prints the tests which a grant lacks, and where they
// go.
func toTest(g *policy.Grant) string {
	if g.Team != "" {
		return "autoken policy test --init --team " + g.Team
	}
	return "autoken policy test --init"
}

func reasonless(l *look) {
	for _, t := range l.Policy.Tests {
		if !t.Allow && t.Why == "" {
			l.subject = "test " + t.Name
			l.say(placeOf(below(l.item("tests", t.Pos), "expect"), t.Pos),
				"the denial may come from another condition than the one that is meant",
				"add why: match.ref, or whichever condition is meant to deny")
		}
	}
}
