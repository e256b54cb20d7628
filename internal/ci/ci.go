// Package ci knows the CI systems autoken runs in: how a job proves who it is,
// and how it passes a credential on to its later steps.
package ci

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

// Doer sends one HTTP request. It follows no redirects.
type Doer interface {
	Do(*http.Request) (*httpclient.Response, error)
}

// Job is the running job as this process sees it.
type Job struct {
	Env  func(string) string
	HTTP Doer
	Out  io.Writer // where the system reads its commands
	Now  func() time.Time

	// PostStep says that this is the post step of an action whose main step logged
	// in: the runner itself then set the state, else an earlier step can have.
	PostStep bool
}

// Run identifies a job's run to people and in records. What the system does not
// say is "".
type Run struct {
	Repository string `json:"repository,omitempty"` // "acme/payments"
	ID         string `json:"id,omitempty"`
	Attempt    string `json:"attempt,omitempty"`
}

// ExportTarget is where a job's variables are written.
type ExportTarget string

// The export targets.
const (
	ToEnv    ExportTarget = "env"    // the environment of the job's later steps
	ToOutput ExportTarget = "output" // the outputs of this step
)

// System is one CI system. A nil function stands for something that the system
// does not offer.
type System struct {
	Name     string
	Slug     string // the name in files: "github", "gitlab", …
	Sign     string // the variable that shows that a job runs here
	TokenVar string // the variable that holds the job's ID token; "" where the system has an endpoint

	// Fixed says that IDToken returns the same token each time, so that a broker
	// which takes a token once cannot be asked twice.
	Fixed bool
	// Instead is what a job has to do where Export is nil.
	Instead string

	Present func(Job) bool
	// IDToken asks for the job's ID token, once. Errors of kind Unavailable and
	// Throttled may pass; with a Fixed token the audience is what the job's file says.
	IDToken func(ctx context.Context, job Job, audience string) (secret.Value, error)
	Run     func(Job) Run

	// Mask hides exactly these texts in the job's log from now on. It comes before
	// any other output that could hold them, leases included.
	Mask func(Job, []secret.Value) error
	// Ready reports what would stop Remember and Export, before there is a secret.
	Ready func(Job, ExportTarget) error
	// Remember keeps the leases of one login until Recall finds them.
	Remember func(Job, []Lease) error
	// Recall returns this step's leases in an action's post step, and the whole
	// job's elsewhere. The error joins what could not be read; the leases beside it
	// are good.
	Recall func(Job) ([]Kept, error)
	// Export hands variables to later steps.
	Export func(Job, ExportTarget, []credential.Var) error
	// Blank sets variables to "" for later steps.
	Blank func(job Job, names []string) error

	// Annotate shows text on the run's page. Foreign text in it was quoted before.
	Annotate func(job Job, level Level, text string) error
	// Summarize adds markdown to the run's page.
	Summarize func(job Job, markdown string) error

	nameFor func(Job) string // where one contract serves several products
}

// Level is how loud an annotation is.
type Level string

// The levels of annotations.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Notice  Level = "notice"
)

// Systems is every system that autoken knows, in the order help texts show. The
// last stands for all others.
var Systems = []System{github, gitlab, bitbucket, circleCI, other}
