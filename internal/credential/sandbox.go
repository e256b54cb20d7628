package credential

import "time"

// sandbox is a platform for demonstration and development that comes with
// autoken. A broker connects to it only with --dev.
var sandbox = Platform{
	Name: "sandbox",
	Vars: []Variable{
		{"SANDBOX_TOKEN", true, token},
	},
	DefaultTTL: 15 * time.Minute,
	MaxTTL:     24 * time.Hour,
	DevOnly:    true,
}
