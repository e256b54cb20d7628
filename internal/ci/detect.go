package ci

import (
	"fmt"
	"strings"

	"github.com/autoken/autoken/internal/fault"
)

// ownVariable holds an ID token that the job's author put there.
const ownVariable = "AUTOKEN_ID_TOKEN"

// Choice says where the ID token comes from, if not from the system.
type Choice struct {
	IDTokenFile string
	IDTokenEnv  string // name of a variable
	FromEnv     bool   // the choice came from the environment, which an earlier step may have written
}

func (c Choice) made() bool { return c.IDTokenFile+c.IDTokenEnv != "" }

func (c Choice) String() string {
	if c.IDTokenFile != "" {
		return "an ID token file"
	}
	return "the variable " + c.IDTokenEnv
}

// Detect returns the system that the job runs in. An explicit choice wins over
// AUTOKEN_ID_TOKEN, and that over the system's own way; it changes where the ID
// token comes from, not which system masks and exports. A system that is there
// and cannot be used is not passed over: its IDToken says why.
func Detect(job Job, choice Choice) (System, error) {
	system, err := around(job)
	if err != nil {
		return System{}, err
	}
	if err := choice.check(job, system); err != nil {
		return System{}, err
	}
	switch {
	case choice.IDTokenFile != "":
		return system.withFile(choice.IDTokenFile), nil
	case choice.IDTokenEnv != "":
		return system.withVariable(choice.IDTokenEnv), nil
	case system.Sign == "" && job.Env(ownVariable) == "":
		return System{}, nowhere()
	}
	return system, nil
}

// around returns the one system whose sign is set, other where there is none.
func around(job Job) (System, error) {
	var found []System
	for _, s := range Systems {
		if s.Present != nil && s.Present(job) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 0:
		return other, nil
	case 1:
		return found[0].named(job), nil
	}
	var signs []string
	for _, s := range found {
		signs = append(signs, fmt.Sprintf("%s (%s)", s.named(job).Name, s.Sign))
	}
	return System{}, fault.New(fault.Ambiguous, "this job looks like several CI systems at once: %s", strings.Join(signs, ", ")).
		WithHint("unset the variable in brackets that does not belong here; an earlier step may have set it")
}

func (s System) named(job Job) System {
	if s.nameFor != nil {
		s.Name = s.nameFor(job)
	}
	return s
}

// check refuses token sources that a mere write to the environment could have
// chosen over the system's own endpoint: the job would log in as someone else.
func (c Choice) check(job Job, system System) error {
	if c.IDTokenFile != "" && c.IDTokenEnv != "" {
		return fault.New(fault.Usage, "the ID token is to come from a file and from a variable").
			WithHint("pass --id-token-file or --id-token-env, not both")
	}
	if system.Sign == "" || system.TokenVar != "" {
		return nil
	}
	if c.made() && c.FromEnv {
		return fault.New(fault.Ambiguous, "the environment names %s, and %s gives ID tokens itself (%s)", c, system.Name, system.Sign).
			WithHint("name the source on the command line, or unset the AUTOKEN_ variable that names it")
	}
	if !c.made() && job.Env(ownVariable) != "" {
		return fault.New(fault.Ambiguous, "%s is set, and %s gives ID tokens itself (%s)", ownVariable, system.Name, system.Sign).
			WithHint("unset %s, or pass --id-token-env %s if it is meant", ownVariable, ownVariable)
	}
	return nil
}

func nowhere() error {
	var known []string
	for _, s := range Systems {
		if s.Sign != "" {
			known = append(known, s.Name)
		}
	}
	return fault.New(fault.NoIdentity, "this is no job of a CI system that autoken knows, and no ID token was given").
		WithHint("autoken knows %s; elsewhere pass --id-token-file FILE, or set %s", strings.Join(known, ", "), ownVariable)
}
