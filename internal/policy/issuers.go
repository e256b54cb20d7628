package policy

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// issuers reads whose ID tokens are accepted.
func (l *loader) issuers(n *source.Node) {
	if n == nil || !l.isMap(n, "issuers") {
		return
	}
	for _, f := range n.Fields {
		name, ok := l.id(f.Key, "an issuer's name")
		if !ok {
			continue
		}
		end := l.about("issuer %s", name)
		if issuer := l.issuer(f.Value, name); issuer != nil {
			issuer.Pos = place(f.Key)
			l.policy.issuers = append(l.policy.issuers, issuer)
		}
		end()
	}
}

func (l *loader) issuer(n *source.Node, name string) *Issuer {
	if n.Kind == source.Scalar {
		l.mend(n, "bad-value", "write "+name+": {kind: github, url: …, audience: https://YOUR-BROKER}", "an issuer is a map, this is a single value")
		return nil
	}
	fields := l.fields(n, "an issuer", "kind", "url", "audience", "max_token_age", "require", "single_use", "jwks_url", "algorithms")
	if fields == nil {
		return nil
	}
	kind, ok := l.oneOf(l.need(n, fields, "kind", "an issuer"), "kind", identity.KindNames())
	if !ok {
		return nil
	}
	issuer := &Issuer{Vocabulary: identity.LookupKind(kind)}
	issuer.Name, issuer.Kind = name, kind
	issuer.URL = l.issuerURL(l.need(n, fields, "url", "an issuer"), issuer.Vocabulary)
	issuer.Loopback = strings.HasPrefix(issuer.URL, "http://")
	issuer.Audience = l.audience(n, fields)
	issuer.MaxTokenAge = l.tokenAge(fields)
	l.keys(issuer, fields)
	if f, ok := fields["require"]; ok {
		issuer.Require = l.matches(f.Value, "require", issuer.Vocabulary)
	}
	issuer.lore = newLore(issuer)
	return issuer
}

func (l *loader) issuerURL(n *source.Node, kind *identity.Kind) string {
	raw, ok := l.text(n, "url")
	if !ok {
		return ""
	}
	if err := kind.CheckURL(raw, l.opts.Dev); err != nil {
		l.report(n, urlRule(err), "%v", err)
	}
	if i := slices.IndexFunc(l.policy.issuers, func(i *Issuer) bool { return i.URL == raw }); i >= 0 {
		l.report(n, "duplicate-issuer-url", "issuer %s has this URL already", l.policy.issuers[i].Name)
	}
	return raw
}

func urlRule(err error) string {
	switch {
	case errors.Is(err, identity.ErrNotHTTPS):
		return "issuer-not-https"
	case errors.Is(err, identity.ErrKindMismatch):
		return "issuer-kind-mismatch"
	}
	return "issuer-not-exact"
}

func (l *loader) audience(n *source.Node, fields map[string]source.Field) string {
	f, ok := fields["audience"]
	switch {
	case !ok:
		l.mend(n, "audience-missing", "add audience: https://YOUR-BROKER", "an issuer needs the audience that its tokens must have: the broker's URL")
		return ""
	case f.Value.Kind == source.List:
		l.report(f.Value, "multiple-audiences", "an issuer has one audience, not a list")
		return ""
	case f.Value.Kind == source.Null, f.Value.Kind == source.Scalar && strings.TrimSpace(f.Value.Text) == "":
		l.report(f.Value, "audience-missing", "the audience is empty")
		return ""
	}
	audience, ok := l.text(f.Value, "audience")
	if ok && strings.Contains(audience, "*") {
		l.report(f.Value, "wildcard-in-exact", "an audience has no wildcard")
	}
	return audience
}

// maxTokenAge is more than any CI system's tokens live.
const maxTokenAge = 24 * time.Hour

func (l *loader) tokenAge(fields map[string]source.Field) time.Duration {
	age := l.duration(fields, "max_token_age")
	if age > maxTokenAge {
		l.report(fields["max_token_age"].Value, "bad-value", "max_token_age is at most 24h")
	}
	return age
}

// keys reads how tokens are signed and used, where that is not as usual.
func (l *loader) keys(issuer *Issuer, fields map[string]source.Field) {
	if f, ok := fields["single_use"]; ok {
		issuer.SingleUse, _ = l.oneOf(f.Value, "single_use", []string{"token", "job"})
	}
	if f, ok := fields["jwks_url"]; ok {
		issuer.JWKSURL = l.keysURL(f.Value)
	}
	f, ok := fields["algorithms"]
	if !ok {
		return
	}
	if issuer.Kind != "oidc" {
		l.report(f.Key, "bad-value", "algorithms can be set for kind oidc alone; they are known for %s", issuer.Kind)
	}
	for _, item := range l.items(f.Value, "algorithms") {
		if name, ok := l.oneOf(item, "signature algorithm", identity.SignatureAlgorithms()); ok {
			issuer.Algorithms = append(issuer.Algorithms, name)
		}
	}
	if f.Value.Kind == source.List && len(f.Value.Items) == 0 {
		l.report(f.Value, "empty-list", "no algorithm would be accepted")
	}
}

func (l *loader) keysURL(n *source.Node) string {
	raw, ok := l.text(n, "jwks_url")
	if !ok {
		return ""
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		l.report(n, "bad-value", "jwks_url is an absolute URL without user name and fragment")
	case u.Scheme == "https", l.opts.Dev && u.Scheme == "http" && isLoopback(u.Hostname()):
	default:
		l.report(n, "issuer-not-https", "keys are read over https alone")
	}
	return raw
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
