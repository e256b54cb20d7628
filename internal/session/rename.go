package session

import (
	"errors"
	"slices"
	"strings"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
)

// rename is one --rename: OLD=NEW for every grant, or GRANT:OLD=NEW.
type rename struct{ grant, from, to string }

// Renames are the names that a job chose for its variables.
type Renames []rename

// ParseRenames reads --rename arguments. valid refuses names that a job must not
// write.
func ParseRenames(args []string, valid func(name string) error) (Renames, error) {
	var all Renames
	for _, arg := range args {
		r, err := parseRename(arg)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(known(r), valid(r.to)); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(o rename) bool { return o.grant == r.grant && o.from == r.from }) {
			return nil, fault.New(fault.Usage, "--rename names %s twice", r.from)
		}
		all = append(all, r)
	}
	return all, nil
}

// known refuses the name of a variable that no platform fills.
func known(r rename) error {
	var names []string
	for _, p := range credential.Platforms {
		for _, v := range p.Vars {
			if v.Name == r.from {
				return nil
			}
			names = append(names, v.Name)
		}
	}
	return fault.New(fault.Usage, "--rename: no credential comes with a variable %s", r.from).
		WithHint("there are: %s", strings.Join(names, ", "))
}

func parseRename(arg string) (rename, error) {
	left, to, ok := strings.Cut(arg, "=")
	var r rename
	r.from, r.to = left, to
	if grant, from, scoped := strings.Cut(left, ":"); scoped {
		r.grant, r.from = grant, from
	}
	if !ok || r.from == "" || to == "" {
		return rename{}, fault.New(fault.Usage, "--rename is %q", arg).
			WithHint("write OLD=NEW, for example --rename SONAR_TOKEN=MY_TOKEN")
	}
	return r, nil
}

// name returns what the variable from of grant is called.
func (all Renames) name(grant, from string) string {
	name := from
	for _, r := range all {
		if r.from == from && (r.grant == "" || r.grant == grant) {
			name = r.to
			if r.grant != "" {
				return name
			}
		}
	}
	return name
}

// Bound is one credential with the variables that carry it.
type Bound struct {
	credential.Credential
	Vars []credential.Var
}

// bind gives each credential its variables. Two that would write one variable
// are an error that says which --rename to add.
func (all Renames) bind(credentials []credential.Credential) ([]Bound, error) {
	owner := map[string]credential.Credential{}
	used := map[string]bool{} // the names that there were to rename
	var bound []Bound
	for _, c := range credentials {
		vars, err := c.Vars()
		if err != nil {
			return nil, err
		}
		for i := range vars {
			old := vars[i].Name
			vars[i].Name = all.name(c.Grant, old)
			used[old] = true
			used[c.Grant+":"+old] = true
			if first, taken := owner[vars[i].Name]; taken {
				return nil, collision(vars[i].Name, old, first, c)
			}
			owner[vars[i].Name] = c
		}
		bound = append(bound, Bound{c, vars})
	}
	for _, r := range all {
		if !used[r.String()] {
			return nil, fault.New(fault.Usage, "--rename %s=%s: what was granted has no variable %s", r, r.to, r.from)
		}
	}
	return bound, nil
}

func (r rename) String() string {
	if r.grant == "" {
		return r.from
	}
	return r.grant + ":" + r.from
}

func collision(name, old string, first, second credential.Credential) error {
	return fault.New(fault.Usage, "%s and %s would both write %s", first.Grant, second.Grant, name).
		WithHint("add: --rename %s:%s=%s_2", second.Grant, old, old)
}

// Names lists the variables of b as people read them.
func (b Bound) Names() string {
	var names []string
	for _, v := range b.Vars {
		names = append(names, v.Name)
	}
	return strings.Join(names, ", ")
}
