package cli

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/quote"
	"github.com/autoken/autoken/internal/render"
)

//go:embed schemas/*.json
var schemaFiles embed.FS

// madeSchemas are those that the policy's vocabularies are the source of.
var madeSchemas = map[string]func() map[string]any{
	"policy": policy.FileSchema, "team": policy.TeamSchema, "tests": policy.TestsSchema,
}

func schemas() []string {
	return slices.Sorted(slices.Values(slices.AppendSeq(embedded(schemaFiles, "schemas/", ".json"), maps.Keys(madeSchemas))))
}

func (a *App) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [NAME]",
		Short: "Print the JSON Schema of a format, or list them",
		Long: "Schema prints the JSON Schema of a format that autoken reads or writes. Editors\n" +
			"check and complete a policy that begins with\n" +
			"  # yaml-language-server: $schema=autoken.policy.schema.json",
		Example:   "  autoken schema decision\n  autoken schema policy > autoken.policy.schema.json",
		ValidArgs: schemas(),
		RunE: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				fmt.Fprintln(a.Stdout, strings.Join(schemas(), "\n"))
				return nil
			case 1:
				return a.showSchema(args[0])
			}
			return noSuchSchema(strings.Join(args, " "))
		},
	}
}

func (a *App) showSchema(name string) error {
	if made, ok := madeSchemas[name]; ok {
		return render.JSON(a.Stdout, made())
	}
	text, err := schemaFiles.ReadFile("schemas/" + name + ".json")
	if err != nil {
		return noSuchSchema(name)
	}
	_, err = a.Stdout.Write(text)
	return err
}

func noSuchSchema(name string) error {
	err := fault.New(fault.Usage, "there is no schema %q", name)
	if near := check.Nearest(name, schemas()); near != "" {
		return err.WithHint("did you mean autoken schema %s?", near)
	}
	return err.WithHint("schemas: %s", strings.Join(schemas(), ", "))
}

// shells maps each shell to what writes its completion script.
var shells = map[string]func(*cobra.Command, *App) error{
	"bash":       func(root *cobra.Command, a *App) error { return root.GenBashCompletionV2(a.Stdout, true) },
	"zsh":        func(root *cobra.Command, a *App) error { return root.GenZshCompletion(a.Stdout) },
	"fish":       func(root *cobra.Command, a *App) error { return root.GenFishCompletion(a.Stdout, true) },
	"powershell": func(root *cobra.Command, a *App) error { return root.GenPowerShellCompletionWithDesc(a.Stdout) },
}

var shellNames = []string{"bash", "fish", "powershell", "zsh"}

func (a *App) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print a completion script for bash, zsh, fish or powershell",
		Example:   "  autoken completion bash > /etc/bash_completion.d/autoken\n  source <(autoken completion zsh)",
		ValidArgs: shellNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shellNames, args[0]) {
				return fault.New(fault.Usage, "completion needs the name of one shell").
					WithHint("autoken completion bash, or one of: %s", strings.Join(shellNames, ", "))
			}
			return shells[args[0]](cmd.Root(), a)
		},
	}
}

// argumentHint guesses that a bare word was meant for the flag that most people
// use.
func argumentHint(cmd *cobra.Command, word string) string {
	if cmd.Flags().Lookup("grant") == nil {
		return cmd.CommandPath() + " -h shows its flags"
	}
	if line, ok := quote.Shell([]string{"--grant", word}); ok {
		return "did you mean " + line + "?"
	}
	return cmd.CommandPath() + " -h shows its flags"
}

// noArgs refuses arguments to a command that takes flags alone.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fault.New(fault.Usage, "%s takes no argument, and got %q", cmd.CommandPath(), args[0]).
			WithHint("%s", argumentHint(cmd, args[0]))
	}
	return nil
}
