package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

// claimsQuestion is what "policy claims" was asked.
type claimsQuestion struct {
	policy, fixture string
	fixtures, dev   bool
}

func (a *App) claimsCommand() *cobra.Command {
	var q claimsQuestion
	cmd := addSettings(&cobra.Command{
		Use:   "claims [flags] [KIND|ISSUER] [CLAIM]",
		Short: "Show what ID tokens say, and who chooses it",
		Long: "Claims shows the words that a policy may match: what each says, when a token has\n" +
			"it, and who chooses its value. Name a kind of issuer, or an issuer of the policy\n" +
			"here. A fixture is the complete token of a typical job, which tests start from.",
		Example: "  autoken policy claims github environment\n  autoken policy claims --fixture github/push",
		RunE:    func(_ *cobra.Command, args []string) error { return a.claims(q, args) },
	}, []string{"format"})
	cmd.Flags().StringVar(&q.policy, "policy", "", "`PATH` of the policy whose issuers may be named (default: the one here)")
	cmd.Flags().StringVar(&q.fixture, "fixture", "", "print the claims of the fixture `NAME`")
	cmd.Flags().BoolVar(&q.fixtures, "fixtures", false, "list the fixtures")
	cmd.Flags().BoolVar(&q.dev, "dev", false, "as a broker started with --dev")
	return cmd
}

func (a *App) claims(q claimsQuestion, args []string) error {
	if len(args) > 2 {
		return fault.New(fault.Usage, "claims takes a kind or an issuer, and a claim; %q is too much", args[2])
	}
	if len(args) == 0 && q.fixture == "" && !q.fixtures {
		return a.showKinds()
	}
	var about vocabulary
	if len(args) > 0 {
		found, err := a.vocabularyOf(q, args[0])
		if err != nil {
			return err
		}
		about = found
	}
	switch {
	case q.fixtures:
		return a.showFixtures(about)
	case q.fixture != "":
		return a.showFixture(q, about)
	case len(args) == 2:
		return a.showClaim(about, args[1])
	}
	return a.showVocabulary(about)
}

// vocabulary is a kind's, or that of an issuer of a policy, which may demand
// something of every token.
type vocabulary struct {
	kind   *identity.Kind
	issuer *policy.Issuer // nil where a kind was named
}

// vocabularyOf finds an issuer of that name in the policy here, or else a kind.
func (a *App) vocabularyOf(q claimsQuestion, name string) (vocabulary, error) {
	issuers, err := a.knownIssuers(q)
	if err != nil {
		return vocabulary{}, err
	}
	known := identity.KindNames()
	for _, i := range issuers {
		if i.Name == name {
			return vocabulary{i.Vocabulary, i}, nil
		}
		known = append(known, i.Name)
	}
	if kind := identity.LookupKind(name); kind != nil {
		return vocabulary{kind: kind}, nil
	}
	failed := fault.New(fault.Usage, "there is no kind and no issuer %s", quote.Text(name))
	if near := check.Nearest(name, known); near != "" {
		return vocabulary{}, failed.WithHint("did you mean %s?", near)
	}
	return vocabulary{}, failed.WithHint("known: %s", strings.Join(known, ", "))
}

// knownIssuers are those of the policy that was named or lies here, whatever else
// is wrong with it. No policy here is no failure: the kinds are known anyway.
func (a *App) knownIssuers(q claimsQuestion) ([]*policy.Issuer, error) {
	path, named := q.policy, q.policy != ""
	if !named {
		usual, err := policyPath(nil)
		if err != nil {
			return nil, nil //nolint:nilerr // there is none
		}
		path = usual
	}
	draft, err := parsePolicy(path, q.dev)
	switch {
	case err == nil:
		return draft.Policy.Trusted(), nil
	case named:
		return nil, err
	}
	a.note("the issuers of %s are not known: %v", path, err)
	return nil, nil
}

// parsePolicy reads a policy, sound or not. Names of files are as in its folder.
func parsePolicy(path string, dev bool) (*policy.Draft, error) {
	folder, err := policy.OpenFolder(path)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return policy.Parse(folder.FS, folder.Name, policy.Options{Dev: dev})
}

func (a *App) showKinds() error {
	if a.json() {
		return render.JSON(a.Stdout, claimsJSON{1, identity.KindNames(), "", "", []claimJSON{}})
	}
	var rows [][]string
	for _, k := range identity.Kinds {
		rows = append(rows, []string{k.Name, fmt.Sprint(len(k.Claims)), k.Title + ", " + k.URLShape})
	}
	_, err := fmt.Fprintf(a.Stdout, "%s\nautoken policy claims KIND shows what its tokens say.\n", render.Hanging(rows, a.style(a.Stdout).Width))
	return err
}
