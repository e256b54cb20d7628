package ci

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

// StateKey is the key under which the leases of an action's step reach its post
// step, as the variable STATE_autoken_leases. An action saves it as "[]" before
// it logs in: a later step can set the variable where the step itself did not.
const StateKey = "autoken_leases"

const stateFile = "GITHUB_STATE"

// githubRemember keeps each lease twice. The step's state cannot be changed by
// later steps, but only an action's own post step sees it; the files serve
// "autoken logout" in any step.
func githubRemember(job Job, leases []Lease) error {
	dir, err := leaseDir(job, true)
	if err != nil {
		return err
	}
	defer dir.Close()
	state := []savedLease{}
	for _, l := range leases {
		saved := save(l, githubRun(job))
		if saved.File, err = dir.keep(saved); err != nil {
			return err
		}
		state = append(state, saved)
	}
	text, err := json.Marshal(state) //nolint:gosec // G117: the state is where a lease is kept
	if err != nil {
		return fault.New(fault.Internal, "writing down leases: %w", err)
	}
	if err := writable(StateKey, secret.New(string(text))); err != nil {
		return err
	}
	return job.commandFile(stateFile).addWithin(heredoc(StateKey, string(text)), maxCommands)
}

func githubRecall(job Job) ([]Kept, error) {
	if text := job.Env("STATE_" + StateKey); text != "" && job.PostStep {
		return recallState(job, text)
	}
	dir, err := leaseDir(job, false)
	if err != nil || dir == nil {
		return nil, err
	}
	defer dir.Close()
	names, problem := dir.list()
	var kept []Kept
	for _, name := range names {
		saved, err := dir.read(name)
		if err != nil {
			problem = errors.Join(problem, fmt.Errorf("lease file %q: %w", name, err))
			continue
		}
		saved.File = name
		kept, problem = appendKept(kept, problem, job, saved)
	}
	return kept, problem
}

func recallState(job Job, text string) ([]Kept, error) {
	var state []savedLease
	if json.Unmarshal([]byte(text), &state) != nil {
		return nil, fmt.Errorf("the leases in this step's state: %w", errDamaged)
	}
	var kept []Kept
	var problem error
	for _, saved := range state {
		kept, problem = appendKept(kept, problem, job, saved)
	}
	return kept, problem
}

func appendKept(kept []Kept, problem error, job Job, saved savedLease) ([]Kept, error) {
	lease, err := saved.lease()
	if err == nil && !isLeaseFile(saved.File) {
		err = errDamaged
	}
	if err != nil {
		return kept, errors.Join(problem, fmt.Errorf("lease file %q: %w", saved.File, err))
	}
	now := githubRun(job)
	return append(kept, Kept{
		Lease:  lease,
		Run:    saved.Run,
		Stale:  saved.Run.ID != now.ID || saved.Run.Attempt != now.Attempt,
		Forget: func() error { return forget(job, saved.File) },
	}), problem
}
