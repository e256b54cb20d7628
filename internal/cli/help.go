package cli

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/config"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/render"
)

//go:embed topics/*.txt
var topicFiles embed.FS

// generated are the parts of topics that lists in the code already say.
var generated = map[string]func() string{
	"{{settings}}":  settingsTable,
	"{{flag-only}}": flagOnlyTable,
	"{{platforms}}": platformsTable,
}

func topics() []string { return embedded(topicFiles, "topics/", ".txt") }

// embedded lists the files of a folder in the binary, without folder and ending.
func embedded(files embed.FS, folder, ending string) []string {
	var names []string
	paths, _ := fs.Glob(files, folder+"*"+ending) // the pattern is a good one
	for _, name := range paths {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(name, folder), ending))
	}
	return names
}

func topic(name string) (string, bool) {
	text, err := topicFiles.ReadFile("topics/" + name + ".txt")
	if err != nil {
		return "", false
	}
	page := string(text)
	for mark, table := range generated {
		page = strings.ReplaceAll(page, mark+"\n", table())
	}
	return page, true
}

func (a *App) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [TOPIC | COMMAND]",
		Short:   "Explain a topic or a command",
		Example: "  autoken help words\n  autoken help login",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return topics(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				fmt.Fprintf(a.Stdout, "autoken help TOPIC; the topics:\n\n%s", render.Indent(topicTable(), "  "))
				return nil
			}
			return a.explain(root, args)
		},
	}
}

func (a *App) explain(root *cobra.Command, args []string) error {
	if text, ok := topic(args[0]); ok && len(args) == 1 {
		fmt.Fprint(a.Stdout, text)
		return nil
	}
	cmd, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 || cmd == root {
		return a.noSuchPage(root, args)
	}
	a.help(cmd, nil)
	return nil
}

func (a *App) noSuchPage(root *cobra.Command, args []string) error {
	err := fault.New(fault.Usage, "there is no topic or command %q", strings.Join(args, " "))
	if meant := a.meantCommand(root, args[0]); meant != "" {
		return err.WithHint("%s -h", meant)
	}
	if near := check.Nearest(args[0], topics()); near != "" {
		return err.WithHint("did you mean autoken help %s?", near)
	}
	return err.WithHint("topics: %s", strings.Join(topics(), ", "))
}

// topicTable lists the topics, each with its first line.
func topicTable() string {
	var rows [][]string
	for _, name := range topics() {
		text, _ := topic(name)
		title, _, _ := strings.Cut(text, "\n")
		rows = append(rows, []string{name, title})
	}
	return render.Columns(rows)
}

func settingsTable() string {
	var rows [][]string
	for _, s := range config.Settings {
		if s.Env() != "" {
			rows = append(rows, []string{"  " + s.Env(), "--" + s.Name})
		}
	}
	return render.Columns(rows)
}

func flagOnlyTable() string {
	var flags []string
	for _, s := range config.Settings {
		if s.FlagOnly {
			flags = append(flags, "--"+s.Name)
		}
	}
	return "  " + strings.Join(append(flags, "--dev"), ", ") + "\n"
}

// platformsTable has two variables a line, which fits 80 columns.
func platformsTable() string {
	rows := [][]string{{"  PLATFORM", "VARIABLES"}}
	for _, p := range credential.Platforms {
		name := "  " + p.Name
		for pair := range slices.Chunk(p.Vars, 2) {
			var names []string
			for _, v := range pair {
				names = append(names, v.Name)
			}
			rows = append(rows, []string{name, strings.Join(names, ", ")})
			name = ""
		}
	}
	return render.Columns(rows)
}
