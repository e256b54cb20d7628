package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// claimJSON is one claim of "policy claims".
type claimJSON struct {
	Name     string   `json:"name"`
	About    string   `json:"about"`
	Type     string   `json:"type"`
	Always   bool     `json:"always"`
	When     string   `json:"when,omitempty"`
	Events   []string `json:"events"`
	ChosenBy string   `json:"chosen_by"`
	Globs    string   `json:"globs"`
	Guard    string   `json:"guard"`
	Folded   bool     `json:"case_insensitive"`
	Template bool     `json:"template"`
	Required string   `json:"required,omitempty"`
}

type claimsJSON struct {
	Version int         `json:"version"`
	Kinds   []string    `json:"kinds"`
	Kind    string      `json:"kind,omitempty"`
	Issuer  string      `json:"issuer,omitempty"`
	Claims  []claimJSON `json:"claims"`
}

func (v vocabulary) report(claims []identity.Claim) claimsJSON {
	report := claimsJSON{Version: 1, Kinds: identity.KindNames(), Kind: v.kind.Name, Claims: []claimJSON{}}
	if v.issuer != nil {
		report.Issuer = v.issuer.Name
	}
	for _, c := range claims {
		report.Claims = append(report.Claims, claimJSON{
			Name: c.Name, About: c.About, Type: typeName(c.Type), Always: !c.Presence.Sometimes, When: c.Presence.Note,
			Events: append([]string{}, c.Presence.Events...), ChosenBy: string(c.Control),
			Globs: globWords[c.Globs], Guard: guardWords[c.Guard], Folded: c.Folded, Template: c.Template, Required: v.required(c.Name),
		})
	}
	return report
}

// required says what the issuer demands of a claim in every token.
func (v vocabulary) required(claim string) string {
	if v.issuer == nil {
		return ""
	}
	if m := v.issuer.Find(claim); m != nil {
		return m.Values.String()
	}
	return ""
}

func typeName(t identity.Type) string {
	if t == identity.Text {
		return "text"
	}
	return string(t)
}

var globWords = [...]string{
	identity.NoGlobs: "none", identity.AnyGlob: "anywhere", identity.GlobsAfterOwner: "after owner/",
}

var guardWords = [...]string{
	identity.NoGuard: "no", identity.GuardExact: "if its values are listed in full", identity.GuardAny: "yes",
	identity.GuardCallee: "if it names a file at a fixed ref", identity.GuardWithRef: "together with ref_type",
}

func (a *App) showVocabulary(v vocabulary) error {
	claims := slices.Concat(v.kind.Claims, v.kind.Families)
	if a.json() {
		return render.JSON(a.Stdout, v.report(claims))
	}
	s := a.style(a.Stdout)
	rows := [][]string{{s.Bold("CLAIM"), s.Bold("CHOSEN BY"), s.Bold("SAYS")}}
	for _, c := range claims {
		rows = append(rows, []string{claimName(v.kind, c), string(c.Control), quote.Text(v.inShort(c))})
	}
	_, err := fmt.Fprintf(a.Stdout, "%s: %s\n\n%s", v.kind.Name, v.kind.Title, render.Hanging(rows, s.Width))
	return err
}

// claimName writes a family of claims with what stands for the rest of a name.
func claimName(kind *identity.Kind, c identity.Claim) string {
	for _, family := range kind.Families {
		if family.Name == c.Name {
			return c.Name + "NAME"
		}
	}
	return c.Name
}

func (v vocabulary) inShort(c identity.Claim) string {
	text := c.About
	if c.Presence.Sometimes {
		text += "; " + c.Presence.Note
	}
	if c.Globs != identity.NoGlobs {
		text += "; glob"
	}
	if c.Guard != identity.NoGuard {
		text += "; enough beside an id"
	}
	if required := v.required(c.Name); required != "" {
		text += "; issuer " + v.issuer.Name + " wants " + required
	}
	return text
}

func (a *App) showClaim(v vocabulary, name string) error {
	c, ok := v.kind.Claim(name)
	if !ok {
		return noSuchClaim(v.kind, name)
	}
	if a.json() {
		return render.JSON(a.Stdout, v.report([]identity.Claim{c}))
	}
	when := "always"
	if c.Presence.Sometimes {
		when = c.Presence.Note
	}
	rows := [][]string{
		{"type", typeName(c.Type)},
		{"when", when},
		{"chosen by", string(c.Control)},
		{"globs", globWords[c.Globs]},
		{"enough beside an id", guardWords[c.Guard]},
		{"in a template", yesNo(c.Template)},
	}
	if c.Form != nil {
		rows = slices.Insert(rows, 1, []string{"looks like", looks(c.Form)})
	}
	if c.Folded {
		rows = append(rows, []string{"compared", "as it stands under match; under unless without regard to case, as the platform does"})
	}
	if required := v.required(name); required != "" {
		rows = append(rows, []string{"required", "issuer " + v.issuer.Name + " wants " + quote.Text(required)})
	}
	rows = append(rows, implied(v.kind, name)...)
	_, err := fmt.Fprintf(a.Stdout, "%s\n%s", render.Wrap(quote.Text(name)+" ("+v.kind.Name+"): "+c.About, a.style(a.Stdout).Width, "  "),
		render.Indent(render.Hanging(rows, a.style(a.Stdout).Width-2), "  "))
	return err
}

// looks says how a claim's values look.
func looks(f *identity.Form) string {
	if len(f.Values) > 0 {
		return strings.Join(f.Values, " or ")
	}
	if strings.Contains(f.Example, "/") {
		return f.Like + ": " + f.Example
	}
	return f.Like
}

func noSuchClaim(kind *identity.Kind, name string) error {
	err := fault.New(fault.Usage, "tokens of kind %s have no claim %s", kind.Name, quote.Text(name))
	if near := check.Nearest(name, kind.ClaimNames()); near != "" {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("autoken policy claims %s lists them", kind.Name)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// implied lists what a claim's values say about other claims.
func implied(kind *identity.Kind, claim string) [][]string {
	var rows [][]string
	for _, i := range kind.Implications {
		if i.If.Claim == claim {
			rows = append(rows, []string{string(i.Level), termText(i.If) + " means " + termText(i.Then)})
		}
	}
	return rows
}

func termText(t identity.Term) string {
	if t.Empty {
		return "no " + t.Claim
	}
	return t.Claim + " " + strings.Join(slices.Concat(t.Values, t.Globs), " or ")
}

// showFixtures lists the fixtures, those of one vocabulary where one was named.
func (a *App) showFixtures(v vocabulary) error {
	var rows [][]string
	for _, f := range identity.Fixtures() {
		if v.kind == nil || f.Kind == v.kind.Name {
			rows = append(rows, []string{f.Name, f.About})
		}
	}
	_, err := fmt.Fprint(a.Stdout, render.Hanging(rows, a.style(a.Stdout).Width))
	return err
}

// showFixture prints a fixture's claims, as a token of the issuer that was named,
// or of the first of its kind in the policy here, or of one that it could be.
func (a *App) showFixture(q claimsQuestion, v vocabulary) error {
	f, ok := identity.LookupFixture(q.fixture)
	if !ok {
		return noSuchFixture(q.fixture)
	}
	if v.kind != nil && f.Kind != v.kind.Name {
		return fault.New(fault.Usage, "fixture %s is a token of kind %s, not %s", f.Name, f.Kind, v.kind.Name)
	}
	issuer := v.issuer
	if issuer == nil {
		issuers, err := a.knownIssuers(q)
		if err != nil {
			return err
		}
		issuer = issuerOfKind(issuers, f.Kind)
	}
	f.Claims["iss"], f.Claims["aud"] = usualURL(identity.LookupKind(f.Kind)), "https://YOUR-BROKER"
	if issuer != nil {
		f.Claims["iss"], f.Claims["aud"] = issuer.URL, issuer.Audience
	}
	return render.JSON(a.Stdout, f.Claims)
}

// usualURL is the URL that an issuer of a kind has, as far as all have the same.
func usualURL(kind *identity.Kind) string {
	url, _, _ := strings.Cut(kind.URLShape, " ")
	if !strings.HasPrefix(url, "https://") {
		return "https://ISSUER"
	}
	return url
}

func noSuchFixture(name string) error {
	err := fault.New(fault.Usage, "there is no fixture %s", quote.Text(name))
	if near := check.Nearest(name, identity.FixtureNames()); near != "" {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("autoken policy claims --fixtures lists them")
}
