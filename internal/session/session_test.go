package session_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/ci"
	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/exchange"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
	"github.com/autoken/autoken/internal/session"
)

// world is a CI system and a broker whose every move a test chooses and sees.
type world struct {
	mu     sync.Mutex
	events []string // in the order in which things happened
	masks  bytes.Buffer

	tokens  int
	answers []func(exchange.Request) (exchange.Answer, error) // one a try; the last again and again
	stuck   bool                                              // nothing can be revoked
	busy    int                                               // how often revoking fails before it works
	fail    string                                            // the event that fails
	at      map[string]func()                                 // what happens beside an event

	now    time.Time
	pauses []time.Duration
}

func (w *world) event(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, name)
	if do := w.at[name]; do != nil {
		do()
	}
	if w.fail == name {
		return fault.New(fault.Internal, "%s failed", name)
	}
	return nil
}

func (w *world) Exchange(_ context.Context, r exchange.Request) (exchange.Answer, error) {
	if err := w.event("exchange " + r.IDToken.Reveal()); err != nil {
		return exchange.Answer{}, err
	}
	answer := w.answers[0]
	if len(w.answers) > 1 {
		w.answers = w.answers[1:]
	}
	got, err := answer(r)
	if do := w.at["answered"]; do != nil {
		do()
	}
	return got, err
}

func (w *world) Revoke(ctx context.Context, lease secret.Value) (credential.Outcome, error) {
	if ctx.Err() != nil {
		return credential.Unknown, ctx.Err()
	}
	if err := w.event("revoke " + lease.Reveal()); err != nil {
		return credential.Unknown, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
	switch {
	case w.stuck:
		return credential.Unknown, errors.New("the platform is down")
	case w.busy >= 0:
		return credential.Unknown, fault.New(fault.Unavailable, "the platform is busy")
	}
	return credential.Revoked, nil
}

func (w *world) system() ci.System {
	return ci.System{
		Name: "Test CI",
		IDToken: func(context.Context, ci.Job, string) (secret.Value, error) {
			w.tokens++
			return secret.New("idtoken" + string(rune('0'+w.tokens))), w.event("id token")
		},
		Run: func(ci.Job) ci.Run { return ci.Run{} },
		Mask: func(_ ci.Job, texts []secret.Value) error {
			for _, t := range texts {
				w.masks.WriteString(t.Reveal() + "\n")
			}
			return w.event("mask")
		},
		Ready:    func(ci.Job, ci.ExportTarget) error { return w.event("ready") },
		Remember: func(_ ci.Job, leases []ci.Lease) error { return w.event("remember " + leases[0].Secret.Reveal()) },
		Export:   func(ci.Job, ci.ExportTarget, []credential.Var) error { return w.event("export") },
	}
}

func (w *world) session(grants ...string) *session.Session {
	w.now = time.Now() // from then on it moves by pauses alone
	return &session.Session{
		System: w.system(), Broker: w, Audience: "https://broker.example", Grants: grants,
		Patience: session.Patience{
			Now: func() time.Time { return w.now },
			Pause: func(ctx context.Context, wait time.Duration) error {
				w.pauses, w.now = append(w.pauses, wait), w.now.Add(wait)
				return context.Cause(ctx)
			},
		},
	}
}

func issue(r exchange.Request) (exchange.Answer, error) {
	var answer exchange.Answer
	for _, grant := range r.Grants {
		answer.Credentials = append(answer.Credentials, credential.Credential{
			Grant: grant, Platform: "sonarqube", Token: secret.New("squ_" + grant), Lease: secret.New("lease-" + grant), URL: "https://sonar.example",
		})
	}
	return answer, nil
}

func refuse(kind fault.Kind) func(exchange.Request) (exchange.Answer, error) {
	return func(exchange.Request) (exchange.Answer, error) {
		return exchange.Answer{}, &exchange.Refusal{Kind: kind}
	}
}

func TestLoginMasksThenRemembersThenExports(t *testing.T) {
	w := &world{answers: answers(issue)}
	held, err := w.session("a").Login(t.Context(), ci.ToEnv)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ready", "id token", "mask", "exchange idtoken1", "mask", "remember lease-a", "export"}
	if diff := cmp.Diff(want, w.events); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	for _, text := range []string{"idtoken1\n", "squ_a\n", "lease-a\n"} {
		if !strings.Contains(w.masks.String(), text) {
			t.Errorf("%q was not masked", text)
		}
	}
	if got := held.Bound[0].Names(); got != "SONAR_TOKEN, SONAR_HOST_URL" {
		t.Errorf("variables %s", got)
	}
}

func answers(all ...func(exchange.Request) (exchange.Answer, error)) []func(exchange.Request) (exchange.Answer, error) {
	return all
}

// S16: whatever fails or is interrupted between issue and store is revoked.
func TestS16WhatWasNotHandedOverIsRevoked(t *testing.T) {
	for _, fail := range []string{"remember lease-a", "export"} {
		w := &world{answers: answers(issue), fail: fail}
		_, err := w.session("a").Login(t.Context(), ci.ToEnv)
		if err == nil || !strings.Contains(err.Error(), fail+" failed") || strings.Contains(err.Error(), "could not be revoked") {
			t.Errorf("%s: %v", fail, err)
		}
		if last := w.events[len(w.events)-1]; last != "revoke lease-a" {
			t.Errorf("%s: the last thing that happened is %q", fail, last)
		}
	}
}

func TestS16InterruptedLoginRevokes(t *testing.T) {
	for _, when := range []string{"answered", "remember lease-a"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		stopped := errors.New("interrupted")
		w := &world{answers: answers(issue), at: map[string]func(){when: func() { cancel(stopped) }}}
		_, err := w.session("a").Login(ctx, ci.ToEnv)
		if !errors.Is(err, stopped) {
			t.Errorf("at %s: %v", when, err)
		}
		if !slices.Contains(w.events, "revoke lease-a") || slices.Contains(w.events, "export") {
			t.Errorf("at %s: %q", when, w.events)
		}
	}
}

func TestS30UndoKeepsTheLeaseOfWhatItCannotRevoke(t *testing.T) {
	w := &world{answers: answers(issue), fail: "export", stuck: true}
	_, err := w.session("a").Login(t.Context(), ci.ToEnv)
	if err == nil || !strings.Contains(err.Error(), "1 of 1 credentials issued could not be revoked, its lease is kept: autoken logout") {
		t.Errorf("%v", err)
	}
	if got := w.events[len(w.events)-1]; got != "remember lease-a" {
		t.Errorf("the last thing that happened is %q", got)
	}
}

// S15: a broker takes an ID token once, so every try has a new one.
func TestS15EveryTryHasItsOwnIDToken(t *testing.T) {
	w := &world{answers: answers(refuse(fault.Unavailable), refuse(fault.Internal), issue)}
	held, err := w.session("a").Acquire(t.Context())
	if err != nil || held.Tries != 3 {
		t.Fatalf("%d tries, %v", held.Tries, err)
	}
	want := []string{"id token", "mask", "exchange idtoken1", "id token", "mask", "exchange idtoken2", "id token", "mask", "exchange idtoken3"}
	if diff := cmp.Diff(want, w.events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// C13: what will not change is asked once.
func TestC13FinalRefusalsAreNotTriedAgain(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Denied, fault.Untrusted, fault.Usage} {
		w := &world{answers: answers(refuse(kind))}
		_, err := w.session("a").Acquire(t.Context())
		if err == nil || fault.KindOf(err) != kind || w.tokens != 1 {
			t.Errorf("%s: %d tries, %v", kind, w.tokens, err)
		}
	}
}

func TestC13WaitsGrowAndEndAtTheDeadline(t *testing.T) {
	w := &world{answers: answers(refuse(fault.Unavailable))}
	s := w.session("a")
	ctx, cancel := context.WithDeadline(t.Context(), w.now.Add(60*time.Second))
	defer cancel()
	_, err := s.Acquire(ctx)
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), " times in ") {
		t.Errorf("%v", err)
	}
	total := time.Duration(0)
	for i, p := range w.pauses {
		total += p
		if ceiling := min(8*time.Second, 500*time.Millisecond<<i) + time.Millisecond; p <= 0 || p > ceiling {
			t.Errorf("pause %d is %s, more than %s", i, p, ceiling)
		}
	}
	if total > 60*time.Second || len(w.pauses) < 6 {
		t.Errorf("%d pauses, %s in all", len(w.pauses), total)
	}
}

func TestRetryAfterBeyondTheDeadlineEndsAtOnce(t *testing.T) {
	w := &world{answers: answers(func(exchange.Request) (exchange.Answer, error) {
		return exchange.Answer{}, &exchange.Refusal{Kind: fault.Throttled, RetryAfter: time.Hour}
	})}
	s := w.session("a")
	ctx, cancel := context.WithDeadline(t.Context(), w.now.Add(60*time.Second))
	defer cancel()
	_, err := s.Acquire(ctx)
	if fault.KindOf(err) != fault.Throttled || w.tokens != 1 || len(w.pauses) != 0 {
		t.Errorf("%d tries, pauses %v, %v", w.tokens, w.pauses, err)
	}
}

// S18: a broker for development protects nothing; away from this machine it is
// refused, and what it issued given back.
func TestS18DevelopmentBrokerIsRefusedElsewhere(t *testing.T) {
	dev := func(r exchange.Request) (exchange.Answer, error) {
		answer, err := issue(r)
		answer.Dev = true
		return answer, err
	}
	w := &world{answers: answers(dev)}
	if _, err := w.session("a").Acquire(t.Context()); err == nil || !slices.Contains(w.events, "revoke lease-a") {
		t.Errorf("%v, %q", err, w.events)
	}
	w = &world{answers: answers(dev)}
	s := w.session("a")
	s.Loopback = true
	if _, err := s.Acquire(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTwoGrantsForOneVariable(t *testing.T) {
	w := &world{answers: answers(issue)}
	_, err := w.session("a", "b").Acquire(t.Context())
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "a and b would both write SONAR_TOKEN") ||
		fault.HintOf(err) != "add: --rename b:SONAR_TOKEN=SONAR_TOKEN_2" {
		t.Errorf("%v; %s", err, fault.HintOf(err))
	}
	if !slices.Contains(w.events, "revoke lease-a") || !slices.Contains(w.events, "revoke lease-b") {
		t.Errorf("%q", w.events)
	}

	w = &world{answers: answers(issue)}
	s := w.session("a", "b")
	s.Renames, err = session.ParseRenames([]string{"b:SONAR_TOKEN=OTHER", "b:SONAR_HOST_URL=OTHER_URL"}, ci.CheckName)
	if err != nil {
		t.Fatal(err)
	}
	held, err := s.Acquire(t.Context())
	if err != nil || held.Bound[1].Names() != "OTHER, OTHER_URL" || held.Bound[0].Names() != "SONAR_TOKEN, SONAR_HOST_URL" {
		t.Errorf("%+v, %v", held, err)
	}
}

// An answer that cannot be used, for which credentials were issued all the same.
func TestUndeliveredLeasesAreGivenBack(t *testing.T) {
	w := &world{answers: answers(func(exchange.Request) (exchange.Answer, error) {
		return exchange.Answer{}, &exchange.Undelivered{Leases: []secret.Value{secret.New("lease-x")}, Err: fault.New(fault.Internal, "half an answer")}
	})}
	_, err := w.session("a").Acquire(t.Context())
	if err == nil || !slices.Contains(w.events, "revoke lease-x") {
		t.Errorf("%v, %q", err, w.events)
	}
}

func TestC20TooShortACredentialIsRefused(t *testing.T) {
	w := &world{answers: answers(func(r exchange.Request) (exchange.Answer, error) {
		answer, err := issue(r)
		answer.Credentials[0].Token = secret.New("abc")
		return answer, err
	})}
	_, err := w.session("a").Login(t.Context(), ci.ToEnv)
	if err == nil || !slices.Contains(w.events, "revoke lease-a") || slices.Contains(w.events, "export") {
		t.Errorf("%v, %q", err, w.events)
	}
}

func TestDryRunStoresNothing(t *testing.T) {
	w := &world{answers: answers(func(r exchange.Request) (exchange.Answer, error) {
		if !r.DryRun {
			t.Error("not a dry run")
		}
		return exchange.Answer{Decisions: []exchange.Decision{{Grant: "a", Allowed: true}}}, nil
	})}
	s := w.session("a")
	s.DryRun = true
	held, err := s.Login(t.Context(), ci.ToEnv)
	if err != nil || len(held.Decisions) != 1 {
		t.Fatalf("%+v, %v", held, err)
	}
	if diff := cmp.Diff([]string{"id token", "mask", "exchange idtoken1"}, w.events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseRenames(t *testing.T) {
	for _, bad := range []string{"", "A", "=B", "A=", "g:=B", "A=PATH", "A=NODE_OPTIONS", "A=1X"} {
		if _, err := session.ParseRenames([]string{bad}, ci.CheckName); err == nil || fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := session.ParseRenames([]string{"A=B", "A=C"}, ci.CheckName); err == nil {
		t.Error("one name twice was accepted")
	}
}

// S7: exec writes no lease down, also where it cannot revoke: with the lambda
// protocol the lease is the credential.
func TestS7ExecStoresNothing(t *testing.T) {
	w := &world{answers: answers(issue), stuck: true}
	_, err := w.session("a", "b").Exec(t.Context(), session.Child{Argv: []string{"true"}}) // two for one variable
	if err == nil || !strings.Contains(err.Error(), "2 of 2 credentials issued could not be revoked") || slices.ContainsFunc(w.events, func(e string) bool { return strings.HasPrefix(e, "remember") }) {
		t.Errorf("%v, %q", err, w.events)
	}
}

// C11: one bad answer is no reason to leave a credential alive.
func TestC11RevokingIsTriedAgain(t *testing.T) {
	w := &world{answers: answers(issue), fail: "export", busy: 2}
	if _, err := w.session("a").Login(t.Context(), ci.ToEnv); err == nil || strings.Contains(err.Error(), "could not be revoked") {
		t.Error(err)
	}
	if n := strings.Count(strings.Join(w.events, "\n"), "revoke lease-a"); n != 3 {
		t.Errorf("%d tries, %q", n, w.events)
	}
}

// C17: what a broker repeats is not shown, also where no runner masks.
func TestC17SecretsThatABrokerRepeatsAreConcealed(t *testing.T) {
	w := &world{answers: answers(issue)}
	s := w.session("a")
	if _, err := s.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.Conceal("owner idtoken1, squ_a and lease-a!"); got != "owner ***, *** and ***!" {
		t.Error(got)
	}
}

// One lease that hangs, and one that an earlier run left, keep nobody waiting.
func TestC12LogoutGivesBackSideBySide(t *testing.T) {
	kept := func(grant string, stale bool) ci.Kept {
		return ci.Kept{Lease: ci.Lease{Grant: grant, Secret: secret.New(grant)}, Stale: stale, Forget: func() error { return nil }}
	}
	system := ci.System{Recall: func(ci.Job) ([]ci.Kept, error) {
		return []ci.Kept{kept("stale", true), kept("slow", false), kept("quick", false)}, nil
	}}
	quick := make(chan struct{})
	brokerOf := func(l ci.Lease) (session.Broker, error) {
		return revoker(func(ctx context.Context) error {
			if l.Grant == "quick" {
				close(quick)
				return nil
			}
			<-quick // without it done they would wait for ever
			return ctx.Err()
		}), nil
	}
	all, err := session.Logout(t.Context(), ci.Job{}, system, brokerOf)
	if err != nil || len(all) != 3 || all[0].Grant != "slow" || all[2].Grant != "stale" {
		t.Errorf("%+v, %v", all, err)
	}
	for _, r := range all {
		if r.Outcome != credential.Revoked {
			t.Errorf("%s: %s, %v", r.Grant, r.Outcome, r.Err)
		}
	}
}

type revoker func(context.Context) error

func (r revoker) Exchange(context.Context, exchange.Request) (exchange.Answer, error) {
	return exchange.Answer{}, errors.New("not asked")
}

func (r revoker) Revoke(ctx context.Context, _ secret.Value) (credential.Outcome, error) {
	return credential.Revoked, r(ctx)
}
