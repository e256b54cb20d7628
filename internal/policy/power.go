package policy

import (
	"slices"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/identity"
)

// Covers reports whether whoever has c can do at least what other allows, for at
// least as long. It is a partial order: of two credentials neither may cover the
// other. What depends on the job's claims is surely covered by the same text
// alone.
func (c *Credential) Covers(other *Credential) bool { return len(other.Beyond(c)) == 0 }

// Beyond lists what c gives and other does not: nothing where other covers c.
func (c *Credential) Beyond(other *Credential) []identity.Extra {
	switch {
	case c.Platform.Name != other.Platform.Name:
		return []identity.Extra{{What: "platform", Mine: c.Platform.Name, Theirs: other.Platform.Name}}
	case c.Connection != other.Connection:
		return []identity.Extra{{What: "connection", Mine: c.Connection, Theirs: other.Connection}}
	}
	var more []identity.Extra
	for _, field := range c.Platform.Fields {
		if field.Name != labels {
			more = append(more, c.field(field).beyond(other.field(field))...)
		}
	}
	if c.TTL > other.TTL {
		more = append(more, identity.Extra{What: "ttl", Mine: short(c.TTL), Theirs: short(other.TTL)})
	}
	return more
}

// field returns what c says about a field. A list of known words that is left out
// stands for all of them.
func (c *Credential) field(field credential.Field) Field {
	i := slices.IndexFunc(c.Fields, func(f Field) bool { return f.Name == field.Name })
	if i >= 0 {
		return c.Fields[i]
	}
	f := Field{Field: field}
	if field.Kind == credential.List {
		for _, value := range field.Values {
			f.Texts = append(f.Texts, Template{Text: value})
		}
	}
	return f
}

func (f Field) beyond(other Field) []identity.Extra {
	var more []identity.Extra
	for i := range f.Texts {
		switch text := f.Texts[i].Text; {
		case other.has(text):
		case f.Kind == credential.Text && len(other.Texts) == 1:
			more = append(more, identity.Extra{What: f.Name, Mine: text, Theirs: other.Texts[0].Text})
		default:
			more = append(more, identity.Extra{What: f.Name + " " + text})
		}
	}
	for _, p := range f.Pairs {
		level := other.level(p.Key.Text)
		switch {
		case level == "":
			more = append(more, identity.Extra{What: p.Key.Text + ": " + p.Value.Text})
		case slices.Index(f.Levels, p.Value.Text) > slices.Index(f.Levels, level):
			more = append(more, identity.Extra{What: p.Key.Text, Mine: p.Value.Text, Theirs: level})
		}
	}
	return more
}

func (f Field) has(text string) bool {
	return slices.ContainsFunc(f.Texts, func(t Template) bool { return t.Text == text })
}

// level returns what a map says under key, "" where nothing stands there.
func (f Field) level(key string) string {
	for _, p := range f.Pairs {
		if p.Key.Text == key {
			return p.Value.Text
		}
	}
	return ""
}

// Contain reports whether every value that inner admits is one that v admits. In
// doubt it does not.
func (v *Values) Contain(inner *Values) bool { return v.contain(inner) }

// Own returns those of jobs that come from where the grant's own jobs come from:
// its tenant and its repositories, by id and by name.
func (g *Grant) Own(jobs Jobs) Jobs {
	kind := g.Issuer.Vocabulary
	claims := append(slices.Concat(kind.Tenant, kind.Identity), kind.Repository, ownerOfRepository)
	if kind.ExactSubject {
		claims = append(claims, "sub")
	}
	for _, claim := range claims {
		for _, m := range []*Match{g.Find(claim), g.Issuer.Find(claim)} {
			if m != nil {
				jobs = jobs.Where(*m)
			}
		}
	}
	return jobs
}

// Jobs returns the jobs that have a token of the issuer, whatever it demands of
// them.
func (i *Issuer) Jobs() Jobs { return Jobs{issuer: i} }
