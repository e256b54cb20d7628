package broker

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/policy"
	"github.com/autoken/autoken/internal/record"
)

func (w *world) hash() string { return w.rules.Load().policy.Hash }

// A policy that does not load leaves the last good one in force, and the operator
// is told once; a good one is adopted and recorded.
func TestReloadKeepsTheLastGoodPolicy(t *testing.T) {
	w := newWorld(t)
	first := w.hash()
	for name, text := range map[string]string{
		"no YAML":               "grants: [",
		"a finding":             policyText(t) + "surprise: 1\n",
		"an unknown connection": strings.Replace(policyText(t), "second: sandbox", "second: sandbox, third: sandbox", 1),
	} {
		w.setPolicy(text)
		for range 3 {
			if err := w.Reload(); err == nil || w.hash() != first {
				t.Errorf("%s: %v", name, err)
			}
		}
		status, body := w.ask(idToken(), "deploy")
		w.wants(http.StatusOK, status, body)
	}
	if n := strings.Count(w.logged.String(), "does not load"); n != 3 {
		t.Errorf("the operator was told %d times:\n%s", n, &w.logged)
	}
	w.setPolicy(strings.Replace(policyText(t), "id: deploy", "id: renamed", 1))
	if err := w.Reload(); err != nil || w.hash() == first {
		t.Errorf("a good policy is not adopted: %v", err)
	}
	if got := w.records.last(t, record.Policy); got.PolicyHash != w.hash() {
		t.Errorf("record %+v", got)
	}
	status, body := w.ask(idToken(), "deploy")
	w.wants(http.StatusForbidden, status, body)
}

// P22, P23: a broker does not start without a policy that loads, and one that
// grants nothing admits nobody.
func TestP22NoPolicyAdmitsNobody(t *testing.T) {
	w := newWorld(t)
	w.setPolicy("version: 1\n")
	if err := w.Reload(); err != nil {
		t.Fatal(err)
	}
	status, body := w.ask(idToken(), "deploy")
	w.wants(http.StatusUnauthorized, status, body)
	for _, text := range []string{"", "grants: []\n"} {
		w.setPolicy(text)
		if _, err := New(w.config); err == nil {
			t.Errorf("starts with %q", text)
		}
	}
	w.config.LoadPolicy = (&PolicyFiles{Path: filepath.Join(t.TempDir(), "gone"), Now: time.Now}).Load
	if _, err := New(w.config); fault.KindOf(err) != fault.Usage {
		t.Errorf("starts without a policy: %v", err)
	}
}

// T9: an issuer that a new policy leaves as it was keeps its keys, also while
// it does not answer.
func TestT9ReloadKeepsKeys(t *testing.T) {
	w := newWorld(t)
	status, body := w.ask(idToken(), "deploy")
	w.wants(http.StatusOK, status, body)
	w.down = true
	w.setPolicy(strings.Replace(policyText(t), "single_use: job", "single_use: token", 1))
	if err := w.Reload(); err != nil {
		t.Fatal(err)
	}
	status, body = w.ask(idToken(), "deploy")
	w.wants(http.StatusOK, status, body)
	status, body = w.ask(fixedToken(), "fixed")
	w.wants(http.StatusServiceUnavailable, status, body)
	w.setPolicy(strings.Replace(policyText(t), "  fixed: {kind: oidc", "  fixed: {max_token_age: 1h, kind: oidc", 1))
	if err := w.Reload(); err != nil || len(w.rules.Load().verifiers) != 2 {
		t.Fatal(err)
	}
}

// Where no issuer takes a token, the record has the reason of the one that it
// claims to be of.
func TestReasonOfTheTokensOwnIssuer(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct{ issuer, want string }{
		{issuerURL, "issued"}, {fixedURL, "publishes no key"}, {"https://else.example", "is not configured"},
	} {
		status, body := w.ask(idToken("iss", test.issuer, "iat", 1_700_000_000, "nbf", 1_700_000_000), "deploy")
		if got := w.records.last(t, record.Exchange).Reason; !strings.Contains(got, test.want) {
			t.Errorf("%s: %d %v, reason %q", test.issuer, status, body, got)
		}
	}
}

// Files that look as before are not read again, and every way of changing them
// is seen.
func TestPolicyFilesAreReadWhereTheyChanged(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	team := func(name string) string {
		return fmt.Sprintf("version: 1\nteam: %s\ngrants: []\n", name)
	}
	link := func(target string) {
		t.Helper()
		temporary := filepath.Join(dir, "tmp")
		if err := errors.Join(os.Symlink(target, temporary), os.Rename(temporary, filepath.Join(dir, "..data"))); err != nil {
			t.Fatal(err)
		}
	}
	const teams = "include: [teams/*.yaml]\n" +
		"teams: {a: {owner: a, may: {issuer: ci, repository_id: [\"1\"], connections: [sandbox], ttl: 5m}}, b: {owner: b, may: {issuer: ci, repository_id: [\"2\"], connections: [sandbox], ttl: 5m}}}\n"
	main := strings.Replace(policyText(t), "version: 1\n", "version: 1\n"+teams, 1)
	write("..1/autoken.policy.yaml", main)
	write("..2/autoken.policy.yaml", main+"# two\n")
	link("..1")
	if err := os.Symlink("..data/autoken.policy.yaml", filepath.Join(dir, policy.FileName)); err != nil {
		t.Fatal(err)
	}
	write("teams/a.yaml", team("a"))
	write("README", "")
	clock := time.Now()
	files := &PolicyFiles{Path: dir, Options: policy.Options{Dev: true}, Now: func() time.Time { return clock }}
	load := func() *policy.Policy {
		t.Helper()
		p, findings, err := files.Load()
		if err != nil || len(findings) > 0 {
			t.Fatalf("%v %v", findings, err)
		}
		return p
	}
	last := load()
	for _, step := range []struct {
		name   string
		change func()
		reread bool
	}{
		{"nothing", func() {}, false},
		{"a link that is swapped", func() { link("..2") }, true},
		{"nothing again", func() {}, false},
		{"a new file", func() { write("teams/b.yaml", team("b")) }, true},
		{"a file that has other content", func() { write("teams/b.yaml", team("b")+"# more\n") }, true},
		{"a file of the same size", func() {
			write("teams/b.yaml", team("b")+"# else\n")
			later := time.Now().Add(time.Second)
			if err := os.Chtimes(filepath.Join(dir, "teams", "b.yaml"), later, later); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"a file that is gone", func() { os.Remove(filepath.Join(dir, "teams", "b.yaml")) }, true},
		{"a file that nobody reads", func() { write("README", "x") }, false},
		{"a minute", func() { clock = clock.Add(rereadAfter) }, true},
	} {
		step.change()
		if got := load(); (got != last) != step.reread {
			t.Errorf("%s: read again %v, want %v", step.name, got != last, step.reread)
		} else {
			last = got
		}
	}
	write("teams/a.yaml", "grants: [\n")
	for range 2 {
		_, findings, err := files.Load()
		if err != nil || len(findings) != 1 || findings[0].Pos.File != filepath.Join(dir, "teams", "a.yaml") {
			t.Errorf("%v %v", findings, err)
		}
	}
	write("teams/a.yaml", team("a"))
	load()
}

func TestParseKillRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "k:1:1: the file is empty",
		"# nothing":                              "k:1:1: the file is empty",
		"[]":                                     "k:1:1: a kill file is a map",
		"version: 2":                             "k:1:10: this autoken knows version 1",
		"version: 1\ngrant: []":                  `k:2:1: a kill file has no list "grant"; known: grants, connections, issuers, repository_id, project_id, actor_id`,
		"grants: {id: a, reason: x}":             "k:1:9: grants must be a list of {id: …, reason: …}",
		"grants:":                                "k:1:8: grants must be a list of {id: …, reason: …}",
		"grants: [deploy]":                       "k:1:10: an entry needs an id and a reason",
		"grants: [{id: a}]":                      "k:1:10: an entry needs an id and a reason",
		"grants: [{id: '', reason: x}]":          "k:1:10: an entry needs an id and a reason",
		"grants: [{id: [a], reason: x}]":         "k:1:10: an entry needs an id and a reason",
		"repository_id: [{id: 0x10, reason: x}]": `k:1:17: repository_id: an id is a decimal number; "0x10" would switch nothing off`,
		"grants: [{ID: a, reason: x}]":           `k:1:10: an entry has no key "ID"; known: id, reason, until`,
		"grants: [{id: a, reason: x, until: }]":  "k:1:10: until must be a time like 2027-01-31T12:00:00Z",
		"grants:\n- {id: a, reason: x, until: 2027-01-31}": "k:2:3: until must be a time like 2027-01-31T12:00:00Z",
		"grants: []\ngrants: []":                           "k:2:1: the key \"grants\" stands here twice, first in line 1:1",
	} {
		_, err := ParseKill("k", []byte(text))
		if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// FuzzParseKill: no text makes it panic, every error has its place in the file,
// and what is accepted has an id and a reason in each entry.
func FuzzParseKill(f *testing.F) {
	f.Add([]byte(switchedOff))
	f.Add([]byte("version: 1\nactor_id:\n- {id: 1, reason: x, until: 2027-01-31T12:00:00Z}\n"))
	f.Add([]byte("grants: [a, [b], {id: c}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		kill, err := ParseKill("k", text)
		if err != nil {
			var line, column int
			if _, bad := fmt.Sscanf(err.Error(), "k:%d:%d: ", &line, &column); bad != nil || line < 1 || line > strings.Count(string(text), "\n")+1 || column < 1 {
				t.Errorf("%v is not in a file of %q", err, text)
			}
			return
		}
		for _, e := range kill.entries {
			if e.id == "" || e.reason == "" || e.list.id == nil {
				t.Errorf("entry %+v of %q", e, text)
			}
		}
	})
}
