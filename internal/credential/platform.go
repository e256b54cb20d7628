package credential

import (
	"slices"
	"strings"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

// Platform is the kind of thing a connection talks to, as far as jobs and
// policies need to know it. How a credential is issued is package platform's.
type Platform struct {
	Name       string
	Vars       []Variable // what a job gets, the token first
	Fields     []Field    // what a grant's "credential" may say beside connection and ttl
	DefaultTTL time.Duration
	MaxTTL     time.Duration // the longest ttl a grant may ask for
	FixedTTL   time.Duration // the platform knows only this life; 0 where it can be chosen
	NeedsSweep bool          // the platform cannot end a credential in time by itself
	DevOnly    bool          // for demonstration and development
}

// Variable is one environment variable that a credential fills.
type Variable struct {
	Name   string
	Secret bool
	Value  func(Credential) string
}

// FieldKind is the YAML shape of a credential's field.
type FieldKind string

// The shapes a field can have.
const (
	Text FieldKind = "text"
	List FieldKind = "list"
	Map  FieldKind = "map"
)

// Field is one thing that a grant says about the credential it gives.
type Field struct {
	Name     string
	Kind     FieldKind
	Required bool
	Template bool     // may name claims: "{repository_owner}_{repository_name}"
	Lower    bool     // the platform knows lower case alone; results are folded
	Prefix   bool     // a template needs a literal prefix: its result decides rights
	Values   []string // the known values, or a map's known keys; nil where any is possible
	Levels   []string // a map's known values, weakest first
	Governs  []string // those of a map's keys that, above the weakest level, decide what other jobs do or get
	Check    func(value string) error
}

// Platforms lists every platform, in the order that help texts show.
var Platforms = []Platform{sonarqube, artifactory, github, sandbox}

// LookupPlatform returns the platform called name.
func LookupPlatform(name string) (Platform, bool) {
	i := slices.IndexFunc(Platforms, func(p Platform) bool { return p.Name == name })
	if i < 0 {
		return Platform{}, false
	}
	return Platforms[i], true
}

// PlatformNames lists the names of all platforms.
func PlatformNames() []string {
	var names []string
	for _, p := range Platforms {
		names = append(names, p.Name)
	}
	return names
}

// Vars names the variables that hand c to the platform's tools. The broker does
// not choose them: a broker that could would set PATH. A platform that this
// version does not know is an error.
func (c Credential) Vars() ([]Var, error) {
	p, ok := LookupPlatform(c.Platform)
	if !ok {
		return nil, fault.New(fault.Internal, "the broker issued a credential for platform %q, which this version does not know (known: %s)",
			c.Platform, strings.Join(PlatformNames(), ", ")).WithHint("use a newer autoken")
	}
	return p.fill(c), nil
}

func (p Platform) fill(c Credential) []Var {
	var vars []Var
	for _, v := range p.Vars {
		if text := v.Value(c); text != "" {
			vars = append(vars, newVar(v, text))
		}
	}
	return vars
}
