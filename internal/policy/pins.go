package policy

import (
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/source"
)

// checkIdentity demands that a grant says whose jobs it is for, by something
// that nobody else can have.
func (l *loader) checkIdentity(g *Grant, match source.Field) {
	kind := g.Issuer.Vocabulary
	switch {
	case kind.ExactSubject:
		if !g.Pins("sub") {
			l.report(match.Key, "sub-not-exact", "a grant of kind %s names the exact sub that it is for", kind.Name)
		}
		return
	case !g.Pins(kind.Tenant...) && identity.IssuerTenants(kind.Name, g.Issuer.URL) == identity.Many:
		l.mend(match.Key, "shared-issuer-no-tenant-pin", tenantFix(g), "jobs of every user of %s get tokens of issuer %s", kind.Title, g.Issuer.Name)
	}
	if g.Pins(kind.Identity...) {
		return
	}
	l.checkNames(g, match)
}

// checkNames demands an owner that cannot be taken over by someone else where
// only names say which jobs are meant.
func (l *loader) checkNames(g *Grant, match source.Field) {
	kind := g.Issuer.Vocabulary
	ids := strings.Join(kind.Identity, " or ")
	repository := g.Find(kind.Repository)
	owned := g.Pins(kind.Tenant...) && g.tenants() == 1 // so that a name is enough
	switch {
	case g.Pins(kind.Callee):
		if !g.Pins(kind.Tenant...) {
			l.report(match.Key, "callee-without-caller", "any repository can call that workflow: add %s or %s", ids, kind.Tenant[0])
		}
	case (repository == nil || repository.Values.Empty) && owned && kind.Repository != "":
		l.mend(match.Key, "no-immutable-id", "add "+ids+", or "+kind.Repository+`: {glob: "OWNER/*"}`, "the grant does not say whose jobs it is for")
	case repository == nil || repository.Values.Empty:
		l.mend(match.Key, "no-immutable-id", "add "+ids, "the grant does not say by an id whose jobs it is for")
	case !g.Pins(kind.Tenant...):
		l.mend(match.Key, "no-immutable-id", "add "+ids, "names change hands: add %s, or the owner's %s", ids, kind.Tenant[0])
	case g.tenants() > 1 || !oneOwner(repository.Values):
		l.mend(match.Key, "no-immutable-id", "add "+ids, "names are enough for one owner's repositories alone, pinned by one %s", kind.Tenant[0])
	}
}

// tenantFix says how an issuer is kept to one owner's jobs, and where the owner's
// id is to be found.
func tenantFix(g *Grant) string {
	kind := g.Issuer.Vocabulary
	pin := kind.Tenant[0] + `: "N"`
	fix := "add require: {" + pin + "} to issuer " + g.Issuer.Name
	if len(g.Issuer.Require) > 0 {
		fix = "add " + pin + " to require of issuer " + g.Issuer.Name
	}
	if !strings.HasPrefix(kind.Name, "github") {
		return fix
	}
	repository := "OWNER/NAME"
	if m := g.Find(kind.Repository); m != nil && m.Values.Pins() {
		repository = m.Values.Exact[0].Text
	}
	if line, ok := quote.Shell([]string{"gh", "api", "repos/" + repository, "--jq", ".owner.id"}); ok {
		fix += "; N is what this says: " + line
	}
	return fix
}

// Pins reports whether the grant or its issuer's floor lists the values of
// one of the claims in full.
func (g *Grant) Pins(claims ...string) bool {
	for _, claim := range claims {
		if m := g.Find(claim); m != nil && m.Values.Pins() {
			return true
		}
		if m := g.Issuer.Find(claim); m != nil && m.Values.Pins() {
			return true
		}
	}
	return false
}

// tenants returns how many tenants the grant admits at most; 0 where none is
// pinned.
func (g *Grant) tenants() int { return g.fewest(g.Issuer.Vocabulary.Tenant) }

// sources returns how many repositories or projects the grant admits at most; 0
// where none is pinned.
func (g *Grant) sources() int { return g.fewest(g.Issuer.Vocabulary.Identity) }

func (g *Grant) fewest(claims []string) int {
	fewest := 0
	for _, claim := range claims {
		for _, m := range []*Match{g.Find(claim), g.Issuer.Find(claim)} {
			if m != nil && m.Values.Pins() && (fewest == 0 || len(m.Values.Exact) < fewest) {
				fewest = len(m.Values.Exact)
			}
		}
	}
	return fewest
}

// oneOwner reports whether all names begin with one literal owner.
func oneOwner(v Values) bool {
	owners := map[string]bool{}
	for _, pattern := range v.Patterns() {
		owner, _, slash := strings.Cut(literalPrefix(pattern), "/")
		if !slash {
			return false
		}
		owners[strings.ToLower(owner)] = true
	}
	return len(owners) == 1
}

// pinClaims lists the claims that say that a job is the grant's own: its tenant,
// and the id, the workflow or the name that the grant is for.
func (g *Grant) pinClaims() []string {
	kind := g.Issuer.Vocabulary
	claims := append([]string(nil), kind.Tenant...)
	switch {
	case kind.ExactSubject:
		return append(claims, "sub")
	case g.Pins(kind.Identity...):
		return append(claims, kind.Identity...)
	case g.Pins(kind.Callee):
		return append(claims, kind.Callee)
	}
	return append(claims, kind.Repository)
}
