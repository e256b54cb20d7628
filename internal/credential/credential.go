// Package credential describes what a job receives from the broker, and what
// each platform needs to be told to issue one.
package credential

import (
	"time"

	"github.com/autoken/autoken/internal/secret"
)

// Credential gives access to one platform until it expires or is revoked.
type Credential struct {
	Grant           string // the grant it was issued for; "" with the lambda protocol
	Platform        string
	Token           secret.Value
	Username        string    // "" where the platform needs none
	URL             string    // of the platform; "" where the broker did not say
	Registry        string    // host of a container registry; "" where there is none
	Expires         time.Time // when the broker will have revoked it; zero where nobody said
	PlatformExpires time.Time // when it dies by itself; zero where nobody said
	Lease           secret.Value
	DecisionID      string
	Warning         string // foreign text to show the job's author; "" where there is none
}

// Var is one environment variable for the job.
type Var struct {
	Name  string
	Value secret.Value
	Plain bool // not a secret: never masked
}
