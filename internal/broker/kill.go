package broker

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/source"
)

// Kill is the kill file: what is switched off at once, whatever the policy says.
// It is a file of its own so that a mistake in the policy cannot delay it, and
// one that cannot be read switches everything off.
type Kill struct {
	entries []killed
	hash    string // of the file
}

type killed struct {
	list   killList
	id     string
	reason string
	until  time.Time // zero for ever
}

// String says which kill file is in force.
func (k Kill) String() string {
	if k.hash == "" {
		return "no kill file"
	}
	return fmt.Sprintf("kill file with %d entries, SHA-256 %s", len(k.entries), k.hash)
}

// killList is one of the lists that a kill file can have.
type killList struct {
	name string
	id   func(identity.Identity, *policy.Grant) string
}

var killLists = []killList{
	{"grants", func(_ identity.Identity, g *policy.Grant) string { return g.ID }},
	{"connections", func(_ identity.Identity, g *policy.Grant) string { return g.Credential.Connection }},
	{"issuers", func(id identity.Identity, _ *policy.Grant) string { return id.Issuer().Name }},
	{"repository_id", func(id identity.Identity, _ *policy.Grant) string { return claim(id, "repository_id") }},
	{"project_id", func(id identity.Identity, _ *policy.Grant) string { return claim(id, "project_id") }},
	{"actor_id", func(id identity.Identity, _ *policy.Grant) string { return claim(id, "actor_id") }},
}

func claim(id identity.Identity, name string) string {
	text, _ := id.Claims().Text(name)
	return text
}

// ParseKill reads a kill file. It knows its lists and nothing else.
func ParseKill(name string, text []byte) (Kill, error) {
	file, problems := source.Parse(name, text)
	if len(problems) > 0 {
		return Kill{}, misplaced(name, problems[0].Pos, problems[0].Message)
	}
	if file.Root.Kind != source.Map {
		return Kill{}, misplaced(name, file.Root.Pos, "a kill file is a map")
	}
	sum := sha256.Sum256(text)
	kill := Kill{hash: hex.EncodeToString(sum[:])}
	for _, f := range file.Root.Fields {
		entries, at, err := readKillField(f)
		if err != nil {
			return Kill{}, misplaced(name, at.Pos, err.Error())
		}
		kill.entries = append(kill.entries, entries...)
	}
	return kill, nil
}

// misplaced is an error with a place in a file, as compilers print it.
func misplaced(file string, pos source.Pos, message string) error {
	return fmt.Errorf("%s:%d:%d: %s", file, max(pos.Line, 1), max(pos.Col, 1), message)
}

// readKillField reads one key of the file; at is where it went wrong.
func readKillField(f source.Field) (entries []killed, at *source.Node, err error) {
	if f.Key.Text == "version" {
		if f.Value.Kind != source.Scalar || f.Value.Text != "1" {
			return nil, f.Value, errors.New("this autoken knows version 1")
		}
		return nil, nil, nil
	}
	i := slices.IndexFunc(killLists, func(l killList) bool { return l.name == f.Key.Text })
	if i < 0 {
		return nil, f.Key, fmt.Errorf("a kill file has no list %q; known: %s", f.Key.Text, killNames())
	}
	if f.Value.Kind != source.List {
		return nil, f.Value, fmt.Errorf("%s must be a list of {id: …, reason: …}", f.Key.Text)
	}
	for _, item := range f.Value.Items {
		entry, err := readKilled(item)
		if err != nil {
			return nil, item, err
		}
		entry.list = killLists[i]
		if strings.HasSuffix(entry.list.name, "_id") && strings.Trim(entry.id, "0123456789") != "" {
			return nil, item, fmt.Errorf("%s: an id is a decimal number; %q would switch nothing off", entry.list.name, entry.id)
		}
		entries = append(entries, entry)
	}
	return entries, nil, nil
}

func killNames() string {
	var names []string
	for _, l := range killLists {
		names = append(names, l.name)
	}
	return strings.Join(names, ", ")
}

func readKilled(item *source.Node) (killed, error) {
	var entry killed
	for _, f := range item.Fields {
		switch f.Key.Text {
		case "id":
			entry.id = f.Value.Text
		case "reason":
			entry.reason = f.Value.Text
		case "until":
			until, err := time.Parse(time.RFC3339, f.Value.Text)
			if err != nil {
				return entry, errors.New("until must be a time like 2027-01-31T12:00:00Z")
			}
			entry.until = until
		default:
			return entry, fmt.Errorf("an entry has no key %q; known: id, reason, until", f.Key.Text)
		}
	}
	if entry.id == "" || entry.reason == "" {
		return entry, errors.New("an entry needs an id and a reason")
	}
	return entry, nil
}

// reason returns why a request is switched off, "" where it is not.
func (k Kill) reason(id identity.Identity, g *policy.Grant, now time.Time) string {
	for _, e := range k.entries {
		if (e.until.IsZero() || now.Before(e.until)) && e.list.id(id, g) == e.id {
			return fmt.Sprintf("%s %s is switched off: %s", e.list.name, e.id, e.reason)
		}
	}
	return ""
}

// idle lists the entries that switch nothing off: their time is over, or the
// policy has no such grant, connection or issuer, so that most likely they are
// misspelt.
func (k Kill) idle(p *policy.Policy, now time.Time) []string {
	var idle []string
	for _, e := range k.entries {
		if !e.until.IsZero() && !now.Before(e.until) {
			idle = append(idle, e.list.name+" "+e.id+" (over)")
			continue
		}
		_, connection := p.Connections[e.id]
		issuer := slices.ContainsFunc(p.Issuers(), func(i identity.Issuer) bool { return i.Name == e.id })
		known := map[string]bool{"grants": p.Grant(e.id) != nil, "connections": connection, "issuers": issuer}
		if found, named := known[e.list.name]; named && !found {
			idle = append(idle, e.list.name+" "+e.id)
		}
	}
	return idle
}
