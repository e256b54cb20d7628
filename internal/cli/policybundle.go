package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/policy"
)

func (a *App) bundleCommand() *cobra.Command {
	var dev bool
	cmd := &cobra.Command{
		Use:   "bundle [flags] [PATH]",
		Short: "Write a policy and the files that it includes as one file",
		Long: "Bundle prints a policy as one file for a broker or a tool to load, where a\n" +
			"folder cannot be handed over. It loads as the same policy, with the same hash,\n" +
			"and what is found in it is shown at its place in the file that it was made of.",
		Example: "  autoken policy bundle policy/ > policy.bundle.yaml\n  autoken policy lint policy.bundle.yaml",
		RunE:    func(_ *cobra.Command, args []string) error { return a.bundle(args, dev) },
	}
	cmd.Flags().BoolVar(&dev, "dev", false, "as a broker started with --dev")
	return cmd
}

func (a *App) bundle(args []string, dev bool) error {
	opts := policy.Options{Dev: dev}
	v, err := a.policyOf(args, opts)
	if err != nil {
		return err
	}
	folder, err := policy.OpenFolder(v.name)
	if err != nil {
		return err
	}
	defer folder.Close()
	text, err := policy.Bundle(folder.FS, folder.Name, opts)
	if err == nil {
		_, err = fmt.Fprint(a.Stdout, text)
	}
	return err
}
