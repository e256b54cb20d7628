package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/autoken/autoken/internal/render"
)

func (a *App) versionCommand() *cobra.Command {
	var sbom bool
	cmd := &cobra.Command{
		Use:     "version [flags]",
		Short:   "Print the version, or what the binary is made of",
		Example: "  autoken version\n  autoken version --sbom > autoken.cdx.json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if sbom {
				return render.JSON(a.Stdout, billOfMaterials(a.Build()))
			}
			a.printVersion()
			return nil
		},
	}
	cmd.Flags().BoolVar(&sbom, "sbom", false, "print a CycloneDX 1.6 bill of materials")
	return cmd
}

func (a *App) printVersion() {
	commit := ""
	build := a.Build()
	if !build.Time.IsZero() {
		commit = ", commit of " + build.Time.UTC().Format(time.DateOnly)
	}
	fmt.Fprintf(a.Stdout, "autoken %s (%s %s/%s%s)\n", build.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, commit)
}

// The parts of CycloneDX 1.6 (ECMA-424) that a Go binary can tell about itself.
type bom struct {
	Schema      string         `json:"$schema"`
	Format      string         `json:"bomFormat"`
	SpecVersion string         `json:"specVersion"`
	Version     int            `json:"version"`
	Metadata    bomMetadata    `json:"metadata"`
	Components  []bomComponent `json:"components"`
}

type bomMetadata struct {
	Component bomComponent `json:"component"`
}

type bomComponent struct {
	Type    string    `json:"type"`
	Ref     string    `json:"bom-ref"`
	Name    string    `json:"name"`
	Version string    `json:"version"`
	PURL    string    `json:"purl"`
	Props   []bomProp `json:"properties,omitempty"`
}

type bomProp struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

const modulePath = "github.com/autoken/autoken"

// billOfMaterials lists the modules that the linker recorded in this binary,
// with the checksums of go.sum.
func billOfMaterials(b Build) bom {
	list := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata:   bomMetadata{component("application", modulePath, b.Version, "")},
		Components: []bomComponent{component("library", "std", strings.TrimPrefix(runtime.Version(), "go"), "")},
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return list
	}
	for _, m := range info.Deps {
		list.Components = append(list.Components, component("library", m.Path, m.Version, m.Sum))
	}
	return list
}

func component(kind, name, version, sum string) bomComponent {
	purl := "pkg:golang/" + name + "@" + version
	c := bomComponent{Type: kind, Ref: purl, Name: name, Version: version, PURL: purl}
	if sum != "" {
		c.Props = []bomProp{{"go:sum", sum}}
	}
	return c
}
