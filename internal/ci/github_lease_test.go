package ci_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

func lease(text string) ci.Lease {
	return ci.Lease{
		Secret: secret.New("lease-" + text), Protocol: "token-exchange", Broker: "https://autoken.acme.example/x", CAFile: "/ca.pem", CertFile: "/c.pem",
		KeyFile: "/k.pem", Proxy: "http://proxy:3128", Grant: "payments/" + text, Platform: "sonarqube", PlatformURL: "https://sonar.acme.example",
		DecisionID: "d7k2m9x4q7t1", Variables: []string{"SONAR_TOKEN", "SONAR_HOST_URL"}, Target: ci.ToEnv,
		Expires: time.Date(2026, 11, 23, 14, 47, 0, 0, time.UTC), PlatformExpires: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC),
	}
}

func (s *step) remember(t *testing.T, leases ...ci.Lease) {
	t.Helper()
	if err := s.system(t).Remember(s.job(), leases); err != nil {
		t.Fatal(err)
	}
}

// grants returns the grants of what Recall finds, sorted.
func (s *step) grants(t *testing.T) []string {
	t.Helper()
	kept, err := s.system(t).Recall(s.job())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, k := range kept {
		names[k.Grant] = true
	}
	var sorted []string
	for _, name := range []string{"payments/a", "payments/b", "payments/c"} {
		if names[name] {
			sorted = append(sorted, name)
		}
	}
	if len(sorted) != len(kept) {
		t.Errorf("%d leases of grants %v", len(kept), sorted)
	}
	return sorted
}

// enterPost gives the step the variables that the runner makes of its state.
func (s *step) enterPost(t *testing.T) {
	t.Helper()
	for _, p := range s.pairs(t, "GITHUB_STATE") {
		s.env["STATE_"+p.Name] = p.Value
	}
}

func (s *step) leaseFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "autoken-leases", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestLeasesComeBackWhole(t *testing.T) {
	for _, post := range []bool{false, true} {
		s := newStep(t)
		s.remember(t, lease("a"))
		if post {
			s.enterPost(t)
		}
		kept, err := s.system(t).Recall(s.job())
		if err != nil || len(kept) != 1 {
			t.Fatalf("post %v: %d leases, %v", post, len(kept), err)
		}
		if got := kept[0].Secret.Reveal(); got != "lease-a" {
			t.Errorf("post %v: lease %q", post, got)
		}
		got := kept[0].Lease
		got.Secret = lease("a").Secret
		if diff := cmp.Diff(lease("a"), got, cmp.Comparer(secret.Value.Equal)); diff != "" {
			t.Errorf("post %v: %s", post, diff)
		}
		if diff := cmp.Diff(ci.Run{Repository: "acme/payments", ID: "8812", Attempt: "1"}, kept[0].Run); diff != "" || kept[0].Stale {
			t.Errorf("post %v: stale %v, %s", post, kept[0].Stale, diff)
		}
		if err := errors.Join(kept[0].Forget(), kept[0].Forget()); err != nil || len(s.leaseFiles(t)) > 0 {
			t.Errorf("post %v: %v, left %v", post, err, s.leaseFiles(t))
		}
	}
}

func TestNothingToRecall(t *testing.T) {
	s := newStep(t)
	if got := s.grants(t); len(got) > 0 || len(s.leaseFiles(t)) > 0 {
		t.Errorf("%v", got)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "autoken-leases")); err == nil {
		t.Error("looking made the directory")
	}
	s.remember(t, lease("a"))
	s.set("STATE_autoken_leases=[]") // an action whose login did not come that far
	if got := s.grants(t); len(got) > 0 {
		t.Errorf("another step's leases: %v", got)
	}
	s = newStep(t, "RUNNER_TEMP=")
	_, err := s.system(t).Recall(s.job())
	wantFault(t, err, fault.Usage, "RUNNER_TEMP")
	wantFault(t, s.system(t).Ready(s.job(), ci.ToEnv), fault.Usage, "RUNNER_TEMP")
}

// C10: two logins in one job keep their leases apart; each post step gives back
// its own, and "logout" all.
func TestC10SeveralLoginsInOneJob(t *testing.T) {
	first := newStep(t)
	second := newStep(t)
	second.dir, second.env["RUNNER_TEMP"] = first.dir, first.dir
	first.remember(t, lease("a"), lease("b"))
	second.remember(t, lease("c"))

	if diff := cmp.Diff([]string{"payments/a", "payments/b", "payments/c"}, first.grants(t)); diff != "" {
		t.Error("logout: " + diff)
	}
	first.enterPost(t)
	second.enterPost(t)
	if diff := cmp.Diff([]string{"payments/c"}, second.grants(t)); diff != "" {
		t.Error("post of the second: " + diff)
	}
	kept, err := second.system(t).Recall(second.job())
	if err != nil || kept[0].Forget() != nil || len(first.leaseFiles(t)) != 2 {
		t.Errorf("%v, files %v", err, first.leaseFiles(t))
	}
	if diff := cmp.Diff([]string{"payments/a", "payments/b"}, first.grants(t)); diff != "" {
		t.Error("post of the first: " + diff)
	}
}

func TestC10LoginsAtTheSameTime(t *testing.T) {
	s := newStep(t)
	system, job := s.system(t), s.job()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := system.Remember(job, []ci.Lease{lease("a")}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if kept, err := system.Recall(job); err != nil || len(kept) != 20 {
		t.Errorf("%d leases, %v", len(kept), err)
	}
}

// C25: runners that share a host have directories of their own, and what an
// earlier run left is marked.
func TestC25OtherJobsOfTheHost(t *testing.T) {
	one, other := newStep(t), newStep(t)
	one.remember(t, lease("a"))
	if got := other.grants(t); len(got) > 0 {
		t.Errorf("%v", got)
	}
	for _, env := range []string{"GITHUB_RUN_ID=8813", "GITHUB_RUN_ATTEMPT=2"} {
		s := newStep(t, env)
		s.env["RUNNER_TEMP"] = one.dir
		kept, err := s.system(t).Recall(s.job())
		if err != nil || len(kept) != 1 || !kept[0].Stale {
			t.Errorf("%s: %v, %v", env, kept, err)
		}
	}
}

// What came through the state was written by a step, not by us alone.
func TestStateIsChecked(t *testing.T) {
	s := newStep(t)
	s.remember(t, lease("a"))
	s.enterPost(t)
	good := s.env["STATE_autoken_leases"]
	for _, bad := range []string{
		"SECRET", "{}", `[{"version":1,"lease":"SECRET"}]`, `[7]`,
		strings.Replace(good, "https://autoken", "http://autoken", 1),
		strings.Replace(good, `"file":"lease-`, `"file":"../lease-`, 1),
		strings.Replace(good, `"version":1`, `"version":2`, 1),
	} {
		s.env["STATE_autoken_leases"] = bad
		kept, err := s.system(t).Recall(s.job())
		if len(kept) > 0 || err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %d leases, %v", bad, len(kept), err)
		}
	}
}

// The runner prints the state when debugging is on, and environments always.
func TestLeasesAreMaskedInTheState(t *testing.T) {
	s := newStep(t)
	if err := s.system(t).Mask(s.job(), secret.Forms(secrets("lease-a")...)); err != nil {
		t.Fatal(err)
	}
	s.remember(t, lease("a"))
	var runner fake.Runner
	runner.Write(s.out.String())
	runner.Env(s.pairs(t, "GITHUB_STATE"))
	if log := runner.Log(); len(log) == 0 || runner.Shows("lease-a") {
		t.Errorf("%q", log)
	}
}

// S17: in a run: step the state is a variable like any other, which an earlier
// step can set. It must neither hide the job's leases nor add to them.
func TestS17StateOfARunStepIsNotBelieved(t *testing.T) {
	for _, forged := range []string{"[]", "nonsense", `[{"version":1,"lease":"x","broker":"https://evil.example"}]`} {
		s := newStep(t)
		s.remember(t, lease("payments/a"))
		s.env["STATE_autoken_leases"] = forged
		job := s.job()
		job.PostStep = false
		kept, err := s.system(t).Recall(job)
		if err != nil || len(kept) != 1 || kept[0].Broker != lease("payments/a").Broker {
			t.Errorf("%s: %d leases, %v", forged, len(kept), err)
		}
	}
}

// S17: a lease file can be written by other steps of the job. What logout blanks
// must not break the steps after it.
func TestS17NamesToBlankAreChecked(t *testing.T) {
	s := newStep(t)
	l := lease("payments/a")
	l.Variables = []string{"PATH", "SONAR_TOKEN", "LD_PRELOAD", "A=B"}
	s.remember(t, l)
	kept, err := s.system(t).Recall(s.job())
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	if diff := cmp.Diff([]string{"SONAR_TOKEN"}, kept[0].Variables); diff != "" {
		t.Error(diff)
	}
}
