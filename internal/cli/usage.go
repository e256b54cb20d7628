package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/render"
)

// group is the commands that one kind of person uses.
type group struct {
	person   string
	lines    [][2]string // names and what they do, for the first screen
	commands []command
}

// command is a command that is made when it is needed.
type command struct {
	name string
	make func() *cobra.Command
}

func (a *App) groups() []group {
	return []group{
		{
			person: "I need a token in my job",
			lines: [][2]string{
				{"login, logout", "credentials for the rest of a job"},
				{"exec", "credentials for one command"},
				{"whoami, doctor", "who am I, and what is in the way"},
			},
			commands: []command{{"login", a.loginCommand}, {"logout", a.logoutCommand}, {"exec", a.execCommand}, {"whoami", a.whoamiCommand}, {"doctor", a.doctorCommand}},
		},
		{
			person: "I look after repositories",
			lines:  [][2]string{{"whoami", "what a job can show, as a grant"}, {"help propose", "how a team changes its grants"}},
		},
		{
			person: "I run the broker",
			lines: [][2]string{
				{"broker", "serve: credentials by a policy"},
				{"policy", "new, lint, test: write, prove it"},
				{"help first-policy", "a policy, step by step"},
				{"rules", "what policy lint looks for"},
			},
			commands: []command{{"broker", a.brokerCommand}, {"policy", a.policyCommand}, {"rules", a.rulesCommand}},
		},
		{
			person: "Anyone",
			lines: [][2]string{
				{"demo", "the whole system, on this machine"},
				{"schema, version", "formats, and what this binary is"},
				{"completion", "for your shell"},
			},
			commands: []command{{"demo", a.demoCommand}, {"schema", a.schemaCommand}, {"version", a.versionCommand}, {"completion", a.completionCommand}},
		},
	}
}

// usage is the first screen.
func (a *App) usage() {
	s := a.style(a.Stdout)
	rows := [][]string{}
	for _, g := range a.groups() {
		person := s.Bold(g.person)
		for _, line := range g.lines {
			rows = append(rows, []string{person, line[0], line[1]})
			person = ""
		}
	}
	fmt.Fprintf(a.Stdout, "A CI job shows who it is and gets a credential that ends with the job.\n\n%s\n%s\n%s",
		render.Columns(rows),
		"  autoken demo\n  autoken exec --grant payments/sonar -- mvn sonar:sonar\n",
		"autoken COMMAND -h explains a command, autoken help lists the topics.\n")
}

// help explains one command.
func (a *App) help(cmd *cobra.Command, _ []string) {
	if !cmd.HasParent() {
		a.usage()
		return
	}
	s := a.style(a.Stdout)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s %s %s\n", firstNonEmpty(cmd.Long, cmd.Short), s.Bold("Usage:"), cmd.Parent().CommandPath(), cmd.Use)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s\n%s", s.Bold("Commands:"), render.Indent(subcommands(cmd), "  "))
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\n%s\n%s\n", s.Bold("Examples:"), cmd.Example)
	}
	if flags := cmd.LocalNonPersistentFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(&b, "\n%s\n%s", s.Bold("Flags:"), flags.FlagUsagesWrapped(s.Width))
	}
	fmt.Fprintf(&b, "\n%s\n%s", s.Bold("Everywhere:"), cmd.Root().PersistentFlags().FlagUsagesWrapped(s.Width))
	fmt.Fprint(a.Stdout, b.String())
}

// workOrder is where a command stands among others: in the order in which people
// come to use them, not in that of the alphabet, in which cobra keeps them.
func workOrder(name string) int {
	return slices.Index([]string{"new", "lint", "test", "explain", "diff", "list", "claims", "suggest", "codeowners", "bundle"}, name)
}

// subcommands lists the commands below one.
func subcommands(cmd *cobra.Command) string {
	var rows [][]string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			rows = append(rows, []string{c.Name(), c.Short})
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return cmp.Compare(workOrder(a[0]), workOrder(b[0])) })
	return render.Columns(rows)
}

func firstNonEmpty(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
