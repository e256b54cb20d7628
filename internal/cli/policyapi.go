package cli

import (
	"net/url"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/github"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/secret"
)

// apiURL is the API of the GitHub whose tokens the issuer signs: ids of another
// one would be those of other repositories. What the environment says counts only
// where it is the same one.
func (a *App) apiURL(w wish, issuer *policy.Issuer) (string, error) {
	if w.api != "" {
		u, err := httpclient.RequireHTTPS(w.api)
		if err != nil {
			return "", fault.New(fault.Usage, "--api-url: %w", err)
		}
		return u.String(), nil
	}
	own := apiOf(issuer)
	if set := strings.TrimRight(a.Env("GITHUB_API_URL"), "/"); set != "" && !strings.EqualFold(set, own) {
		return "", fault.New(fault.Ambiguous, "GITHUB_API_URL is %s, and issuer %s belongs to %s", quote.Text(set), issuer.Name, own).
			WithHint("--api-url %s, or the other one", own)
	}
	return own, nil
}

// apiOf returns where the GitHub of an issuer has its API.
func apiOf(issuer *policy.Issuer) string {
	u, err := url.Parse(issuer.URL)
	if err != nil {
		return github.DefaultAPI
	}
	switch issuer.Kind {
	case "github-ghecom":
		return "https://api." + strings.TrimPrefix(u.Host, "token.actions.")
	case "github-server":
		return "https://" + u.Host + "/api/v3"
	}
	return github.DefaultAPI
}

// apiToken returns the token for an API and the name of its variable, or of the
// one to set. Which host is asked, the policy says: a token goes to GitHub's own,
// or where the person or the runner named the same host.
func (a *App) apiToken(w wish, api string) (name string, token secret.Value) {
	u, err := url.Parse(api)
	if err != nil {
		return "GH_TOKEN", secret.Value{}
	}
	host := strings.ToLower(u.Host)
	names, usual := []string{"GH_TOKEN", "GITHUB_TOKEN"}, "GH_TOKEN"
	if host != "api.github.com" && !isDataResidency(host) {
		names, usual = a.serverTokens(host, w.api != ""), "GH_ENTERPRISE_TOKEN"
	}
	for _, name := range names {
		if value := a.Env(name); value != "" {
			return name, secret.New(value)
		}
	}
	if names == nil && firstNonEmpty(a.Env("GH_TOKEN"), a.Env("GITHUB_TOKEN"), a.Env("GH_ENTERPRISE_TOKEN"), a.Env("GITHUB_ENTERPRISE_TOKEN")) != "" {
		a.note("no token went to %s, which the policy alone names; with GH_HOST=%s the one in GH_ENTERPRISE_TOKEN does", host, host)
	}
	return usual, secret.Value{}
}

// isDataResidency knows the APIs of enterprises on ghe.com: api.NAME.ghe.com.
func isDataResidency(host string) bool {
	name, inside := strings.CutSuffix(strings.TrimPrefix(host, "api."), ".ghe.com")
	return inside && strings.HasPrefix(host, "api.") && name != "" && !strings.Contains(name, ".")
}

// serverTokens are the variables with a token for a GitHub Enterprise Server, none
// where nobody but the policy named it. In a job of that server, GITHUB_TOKEN is
// the server's.
func (a *App) serverTokens(host string, asked bool) []string {
	names := []string{"GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"}
	if u, err := url.Parse(a.Env("GITHUB_API_URL")); err == nil && strings.EqualFold(u.Host, host) {
		return append(names, "GITHUB_TOKEN")
	}
	if asked || strings.EqualFold(a.Env("GH_HOST"), host) {
		return names
	}
	return nil
}

// givenCredential is a credential as "policy new" was told it.
type givenCredential struct {
	connection string
	fields     []string // FIELD: VALUE in YAML
}

func (c givenCredential) yaml() string {
	return "{" + strings.Join(append([]string{"connection: " + quote.YAML(c.connection)}, c.fields...), ", ") + "}"
}

// credential reads what --set says about the fields of the connection's platform.
func (w wish) credential(p *policy.Policy) (givenCredential, error) {
	c := givenCredential{connection: w.connection}
	name, ok := p.Connections[w.connection]
	if !ok {
		var known []string
		for connection := range p.Connections {
			known = append(known, connection)
		}
		return c, noSuchName("connection", w.connection, known)
	}
	platform, _ := credential.LookupPlatform(name)
	values := map[string]string{}
	for _, text := range w.fields {
		field, value, ok := strings.Cut(text, "=")
		known := field == "ttl" || slices.ContainsFunc(platform.Fields, func(f credential.Field) bool { return f.Name == field })
		if !ok || value == "" || !known {
			return c, fault.New(fault.Usage, "--set %q says nothing about a credential of %s", text, platform.Name).WithHint("%s", fieldsHint(platform))
		}
		values[field] = value
	}
	return c.fill(platform, values)
}

func (c givenCredential) fill(platform credential.Platform, values map[string]string) (givenCredential, error) {
	for _, f := range platform.Fields {
		value, given := values[f.Name]
		if !given && f.Required {
			return c, fault.New(fault.Usage, "a credential of %s needs its %s", platform.Name, f.Name).WithHint("%s", fieldsHint(platform))
		}
		if !given {
			continue
		}
		text, err := fieldYAML(f, value)
		if err != nil {
			return c, fault.New(fault.Usage, "--set %s: %w", f.Name, err).WithHint("%s", fieldsHint(platform))
		}
		c.fields = append(c.fields, f.Name+": "+text)
	}
	if ttl := values["ttl"]; ttl != "" {
		c.fields = append(c.fields, "ttl: "+quote.YAML(ttl))
	}
	return c, nil
}

// fieldYAML writes the value of a field: commas part the items of a list, and of
// a map, whose keys and levels a colon parts.
func fieldYAML(f credential.Field, value string) (string, error) {
	var items []string
	for text := range strings.SplitSeq(value, ",") {
		key, level, pair := strings.Cut(text, ":")
		switch {
		case f.Kind == credential.Map && (!pair || !slices.Contains(f.Values, key) || !slices.Contains(f.Levels, level)):
			return "", fault.New(fault.Usage, "%q is no permission with its level, as in contents:read", text)
		case f.Kind == credential.Map:
			items = append(items, key+": "+level)
			continue
		case f.Values != nil && !slices.Contains(f.Values, text):
			return "", fault.New(fault.Usage, "%q is not one of: %s", text, strings.Join(f.Values, ", "))
		case f.Check != nil && !strings.Contains(text, "{"):
			if err := f.Check(text); err != nil {
				return "", err
			}
		}
		items = append(items, quote.YAML(text))
	}
	switch f.Kind {
	case credential.Map:
		return "{" + strings.Join(items, ", ") + "}", nil
	case credential.List:
		return "[" + strings.Join(items, ", ") + "]", nil
	case credential.Text:
	}
	return quote.YAML(value), nil
}

func fieldsHint(platform credential.Platform) string {
	var words []string
	for _, f := range platform.Fields {
		word := "--set " + f.Name + "=" + map[credential.FieldKind]string{credential.Text: "VALUE", credential.List: "A,B", credential.Map: "NAME:LEVEL,…"}[f.Kind]
		if !f.Required {
			word = "[" + word + "]"
		}
		words = append(words, word)
	}
	return strings.Join(append(words, "[--set ttl=10m]"), " ")
}
