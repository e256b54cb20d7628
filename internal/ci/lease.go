package ci

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

// Lease is what gives a credential back, with all that is needed to reach the
// broker it came from: the environment of a later step is not trusted for that.
type Lease struct {
	Secret   secret.Value // what the broker takes back; with the lambda protocol, the credential itself
	Protocol string
	Broker   string // URL
	CAFile   string
	CertFile string
	KeyFile  string
	Proxy    string // URL; "" for none

	Grant           string
	Platform        string
	PlatformURL     string
	Project         string // with the lambda protocol
	DecisionID      string
	Variables       []string // that were exported
	Target          ExportTarget
	Expires         time.Time // zero where nobody said
	PlatformExpires time.Time
}

// Kept is a lease that Recall found.
type Kept struct {
	Lease
	Run    Run
	Stale  bool         // of an earlier run on this machine
	Forget func() error // removes what was kept; calling it again is no error
}

// leaseVersion is the version of savedLease.
const leaseVersion = 1

// savedLease is how a lease is written down.
type savedLease struct {
	Version         int          `json:"version"`
	File            string       `json:"file,omitempty"` // in the step's state: the name of the file beside it
	Lease           string       `json:"lease"`
	Protocol        string       `json:"protocol,omitempty"`
	Broker          string       `json:"broker"`
	CAFile          string       `json:"ca_file,omitempty"`
	CertFile        string       `json:"client_cert,omitempty"`
	KeyFile         string       `json:"client_key,omitempty"`
	Proxy           string       `json:"proxy,omitempty"`
	Grant           string       `json:"grant,omitempty"`
	Platform        string       `json:"platform,omitempty"`
	PlatformURL     string       `json:"platform_url,omitempty"`
	Project         string       `json:"project,omitempty"`
	DecisionID      string       `json:"decision_id,omitempty"`
	Variables       []string     `json:"variables,omitempty"`
	Target          ExportTarget `json:"target,omitempty"`
	Expires         time.Time    `json:"expires,omitzero"`
	PlatformExpires time.Time    `json:"platform_expires,omitzero"`
	Run             Run          `json:"run"`
}

func save(l Lease, run Run) savedLease {
	return savedLease{
		leaseVersion, "", l.Secret.Reveal(), l.Protocol, l.Broker, l.CAFile, l.CertFile, l.KeyFile, l.Proxy,
		l.Grant, l.Platform, l.PlatformURL, l.Project, l.DecisionID, l.Variables, l.Target, l.Expires, l.PlatformExpires, run,
	}
}

var errDamaged = errors.New("it is damaged, or of another version of autoken")

// lease checks what was saved: anyone in the job may have written there.
func (s savedLease) lease() (Lease, error) {
	if s.Version != leaseVersion || s.Lease == "" {
		return Lease{}, errDamaged
	}
	if _, err := httpclient.RequireHTTPS(s.Broker); err != nil {
		return Lease{}, errDamaged
	}
	s.Variables = slices.DeleteFunc(s.Variables, func(name string) bool { return CheckName(name) != nil })
	return Lease{
		secret.New(s.Lease), s.Protocol, s.Broker, s.CAFile, s.CertFile, s.KeyFile, s.Proxy,
		s.Grant, s.Platform, s.PlatformURL, s.Project, s.DecisionID, s.Variables, s.Target, s.Expires, s.PlatformExpires,
	}, nil
}

// UnmarshalJSON reads s without saying in an error what it read.
func (s *savedLease) UnmarshalJSON(text []byte) error {
	type plain savedLease
	if json.Unmarshal(text, (*plain)(s)) != nil {
		return errDamaged
	}
	return nil
}
