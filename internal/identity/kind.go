package identity

import (
	"slices"
	"strings"
)

// Kind is the claim vocabulary of one sort of issuer: what its ID tokens say
// about a job, and how far each word can be trusted. Loading, linting,
// explaining and documenting policies is all made from it.
type Kind struct {
	Name     string
	Title    string  // as people call it
	URLShape string  // how its issuers' URLs look, for messages
	Claims   []Claim // in the order that help texts show
	Families []Claim // claims whose names begin like this, chosen by an administrator

	Event  string   // the claim that says what started the job; "" where there is none
	Events []string // what a grant that lists no event admits

	Tenant       []string // claims that are the tenant's immutable id
	Identity     []string // claims that are the immutable id of one source of jobs
	Repository   string   // the claim with the repository's name, "owner/name"; "" where there is none
	Callee       string   // the claim that names the workflow that runs, wherever it was called from
	ShortRefs    bool     // the claim ref does not say whether it is a branch or a tag
	ExactSubject bool     // nothing but the subject tells its jobs apart
	UniqueTokens bool     // every token has a jti

	Implications []Implication

	matchURL func(host, path string) bool
	one      func(url string) bool // nil: every issuer of this kind serves many tenants

	move   func(c Claims, ref string) // nil: nothing names a ref
	settle func(Claims)               // nil: nothing follows from anything
}

// Claim is one word of a vocabulary.
type Claim struct {
	Name     string
	About    string // what it says, in a sentence without a full stop
	Type     Type
	Presence Presence
	Control  Control
	Folded   bool     // the platform compares its values without regard to case
	Globs    Globs    // whether a policy may match it with a glob
	Guard    Guard    // whether it says in which context a job runs
	Template bool     // may stand in a credential's template: nobody but an administrator chooses it
	Ref      RefShape // what its values say about a branch or tag
	Form     *Form    // how its values look, nil where nobody knows
}

// Type is the JSON type of a claim's value.
type Type string

// The types. The zero Type is Text.
const (
	Text   Type = ""
	Bool   Type = "bool"
	Number Type = "number"
	List   Type = "list" // of texts; a condition holds if one of them fits
)

// Presence says when a token has the claim with a value that is not empty. The
// zero Presence is always.
type Presence struct {
	Sometimes bool
	Events    []string // where Sometimes: the events on which it is always there
	Note      string   // on what it depends
}

// On reports whether the claim is there whenever the event is one of events;
// no events stand for any event at all.
func (p Presence) On(events []string) bool {
	if !p.Sometimes {
		return true
	}
	return len(events) > 0 && !slices.ContainsFunc(events, func(e string) bool { return !slices.Contains(p.Events, e) })
}

// Control says who chooses a claim's value.
type Control string

// Who chooses, from the most trusted to the least.
const (
	ByPlatform  Control = "platform"
	ByOrgAdmin  Control = "organization admin"
	ByRepoAdmin Control = "repository admin"
	ByWriter    Control = "anyone with push"
	ByOutsider  Control = "outsiders"
)

// Globs says how far globs may go on a claim.
type Globs int

// The choices; the zero Globs is none at all.
const (
	NoGlobs         Globs = iota
	AnyGlob               // anywhere
	GlobsAfterOwner       // after a literal "owner/"
)

// Guard says whether a condition on a claim counts as a context guard.
type Guard int

// The choices; the zero Guard is a claim that guards nothing.
const (
	NoGuard      Guard = iota
	GuardExact         // if its values are listed in full
	GuardAny           // also with globs
	GuardCallee        // if it names a workflow file at a fixed ref
	GuardWithRef       // together with ref_type alone
)

// RefShape says what a claim's values look like where they name a git ref.
type RefShape int

// The shapes.
const (
	NoRef    RefShape = iota
	FullRef           // refs/heads/main
	ShortRef          // main
	FileRef           // owner/name/path@refs/heads/main
)

// LookupKind returns the vocabulary called name, nil where there is none.
func LookupKind(name string) *Kind {
	for _, k := range Kinds {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Kinds lists every vocabulary, in the order that help texts show.
var Kinds = []*Kind{&github, &githubGHECom, &githubServer, &gitlab, &buildkite, &circleci, &generic}

// KindNames lists the names of all vocabularies.
func KindNames() []string {
	names := make([]string, 0, len(Kinds))
	for _, k := range Kinds {
		names = append(names, k.Name)
	}
	return names
}

// Claim returns the word called name.
func (k *Kind) Claim(name string) (Claim, bool) {
	for _, c := range k.Claims {
		if c.Name == name {
			return c, true
		}
	}
	for _, family := range k.Families {
		if len(name) > len(family.Name) && strings.HasPrefix(name, family.Name) {
			family.Name = name
			return family, true
		}
	}
	return Claim{}, false
}

// ClaimNames lists the names of the claims that are known one by one.
func (k *Kind) ClaimNames() []string {
	names := make([]string, 0, len(k.Claims))
	for _, c := range k.Claims {
		names = append(names, c.Name)
	}
	return names
}

// Tenants says how many parties that do not trust each other share an issuer.
type Tenants int

// One or many.
const (
	Many Tenants = iota
	One
)

// IssuerTenants returns how many tenants the issuer of that kind and URL has.
// An unknown kind has many.
func IssuerTenants(kind, url string) Tenants {
	if k := LookupKind(kind); k != nil && k.one != nil && k.one(url) {
		return One
	}
	return Many
}
