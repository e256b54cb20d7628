module github.com/autoken/autoken

go 1.26.0

require (
	github.com/charmbracelet/lipgloss v1.1.0 // render: colour that follows the writer
	github.com/coreos/go-oidc/v3 v3.21.0 // identity: verifies ID tokens, over our own key set
	github.com/go-jose/go-jose/v4 v4.1.9 // identity: reads JWKS; go-oidc brings it along
	github.com/google/go-cmp v0.7.0 // tests: readable differences
	github.com/hashicorp/go-retryablehttp v0.7.8 // httpclient: retries
	github.com/muesli/termenv v0.16.0 // render: fixes lipgloss's colour profile; lipgloss brings it along
	github.com/owenrumney/go-sarif/v3 v3.3.1 // tests: has the official schema of SARIF 2.1.0
	github.com/rogpeppe/go-internal v1.16.0 // tests: stories as scripts with the real main
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // tests: checks outputs against the published schemas
	github.com/spf13/cobra v1.10.2 // cli: commands, flags, completion
	github.com/spf13/pflag v1.0.10 // config: the flags of settings; cobra brings it along
	github.com/spf13/viper v1.21.0 // config: flags over environment over file
	go.yaml.in/yaml/v3 v3.0.6 // source: YAML with positions
	golang.org/x/net v0.62.0 // httpclient: proxies as other Go programs read them (httpproxy)
	golang.org/x/sync v0.24.0 // goroutines that are waited for
	golang.org/x/sys v0.49.0 // what package syscall lacks, by operating system
	golang.org/x/term v0.47.0 // cmd/autoken: is this a terminal, and how wide
)

require (
	github.com/aymanbagabas/go-osc52/v2 v2.0.1 // indirect
	github.com/charmbracelet/colorprofile v0.2.3-0.20250311203215-f60798e515dc // indirect
	github.com/charmbracelet/x/ansi v0.8.0 // indirect
	github.com/charmbracelet/x/cellbuf v0.0.13-0.20250311204145-2c3ea96c31dd // indirect
	github.com/charmbracelet/x/term v0.2.1 // indirect
	github.com/fsnotify/fsnotify v1.9.0 // indirect
	github.com/go-viper/mapstructure/v2 v2.4.0 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/lucasb-eyer/go-colorful v1.2.0 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/mattn/go-runewidth v0.0.16 // indirect
	github.com/pelletier/go-toml/v2 v2.2.4 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/sagikazarmark/locafero v0.11.0 // indirect
	github.com/sourcegraph/conc v0.3.1-0.20240121214520-5f936abd7ae8 // indirect
	github.com/spf13/afero v1.15.0 // indirect
	github.com/spf13/cast v1.10.0 // indirect
	github.com/subosito/gotenv v1.6.0 // indirect
	github.com/xeipuuv/gojsonpointer v0.0.0-20180127040702-4e3ac2762d5f // indirect
	github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect
	github.com/xeipuuv/gojsonschema v1.2.0 // indirect
	github.com/xo/terminfo v0.0.0-20220910002029-abceb7e1c41e // indirect
	golang.org/x/oauth2 v0.36.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
)
