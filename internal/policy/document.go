package policy

import (
	"slices"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/source"
)

// main reads the platform team's file: what everyone else's is measured by.
func (l *loader) main(file *source.File) {
	if file.Root == nil {
		return
	}
	fields := l.fields(file.Root, "the policy", "version", "include", "issuers", "connections", "limits", "teams", "grants", "tests", "ignore")
	if fields == nil {
		return
	}
	l.version(file.Root, fields)
	l.issuers(fields["issuers"].Value)
	l.connections(fields["connections"].Value)
	l.readLimits(fields["limits"].Value)
	l.policy.Longest = l.limits.all()
	l.teams(fields["teams"].Value)
	l.contents(fields, nil)
}

// teamFile reads the file of one team.
func (l *loader) teamFile(file *source.File) {
	if file.Root == nil {
		return
	}
	fields := l.fields(file.Root, "a team's file", "version", "team", "grants", "tests", "ignore")
	if fields == nil {
		return
	}
	l.version(file.Root, fields)
	if team := l.teamOf(file.Root, fields); team != nil {
		l.contents(fields, team)
	}
}

// teamOf returns the team that a file belongs to. Every included file names one:
// without it its grants would lie within no boundary.
func (l *loader) teamOf(root *source.Node, fields map[string]source.Field) *Team {
	n := l.need(root, fields, "team", "an included file")
	name, ok := l.text(n, "team")
	if !ok {
		return nil
	}
	i := slices.IndexFunc(l.policy.Teams, func(t *Team) bool { return t.Name == name })
	if i < 0 {
		l.unknown(n, "unknown-name", "team", l.teamNames())
		return nil
	}
	team := l.policy.Teams[i]
	if team.file != "" {
		l.report(n, "team-file", "team %s has a file already: %s", name, team.file)
		return nil
	}
	team.file = root.File.Name
	return team
}

func (l *loader) contents(fields map[string]source.Field, team *Team) {
	l.grants(fields["grants"].Value, team)
	l.tests(fields["tests"].Value, team)
	l.ignores(fields["ignore"].Value, team)
}

func (l *loader) version(root *source.Node, fields map[string]source.Field) {
	f, ok := fields["version"]
	switch {
	case !ok:
		l.mend(root, "version", "write version: 1 at the top", "the file does not say which version of the language it is written in")
	case f.Value.Kind == source.Bad:
	case f.Value.IsText() && f.Value.Text == "1":
		l.mend(f.Value, "version", "write version: 1, without quotes", "version is a number, this is a text")
	case f.Value.Kind != source.Scalar || f.Value.Text != "1" || f.Value.Type != "int":
		l.mend(f.Value, "version", "write version: 1", "this version of the language is not known; there is only 1")
	}
}

// connections reads which platform each connection's name stands for.
func (l *loader) connections(n *source.Node) {
	if n != nil && n.Kind == source.List {
		l.mend(n, "bad-value", "write each with its platform: connections: {sonar: sonarqube}", "connections is a map, this is a list")
		return
	}
	if n == nil || !l.isMap(n, "connections") {
		return
	}
	for _, f := range n.Fields {
		name, ok := l.id(f.Key, "a connection's name")
		text, textOK := l.text(f.Value, "a connection's platform")
		if !ok || !textOK {
			continue
		}
		l.policy.Connections[name] = text // also where it is wrong: that is said once, here
		platform, known := credential.LookupPlatform(text)
		switch {
		case !known:
			l.unknown(f.Value, "unknown-name", "platform", credential.PlatformNames())
		case platform.DevOnly && !l.opts.Dev:
			l.report(f.Value, "sandbox-without-dev", "the platform %s works with --dev alone", text)
		}
	}
}

func (l *loader) teamNames() []string {
	names := make([]string, 0, len(l.policy.Teams))
	for _, t := range l.policy.Teams {
		names = append(names, t.Name)
	}
	return names
}
