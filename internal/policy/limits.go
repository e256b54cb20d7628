package policy

import (
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/source"
)

// limits is how long credentials may live; 0 stands for no limit of the
// policy's own.
type limits struct {
	longest, usual time.Duration
	platform       map[string]time.Duration
}

// readLimits reads limits: {ttl: {max, default, PLATFORM…}}.
func (l *loader) readLimits(n *source.Node) {
	if n == nil {
		return
	}
	fields := l.fields(n, "limits", "ttl")
	f, ok := fields["ttl"]
	if !ok {
		return
	}
	known := append([]string{"max", "default"}, credential.PlatformNames()...)
	ttl := l.fields(f.Value, "limits.ttl", known...)
	l.limits = limits{longest: l.duration(ttl, "max"), usual: l.duration(ttl, "default"), platform: map[string]time.Duration{}}
	for _, platform := range credential.Platforms {
		limit := l.duration(ttl, platform.Name)
		if limit > platform.MaxTTL {
			l.report(ttl[platform.Name].Value, "ttl-over-cap", "%s cannot end a credential later than after %s", platform.Name, short(platform.MaxTTL))
		}
		l.limits.platform[platform.Name] = limit
	}
	if l.limits.longest > 0 && l.limits.usual > l.limits.longest {
		l.report(ttl["default"].Value, "ttl-over-cap", "the default is longer than the longest allowed, %s", short(l.limits.longest))
	}
}

// longestFor returns how long a credential of a platform may live.
func (m limits) longestFor(p credential.Platform) time.Duration {
	return shortest(p.MaxTTL, m.longest, m.platform[p.Name])
}

// all returns that for every platform.
func (m limits) all() map[string]time.Duration {
	longest := map[string]time.Duration{}
	for _, p := range credential.Platforms {
		longest[p.Name] = m.longestFor(p)
	}
	return longest
}

// ttl returns how long the grant's credential lives: what it says, or the
// default within all bounds.
func (l *loader) ttl(n *source.Node, fields map[string]source.Field, p credential.Platform, team *Team) time.Duration {
	longest := l.limits.longestFor(p)
	asked := l.duration(fields, "ttl")
	if f, ok := fields["ttl"]; ok {
		n = f.Value
	}
	switch {
	case p.FixedTTL > 0 && asked > 0 && asked != p.FixedTTL:
		l.report(n, "ttl-not-representable", "credentials of %s live for %s, always; leave ttl out", p.Name, short(p.FixedTTL))
	case max(asked, p.FixedTTL) > longest:
		l.report(n, "ttl-over-cap", "this lives for %s, the limit is %s", short(max(asked, p.FixedTTL)), short(longest))
	case p.FixedTTL > 0:
		asked = p.FixedTTL
	}
	if asked > 0 {
		return asked
	}
	usual := p.DefaultTTL
	if l.limits.usual > 0 {
		usual = l.limits.usual
	}
	if team != nil && team.May != nil {
		usual = shortest(usual, team.May.TTL)
	}
	return shortest(usual, longest)
}

// shortest returns the shortest of the times that are set.
func shortest(times ...time.Duration) time.Duration {
	var least time.Duration
	for _, t := range times {
		if t > 0 && (least == 0 || t < least) {
			least = t
		}
	}
	return least
}

// short writes a time as policies do: 15m, not 15m0s.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if n := len(text) - len(zero); n > 0 && text[n:] == zero {
			text = text[:n+1]
		}
	}
	return text
}
