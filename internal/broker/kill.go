package broker

import (
	"fmt"
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
}

type killed struct {
	by, value string
	reason    string
	until     time.Time // zero for ever
}

// killKinds are the lists that a kill file can have.
var killKinds = map[string]func(identity.Identity, *policy.Grant) string{
	"grants":        func(_ identity.Identity, g *policy.Grant) string { return g.ID },
	"connections":   func(_ identity.Identity, g *policy.Grant) string { return g.Credential.Connection },
	"issuers":       func(id identity.Identity, _ *policy.Grant) string { return id.Issuer().Name },
	"repository_id": func(id identity.Identity, _ *policy.Grant) string { return claim(id, "repository_id") },
	"actor_id":      func(id identity.Identity, _ *policy.Grant) string { return claim(id, "actor_id") },
}

func claim(id identity.Identity, name string) string {
	text, _ := id.Claims().Text(name)
	return text
}

// ParseKill reads a kill file. It knows its five lists and nothing else.
func ParseKill(name string, text []byte) (Kill, error) {
	file, problems := source.Parse(name, text)
	if len(problems) > 0 {
		return Kill{}, fmt.Errorf("%s:%d: %s", name, problems[0].Pos.Line, problems[0].Message)
	}
	var kill Kill
	if file.Root.Kind != source.Map {
		return Kill{}, fmt.Errorf("%s:1: the kill file must be a map", name)
	}
	for _, f := range file.Root.Fields {
		if f.Key.Text == "version" && f.Value.Text == "1" {
			continue
		}
		if err := kill.read(name, f); err != nil {
			return Kill{}, err
		}
	}
	return kill, nil
}

func (k *Kill) read(file string, f source.Field) error {
	if killKinds[f.Key.Text] == nil || f.Value.Kind != source.List {
		return fmt.Errorf("%s:%d: there is no list %q in a kill file", file, f.Key.Pos.Line, f.Key.Text)
	}
	for _, item := range f.Value.Items {
		entry, err := parseKilled(f.Key.Text, item)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", file, item.Pos.Line, err)
		}
		k.entries = append(k.entries, entry)
	}
	return nil
}

func parseKilled(by string, item *source.Node) (killed, error) {
	entry := killed{by: by}
	for _, f := range item.Fields {
		switch f.Key.Text {
		case "id":
			entry.value = f.Value.Text
		case "reason":
			entry.reason = f.Value.Text
		case "until":
			until, err := time.Parse(time.RFC3339, f.Value.Text)
			if err != nil {
				return entry, fmt.Errorf("until must be a time like 2027-01-31T12:00:00Z")
			}
			entry.until = until
		default:
			return entry, fmt.Errorf("an entry has no key %q", f.Key.Text)
		}
	}
	if entry.value == "" || entry.reason == "" {
		return entry, fmt.Errorf("an entry needs an id and a reason")
	}
	return entry, nil
}

// reason returns why a request is switched off, "" where it is not.
func (k Kill) reason(id identity.Identity, g *policy.Grant, now time.Time) string {
	for _, e := range k.entries {
		if (e.until.IsZero() || now.Before(e.until)) && killKinds[e.by](id, g) == e.value {
			return fmt.Sprintf("%s %s is switched off: %s", e.by, e.value, e.reason)
		}
	}
	return ""
}
