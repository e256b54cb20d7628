package ci

import (
	"context"

	"github.com/autoken/autoken/internal/secret"
)

// other is every place that autoken does not know, with a token that somebody
// put into a file or a variable.
var other = System{
	Name:     "no known CI system",
	Slug:     "other",
	TokenVar: ownVariable,
	Fixed:    true,
	Instead:  "outside a known CI system nothing passes a credential on; run the command that needs it with: autoken exec --grant ID -- COMMAND",
	IDToken: func(_ context.Context, job Job, _ string) (secret.Value, error) {
		return variableToken(job, "set it to the job's ID token, or pass --id-token-file FILE", ownVariable)
	},
	Run: func(Job) Run { return Run{} },
}
