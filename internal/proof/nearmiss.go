package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
)

// Fate is what became of a mutant.
type Fate string

// The fates. A mutant that is Intended is one that the policy admits in so many
// words.
const (
	Denied   Fate = "denied"
	Intended Fate = "intended"
	Survived Fate = "survived"
)

// NearMiss is one mutant of a grant's job.
type NearMiss struct {
	Grant   *policy.Grant
	Mutant  string
	Fate    Fate
	Reason  string          // why it was admitted
	Fix     string          // what to write instead, where it survived
	Example identity.Claims // the claims in which it differs from the allowed job
	Telling []string        // those of them that the others do not follow from
	Test    *policy.Test    // which says that it is meant; nil where none would
}

// NearMisses is what became of all mutants.
type NearMisses struct {
	All      []NearMiss
	Unproven []*policy.Grant // for which no allowed job was found to begin with
	Observe  int             // how many grants only observe
}

// Mutate takes one job that each grant allows, from its tests or else a made one,
// and changes one thing at a time.
//
// A mutant that the grant admits has survived, but for two cases. It is intended
// where conditions on what makes the difference admit it: a list or a pattern
// that somebody wrote. That excuses no pattern with a star in the middle of a name,
// which admits the names of others. And where the grant does not speak of what
// makes the difference, it is intended if two tests of allowed jobs differ in
// just that, or if the grant is for all repositories of an owner.
func Mutate(p *policy.Policy, results []Result, now time.Time) NearMisses {
	byGrant := ofGrants(results)
	names := newNames(p)
	var all NearMisses
	for _, g := range p.Grants {
		if g.Mode == policy.Observe {
			all.Observe++
			continue
		}
		m := newMaker(p, g, byGrant[g])
		if m.base == nil {
			all.Unproven = append(all.Unproven, g)
			continue
		}
		e := examiner{maker: m, before: m.settled(), allowed: m.allowedJobs(byGrant[g]), names: names, clock: now}
		e.natural = sameValue(e.before["sub"], settle(g.Issuer.Vocabulary, e.before)["sub"])
		all.All = append(all.All, e.mutants()...)
	}
	return all
}

// settled returns the claims of the job that is allowed, with the subject that
// goes with them unless the grant wants another.
func (m *maker) settled() identity.Claims {
	claims := m.atHome(m.try(m.base))
	kind := m.grant.Issuer.Vocabulary
	sub := settle(kind, claims)["sub"]
	if _, set := m.base.Set["sub"]; set || m.grant.Find("sub") != nil || m.grant.Issuer.Find("sub") != nil {
		return claims
	}
	if sub != nil {
		claims["sub"] = sub
	}
	return claims
}

// atHome moves the files of a fixture's repository to the one that the job is of,
// where the grant admits that job as well.
func (m *maker) atHome(r *Result) identity.Claims {
	fixture, _ := identity.LookupFixture(r.Test.From)
	moved := &job{m.grant, m.grant.Issuer.Vocabulary, maps.Clone(r.Claims)}
	own := moved.text(moved.kind.Repository)
	moved.claims[moved.kind.Repository] = fixture.Claims[moved.kind.Repository]
	moved.rename(own)
	if own == "" || !m.p.Evaluate(m.grant.Issuer.URL, moved.claims, m.grant.ID, m.now).Allowed {
		return r.Claims
	}
	return moved.claims
}

// allowedJobs returns the jobs that tests show to be allowed.
func (m *maker) allowedJobs(results []Result) []identity.Claims {
	var jobs []identity.Claims
	for i := range results {
		if results[i].shows("") {
			jobs = append(jobs, m.atHome(&results[i]))
		}
	}
	return jobs
}

// examiner looks at the mutants of one grant's job.
type examiner struct {
	*maker
	before  identity.Claims   // of the allowed job
	natural bool              // the subject is not one that somebody customized
	allowed []identity.Claims // of all jobs that tests show to be allowed
	names   *names            // of the policy's tests
	clock   time.Time
}

func (e examiner) mutants() []NearMiss {
	all := []NearMiss{e.issuerMutant("a token of another issuer", e.grant.Issuer.URL+".evil.example")}
	all = append(all, e.tokenMutants()...)
	for _, m := range slices.Concat(mutantsOf(e.grant.Issuer.Vocabulary), absences(e.grant)) {
		if found, ok := e.examine(m); ok {
			all = append(all, found)
		}
	}
	return all
}

// examine makes one mutant and looks what the grant says. There is none where the
// change changes nothing.
func (e examiner) examine(m mutant) (NearMiss, bool) {
	kind := e.grant.Issuer.Vocabulary
	j := &job{e.grant, kind, maps.Clone(e.before)}
	if !j.become(m) {
		return NearMiss{}, false
	}
	if e.natural {
		j.claims["sub"] = settle(kind, j.claims)["sub"]
	}
	difference := differing(e.before, j.claims)
	if len(difference) == 0 {
		return NearMiss{}, false
	}
	found := NearMiss{Grant: e.grant, Mutant: m.name, Fate: Denied, Example: difference, Telling: e.telling(j, difference)}
	if e.p.Evaluate(e.grant.Issuer.URL, j.claims, e.grant.ID, e.now).Allowed {
		m.about = slices.DeleteFunc(slices.Clone(m.about), func(name string) bool { _, changed := difference[name]; return !changed })
		found.Fate, found.Reason = e.weigh(m, j)
		e.advise(&found, m)
	}
	return found, true
}

func settle(kind *identity.Kind, claims identity.Claims) identity.Claims {
	settled := maps.Clone(claims)
	kind.Settle(settled)
	return settled
}

// differing returns the claims of after that before has not, nil for those that
// are gone.
func differing(before, after identity.Claims) identity.Claims {
	difference := identity.Claims{}
	for name, value := range after {
		if !sameValue(value, before[name]) {
			difference[name] = value
		}
	}
	for name := range before {
		if _, there := after[name]; !there {
			difference[name] = nil
		}
	}
	return difference
}

// weigh says whether a grant admits a mutant in so many words.
func (e examiner) weigh(m mutant, j *job) (Fate, string) {
	if m.evil == always {
		return Survived, "the grant admits it"
	}
	var asked []policy.Match
	for _, claim := range m.about {
		asked = append(asked, j.asks(claim)...)
	}
	for _, c := range asked {
		if m.evil == nameAlike && endsInName(c) {
			return Survived, fmt.Sprintf("%s %s ends in the middle of a name", c.Claim.Name, c.Values.String())
		}
	}
	names := strings.Join(m.about, " or ")
	switch {
	case len(asked) > 0:
		return Intended, fmt.Sprintf("%s %s was written to admit it", asked[0].Claim.Name, asked[0].Values.String())
	case e.everyRepository(m):
		return Intended, "the grant is for every repository of its owner that its conditions fit"
	case e.testsDiffer(m):
		return Intended, "tests expect jobs that differ in " + names + " to be allowed"
	case j.calleeDecides(m):
		return Intended, "the grant names the called workflow, whoever calls it"
	}
	return Survived, saysNothing + names
}

const saysNothing = "the grant says nothing about "

// advise says what keeps a survivor out, and where the grant says nothing about
// it also what shows that it is meant.
func (e examiner) advise(n *NearMiss, m mutant) {
	switch {
	case n.Fate != Survived:
	case strings.HasPrefix(n.Reason, saysNothing):
		n.Fix = "add " + e.line(m.about[0])
		n.Test = e.meant(n)
	case m.evil == nameAlike:
		n.Fix = "list the names, or end the pattern at a /"
	default:
		n.Fix = "name the file and its ref in full"
	}
}

// endsInName reports whether a condition has a pattern with a star behind or
// before a character of a name.
func endsInName(c policy.Match) bool {
	return slices.ContainsFunc(c.Values.Globs, func(w policy.Word) bool {
		text, _ := identity.CutFileRef(w.Text)
		for i := range text {
			if text[i] == '*' && ((i > 0 && inName(text[i-1])) || (i+1 < len(text) && inName(text[i+1]))) {
				return true
			}
		}
		return false
	})
}

func inName(c byte) bool { return c != '/' && c != '*' && c != '@' }

// everyRepository reports whether a mutant is another repository, and the grant
// is for no particular one.
func (e examiner) everyRepository(m mutant) bool {
	kind := e.grant.Issuer.Vocabulary
	if slices.ContainsFunc(m.about, func(c string) bool { return c != kind.Repository && !slices.Contains(kind.Identity, c) }) {
		return false
	}
	name := e.grant.Find(kind.Repository)
	return name == nil || !name.Values.Pins()
}

// testsDiffer reports whether tests show that what makes the difference is meant
// to make none.
func (e examiner) testsDiffer(m mutant) bool {
	kind := e.grant.Issuer.Vocabulary
	return slices.ContainsFunc(e.allowed, func(claims identity.Claims) bool {
		return slices.ContainsFunc(m.about, func(name string) bool {
			return !sameValue(compared(kind, name, claims), compared(kind, name, e.before))
		})
	})
}

// compared returns what counts of a claim for that: of a workflow its file.
func compared(kind *identity.Kind, name string, claims identity.Claims) any {
	c, _ := kind.Claim(name)
	text, isText := claims.Text(name)
	if !isText || c.Ref != identity.FileRef {
		return claims[name]
	}
	file, _ := identity.CutFileRef(text)
	return file
}

// calleeDecides reports whether a mutant is another caller of the one workflow
// that the grant is for.
func (j *job) calleeDecides(m mutant) bool {
	return j.kind.Callee != "" && slices.Equal(m.about, []string{"workflow_ref"}) && len(j.asks(j.kind.Callee)) > 0
}

// issuerMutant is a token that says the same and is another issuer's.
func (e examiner) issuerMutant(name, url string) NearMiss {
	found := NearMiss{Grant: e.grant, Mutant: name, Fate: Denied, Example: identity.Claims{"iss": url}, Telling: []string{"iss"}}
	if e.p.Evaluate(url, e.before, e.grant.ID, e.now).Allowed {
		found.Fate, found.Reason = Survived, "the grant admits it"
	}
	return found
}

// fresh returns the token of the allowed job, issued just now.
func (e examiner) fresh() identity.Claims {
	claims, issued := maps.Clone(e.before), e.clock.Unix()
	maps.Copy(claims, identity.Claims{"iat": number(issued), "nbf": number(issued), "exp": number(issued + 300)})
	return claims
}

// tokenMutants are those that are refused before any grant is looked at, by the
// code that verifies ID tokens.
func (e examiner) tokenMutants() []NearMiss {
	issued, fresh := e.clock.Unix(), e.fresh()
	stale := number(issued - int64(e.grant.Issuer.MaxAge()/time.Second) - 120)
	var all []NearMiss
	for _, m := range []struct {
		name    string
		changes identity.Claims
	}{
		{"a token for another audience", identity.Claims{"aud": e.grant.Issuer.Audience + ".evil.example"}},
		{"a token for two audiences", identity.Claims{"aud": []any{e.grant.Issuer.Audience, "https://evil.example"}}},
		{"a stale token", identity.Claims{"iat": stale, "exp": number(issued + 86400)}},
	} {
		claims := maps.Clone(fresh)
		maps.Copy(claims, m.changes)
		found := NearMiss{Grant: e.grant, Mutant: m.name, Fate: Denied, Example: m.changes, Telling: slices.Sorted(maps.Keys(m.changes))}
		if e.grant.Issuer.Check(claims, e.clock) == nil {
			found.Fate, found.Reason = Survived, "it would be accepted as genuine"
		}
		all = append(all, found)
	}
	return all
}
