package cli

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/draft"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/github"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/lint"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

// wish is the grant that "policy new" was asked for.
type wish struct {
	policy, issuer, team, id, owner string
	repo, repositoryID, ownerID     string
	ref, environment, workflow      string
	selfHosted                      bool
	events                          []string
	connection                      string
	fields                          []string // FIELD=VALUE
	api                             string
	dev                             bool
}

func (a *App) newPolicyCommand() *cobra.Command {
	var w wish
	cmd := addSettings(&cobra.Command{
		Use:   "new --repo OWNER/NAME --connection NAME [flags]",
		Short: "Write a grant for a repository, with its tests",
		Long: "New looks a repository's ids up over the GitHub API and prints a grant for it,\n" +
			"with a test that it admits the repository's jobs, and for each condition one\n" +
			"that whoever differs in it is denied. Paste them into the policy.\n\n" +
			"A token in GH_TOKEN or GITHUB_TOKEN goes to the API of github.com and ghe.com\n" +
			"alone. A server gets the one in GH_ENTERPRISE_TOKEN, where GH_HOST or --api-url\n" +
			"names it, and in its own jobs GITHUB_TOKEN.",
		Example: "  autoken policy new --repo acme/app --connection sonar --set project=app\n" +
			"  autoken policy new --repo acme/app --connection gh --ref 'refs/tags/v*'",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.newPolicy(cmd.Context(), w) },
	}, []string{"timeout", "ca-file"})
	flags := cmd.Flags()
	flags.StringVar(&w.repo, "repo", "", "the repository, `OWNER/NAME`")
	flags.StringVar(&w.connection, "connection", "", "`NAME` of the connection whose credential it gives")
	flags.StringArrayVar(&w.fields, "set", nil, "what the credential's platform wants to know, `FIELD=VALUE`; repeatable")
	flags.StringVar(&w.ref, "ref", "", "the ref that jobs run for, in full; * is a glob (default: the default branch)")
	flags.StringArrayVar(&w.events, "event", []string{"push"}, "what starts the jobs, as `NAME`; repeatable")
	flags.StringVar(&w.environment, "environment", "", "`NAME` of the environment that jobs run in")
	flags.StringVar(&w.workflow, "workflow", "", "`FILE` of the workflow that the jobs are of, below .github/workflows")
	flags.BoolVar(&w.selfHosted, "self-hosted", false, "the jobs run on runners of one's own, not on GitHub's")
	flags.StringVar(&w.id, "id", "", "the grant's `ID` (default: the repository's name)")
	flags.StringVar(&w.team, "team", "", "`NAME` of the team whose grant it is")
	flags.StringVar(&w.owner, "owner", "", "`WHO` answers for it (default: the team, or the repository's owner)")
	flags.StringVar(&w.issuer, "issuer", "", "`NAME` of the policy's issuer, where it has several of GitHub's")
	flags.StringVar(&w.policy, "policy", "", "`PATH` of the policy (default: the one here)")
	flags.StringVar(&w.api, "api-url", "", "`URL` of the GitHub API (default: the issuer's)")
	flags.StringVar(&w.repositoryID, "repository-id", "", "the repository's id, `N`: nothing is looked up then")
	flags.StringVar(&w.ownerID, "owner-id", "", "the owner's id, `N`")
	flags.BoolVar(&w.dev, "dev", false, "as a broker started with --dev")
	return cmd
}

func (a *App) newPolicy(ctx context.Context, w wish) error {
	if w.repo == "" || w.connection == "" {
		return fault.New(fault.Usage, "new needs to know which repository gets what").
			WithHint("--repo OWNER/NAME --connection NAME; autoken policy list shows what there is")
	}
	if err := w.check(); err != nil {
		return err
	}
	var args []string
	if w.policy != "" {
		args = []string{w.policy}
	}
	v, err := a.policyOf(args, policy.Options{Dev: w.dev})
	if err != nil {
		return err
	}
	p := v.Policy
	issuer, err := githubIssuerOf(p, w.issuer)
	if err != nil {
		return err
	}
	credential, err := w.credential(p)
	if err != nil {
		return err
	}
	found, err := a.lookUp(ctx, w, issuer)
	if err != nil {
		return err
	}
	g, err := w.grant(p, issuer, found)
	if err != nil {
		return err
	}
	g.Credential = credential.yaml()
	text := g.YAML(append([]*policy.Test{g.Allowed()}, g.Denied()...))
	_, err = fmt.Fprint(a.Stdout, text)
	a.say("for %s, id %s, of owner id %s", found.Name, found.ID, found.OwnerID)
	w.sayNext(a, v, text)
	return err
}

// sayNext says what keeps the text that was printed out of its team's file, and
// what is to be done with it.
func (w wish) sayNext(a *App, v version, text string) {
	if w.team != "" {
		for _, f := range v.Policy.Try(w.team, []byte(text)) {
			a.warn("%s", f.Message)
		}
	}
	if w.workflow == "" {
		a.say("any workflow of the repository gets it; --workflow FILE narrows it to one")
	}
	a.say("%s, then: %s", w.placeToPaste(v), commandOn(v.name, "lint"))
}

// repositoryName is what a repository is called at GitHub, with its owner.
var repositoryName = regexp.MustCompile(`^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$`)

// check refuses what no repository, ref or event is called, before anything is
// asked of anybody.
func (w wish) check() error {
	if !repositoryName.MatchString(w.repo) {
		return fault.New(fault.Usage, "--repo is %q", w.repo).WithHint("write it with its owner: OWNER/%s", draft.Slug(w.repo))
	}
	known := lint.GitHubEvents()
	for _, event := range w.events {
		if slices.Contains(known, event) {
			continue
		}
		err := fault.New(fault.Usage, "GitHub has no event %s", quote.Text(event))
		if near := check.Nearest(event, known); near != "" {
			return err.WithHint("did you mean %s?", near)
		}
		return err.WithHint("such as push, workflow_dispatch, schedule or release")
	}
	if w.ref == "" {
		return nil
	}
	_, err := refMatch(w.ref)
	return err
}

// placeToPaste says where the grant belongs.
func (w wish) placeToPaste(v version) string {
	file := v.Files[0].Name
	for _, team := range v.Policy.Teams {
		switch {
		case team.Name != w.team:
		case team.File() == "":
			return "paste below version: 1 and team: " + team.Name + " in a new file that the policy includes"
		default:
			file = team.File()
		}
	}
	return "paste below grants: and tests: in " + quote.Text(v.place(file))
}

// githubIssuerOf returns the one issuer of GitHub's that the policy trusts, or
// the one of that name.
func githubIssuerOf(p *policy.Policy, name string) (*policy.Issuer, error) {
	var found []*policy.Issuer
	var names []string
	for _, i := range p.Trusted() {
		if strings.HasPrefix(i.Kind, "github") && (name == "" || i.Name == name) {
			found = append(found, i)
		}
		names = append(names, i.Name)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fault.New(fault.Ambiguous, "the policy trusts several of GitHub's issuers").WithHint("--issuer NAME, one of: %s", strings.Join(names, ", "))
	case name != "":
		return nil, noSuchName("issuer of GitHub's called", name, names)
	}
	return nil, fault.New(fault.Usage, "the policy trusts no issuer of GitHub's").WithHint("autoken whoami --as-grant writes a grant for a job of any other")
}

// lookUp asks the API about the repository, unless its ids were given.
func (a *App) lookUp(ctx context.Context, w wish, issuer *policy.Issuer) (github.Repository, error) {
	if w.repositoryID != "" || w.ownerID != "" {
		return w.given(issuer)
	}
	api, err := a.apiURL(w, issuer)
	if err != nil {
		return github.Repository{}, err
	}
	client, err := a.httpClient(2)
	if err != nil {
		return github.Repository{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.settings.Timeout)
	defer cancel()
	name, token := a.apiToken(w, api)
	asking := &github.Client{API: api, Token: token, Variable: name, HTTP: client, Now: a.Now}
	found, err := asking.Repository(ctx, w.repo)
	if err != nil && fault.KindOf(err) == fault.Unavailable && fault.HintOf(err) == "" {
		err = fault.New(fault.Unavailable, "%w", err).WithHint("without the API: --repository-id N --owner-id N")
	}
	return found, err
}

// given is the repository by the ids that were given. The owner's is known where
// the issuer admits one owner alone.
func (w wish) given(issuer *policy.Issuer) (github.Repository, error) {
	if m := issuer.Find("repository_owner_id"); w.ownerID == "" && m != nil && len(m.Values.Exact) == 1 {
		w.ownerID = m.Values.Exact[0].Text
	}
	err := fault.New(fault.Usage, "--repository-id needs --owner-id N")
	switch {
	case w.repositoryID == "":
		err = fault.New(fault.Usage, "--owner-id needs --repository-id N")
	case w.ownerID == "":
	case !isNumber(w.repositoryID):
		err = fault.New(fault.Usage, "--repository-id is %q, and ids are decimal numbers", w.repositoryID)
	case !isNumber(w.ownerID):
		err = fault.New(fault.Usage, "--owner-id is %q, and ids are decimal numbers", w.ownerID)
	default:
		return github.Repository{ID: w.repositoryID, OwnerID: w.ownerID, Name: w.repo, DefaultBranch: "main"}, nil
	}
	return github.Repository{}, err.WithHint("gh api repos/%s --jq '.id, .owner.id'", w.repo)
}

func isNumber(id string) bool { return id[0] != '0' && strings.Trim(id, "0123456789") == "" }

// grant is the one that was wished for.
func (w wish) grant(p *policy.Policy, issuer *policy.Issuer, found github.Repository) (*draft.Grant, error) {
	id, err := w.grantID(p, found)
	if err != nil {
		return nil, err
	}
	owner, _, _ := strings.Cut(found.Name, "/")
	g := &draft.Grant{ID: id, Kind: issuer.Vocabulary, Issuer: issuer.Name, Job: identity.Claims{}}
	if w.team == "" {
		g.Owner = cmp.Or(w.owner, "@"+owner)
	} else {
		g.Owner = w.owner
	}
	ref, err := refMatch(cmp.Or(w.ref, "refs/heads/"+found.DefaultBranch))
	if err != nil {
		return nil, err
	}
	g.Matches = []draft.Match{draft.Exactly("repository_id", found.ID), draft.Exactly("repository", found.Name), ref, draft.Exactly("event_name", w.events...)}
	g.Matches = append(g.Matches, w.particulars(found.Name, ref)...)
	for _, m := range g.Matches {
		g.Job[m.Claim] = sample(m)
	}
	g.Job["repository_owner_id"], g.Job["repository_owner"] = found.OwnerID, owner
	return g, w.meetFloor(g, issuer)
}

// particulars are the conditions beyond whose job it is, for what and why.
func (w wish) particulars(repository string, ref draft.Match) []draft.Match {
	var matches []draft.Match
	if w.environment != "" {
		matches = append(matches, draft.Exactly("environment", w.environment))
	}
	file := repository + "/.github/workflows/" + w.workflow + "@"
	switch {
	case w.workflow == "":
	case len(ref.Values.Globs) > 0:
		matches = append(matches, draft.Fitting("workflow_ref", file+ref.Values.Globs[0].Text))
	default:
		matches = append(matches, draft.Exactly("workflow_ref", file+ref.Values.Exact[0].Text))
	}
	runner := "github-hosted"
	if w.selfHosted {
		runner = "self-hosted"
	}
	return append(matches, draft.Exactly("runner_environment", runner))
}

func (w wish) grantID(p *policy.Policy, found github.Repository) (string, error) {
	id := cmp.Or(w.id, draft.Slug(found.Name))
	if w.team != "" {
		var teams []string
		for _, t := range p.Teams {
			teams = append(teams, t.Name)
		}
		if !slices.Contains(teams, w.team) {
			return "", noSuchName("team", w.team, teams)
		}
		id = w.team + "/" + strings.TrimPrefix(id, w.team+"/")
	}
	if p.Grant(id) != nil {
		return "", fault.New(fault.Usage, "the policy has a grant %s already", quote.Text(id)).WithHint("--id %s-2, or another name", id[strings.LastIndexByte(id, '/')+1:])
	}
	return id, nil
}

// meetFloor adds what the issuer requires of every token, and refuses a
// repository that it would never admit.
func (w wish) meetFloor(g *draft.Grant, issuer *policy.Issuer) error {
	for _, m := range issuer.Require {
		value, known := g.Job.Text(m.Claim.Name)
		if !known {
			continue
		}
		if !m.Values.Admits(value) {
			return fault.New(fault.Usage, "issuer %s admits no job of %s: it requires %s %s, and this is %s", issuer.Name, w.repo, m.Claim.Name, m.Values.String(), value).
				WithHint("is it the right issuer? %s", quote.Text(m.Pos.String()))
		}
		g.Floor = append(g.Floor, draft.Match{Claim: m.Claim.Name, Values: m.Values})
	}
	if m := issuer.Find("repository_owner_id"); m == nil {
		owner, _ := g.Job.Text("repository_owner_id")
		g.Matches = slices.Insert(g.Matches, 2, draft.Exactly("repository_owner_id", owner))
	}
	return nil
}

// refMatch reads a ref, which is a glob where it has a star.
func refMatch(ref string) (draft.Match, error) {
	if !strings.HasPrefix(ref, "refs/heads/") && !strings.HasPrefix(ref, "refs/tags/") {
		return draft.Match{}, fault.New(fault.Usage, "--ref is %q", ref).WithHint("write it in full: refs/heads/%s, or refs/tags/v1.0", strings.TrimPrefix(ref, "refs/"))
	}
	if strings.Contains(ref, "*") {
		return draft.Fitting("ref", ref), nil
	}
	return draft.Exactly("ref", ref), nil
}

// sample is a value that a condition admits.
func sample(m draft.Match) string {
	if len(m.Values.Exact) > 0 {
		return m.Values.Exact[0].Text
	}
	return strings.NewReplacer("**", "1", "*", "1").Replace(m.Values.Globs[0].Text)
}
