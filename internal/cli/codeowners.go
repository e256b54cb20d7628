package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
)

func (a *App) codeownersCommand() *cobra.Command {
	var owner string
	var dev bool
	cmd := &cobra.Command{
		Use:   "codeowners --owner WHO [flags] [PATH]",
		Short: "Print CODEOWNERS lines for a policy's files",
		Long: "Codeowners prints a line for the policy itself and one for each team's file, so\n" +
			"that a team reviews its own grants and nobody but the policy's owner reviews\n" +
			"what teams may do. The last line that fits a file counts.",
		Example: "  autoken policy codeowners --owner @acme/platform policy/ > .github/CODEOWNERS\n  autoken policy codeowners --owner '@acme/platform @acme/security'",
		RunE:    func(_ *cobra.Command, args []string) error { return a.codeowners(args, owner, dev) },
	}
	cmd.Flags().StringVar(&owner, "owner", "", "`WHO` reviews the policy itself, for example @acme/platform")
	cmd.Flags().BoolVar(&dev, "dev", false, "as a broker started with --dev")
	return cmd
}

func (a *App) codeowners(args []string, owner string, dev bool) error {
	if owner == "" {
		return fault.New(fault.Usage, "the policy's main file says what teams may do, and nobody is named who reviews it").
			WithHint("autoken policy codeowners --owner @ORG/TEAM")
	}
	if !areOwners(owner) {
		return fault.New(fault.Usage, "--owner is %q", owner).WithHint("write users, teams or addresses: @acme/platform")
	}
	v, err := a.policyOf(args, policy.Options{Dev: dev})
	if err != nil {
		return err
	}
	folder, err := policy.OpenFolder(v.name)
	if err != nil {
		return err
	}
	defer folder.Close()
	root, err := repositoryRoot(folder.Path("."))
	if err != nil {
		return err
	}
	owned := owners{app: a, folder: folder, root: root}
	owned.policy(v.name, owner)
	for _, team := range v.Policy.Teams {
		owned.team(team)
	}
	_, err = fmt.Fprint(a.Stdout, strings.Join(owned.lines, ""))
	return err
}

// owners collects the lines of a CODEOWNERS file.
type owners struct {
	app    *App
	folder *policy.Folder
	root   string // of the repository
	lines  []string
}

// policy adds the line for the whole folder, or for the file alone where it lies
// at the repository's root.
func (o *owners) policy(path, owner string) {
	name := o.folder.Name
	if name == "." && o.relative(".") == "." {
		name = policy.FileName
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() && o.relative(".") != "." {
		name = "."
	}
	o.add(name, owner, "the policy")
	if name != "." {
		o.tests(name, owner, "the policy")
	}
}

func (o *owners) team(team *policy.Team) {
	switch {
	case team.File() == "":
		return
	case team.Owner == "":
		o.app.warn("team %s has no owner, so nobody but the policy's owner reviews %s", team.Name, team.File())
		return
	case !areOwners(team.Owner):
		o.app.warn("the owner of team %s is nobody whom CODEOWNERS could name: %s", team.Name, quote.Text(team.Owner))
		return
	}
	o.add(team.File(), team.Owner, "team "+team.Name)
	o.tests(team.File(), team.Owner, "team "+team.Name)
}

// add adds the line of one of the folder's files, or of all where name is ".".
func (o *owners) add(name, owner, whose string) {
	if _, err := fs.Stat(o.folder.FS, name); err != nil {
		o.app.warn("the file of %s stands in a bundle: name the folder that it was made of", whose)
		return
	}
	o.line(name, owner, whose)
}

// tests adds the line of the tests beside a file, which may be written later.
func (o *owners) tests(name, owner, whose string) {
	if _, err := fs.Stat(o.folder.FS, name); err == nil {
		o.line(policy.TestsBeside(name), owner, whose)
	}
}

func (o *owners) line(name, owner, whose string) {
	path := o.relative(name)
	if name == "." {
		path += "/"
	}
	pattern, ok := ownersPattern(path)
	if !ok {
		o.app.warn("CODEOWNERS cannot name the file of %s: %s; rename it", whose, quote.Text(path))
		return
	}
	o.lines = append(o.lines, pattern+" "+strings.Join(strings.Fields(owner), " ")+"\n")
}

func (o *owners) relative(name string) string {
	full, err := filepath.Abs(o.folder.Path(name))
	if err != nil {
		return name
	}
	if below, err := filepath.Rel(o.root, full); err == nil {
		return filepath.ToSlash(below)
	}
	return name
}

// repositoryRoot returns the nearest folder above dir that is a repository's, or
// else the working directory.
func repositoryRoot(dir string) (string, error) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return "", fault.New(fault.Usage, "looking for the repository: %w", err)
	}
	for at := full; ; at = filepath.Dir(at) {
		if _, missing := os.Lstat(filepath.Join(at, ".git")); missing == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	here, err := filepath.Abs(".")
	if below, relErr := filepath.Rel(here, full); err != nil || relErr != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		return "", fault.New(fault.Usage, "%s lies in no repository and not below the working directory", quote.Text(dir)).
			WithHint("run it in the repository that the policy lies in")
	}
	return here, nil
}

// ownersPattern writes a path as CODEOWNERS understands it everywhere: from the
// root, blanks escaped. Wildcards and brackets cannot be escaped on GitHub.
func ownersPattern(path string) (string, bool) {
	if path == "" || strings.ContainsAny(path, `*?[]!\`) || quote.Text(path) != path || strings.HasPrefix(path, "../") {
		return "", false
	}
	return "/" + strings.NewReplacer(" ", `\ `, "#", `\#`).Replace(path), true
}

// areOwners reports whether text names users, teams or addresses, and has nothing
// else in it that would act in CODEOWNERS.
func areOwners(text string) bool {
	names := strings.Fields(text)
	for _, name := range names {
		before, after, at := strings.Cut(name, "@")
		word := before + strings.ReplaceAll(after, "/", "")
		if !at || after == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-@") != "" {
			return false
		}
	}
	return len(names) > 0 && !strings.ContainsAny(text, "\r\n\t")
}
