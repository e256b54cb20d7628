package policy

import (
	"slices"

	"github.com/autoken/autoken/internal/credential"
)

// Covers reports whether whoever has c can do at least what other allows, for at
// least as long. It is a partial order: of two credentials neither may cover the
// other. What depends on the job's claims is surely covered by the same text
// alone.
func (c *Credential) Covers(other *Credential) bool { return len(other.Beyond(c)) == 0 }

// Beyond lists what c gives and other does not, as people say it: "contents:
// write instead of read", "ttl 1h instead of 15m". It is empty where other covers
// c.
func (c *Credential) Beyond(other *Credential) []string {
	switch {
	case c.Platform.Name != other.Platform.Name:
		return []string{"platform " + instead(c.Platform.Name, other.Platform.Name)}
	case c.Connection != other.Connection:
		return []string{"connection " + instead(c.Connection, other.Connection)}
	}
	var more []string
	for _, field := range c.Platform.Fields {
		if field.Name != labels {
			more = append(more, c.field(field).beyond(other.field(field))...)
		}
	}
	if c.TTL > other.TTL {
		more = append(more, "ttl "+instead(short(c.TTL), short(other.TTL)))
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

func (f Field) beyond(other Field) []string {
	var more []string
	for i := range f.Texts {
		switch text := f.Texts[i].Text; {
		case other.has(text):
		case f.Kind == credential.Text && len(other.Texts) == 1:
			more = append(more, f.Name+" "+instead(text, other.Texts[0].Text))
		default:
			more = append(more, f.Name+" "+text)
		}
	}
	for _, p := range f.Pairs {
		level := other.level(p.Key.Text)
		switch {
		case level == "":
			more = append(more, p.Key.Text+": "+p.Value.Text)
		case slices.Index(f.Levels, p.Value.Text) > slices.Index(f.Levels, level):
			more = append(more, p.Key.Text+": "+instead(p.Value.Text, level))
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

func instead(now, before string) string { return now + " instead of " + before }

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
