package config_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/autoken/autoken/internal/check"
	"github.com/autoken/autoken/internal/config"
)

func TestLoadBroker(t *testing.T) {
	text, err := os.ReadFile("testdata/broker/good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, findings := config.LoadBroker("/etc/autoken/broker.yaml", text)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	want := config.Broker{
		Instance: "acme-prod", PublicURL: "https://autoken.acme.example", Policy: "/etc/autoken/policy", Kill: "/etc/autoken/kill.yaml",
		Listen:    config.Listen{Address: ":8443", Cert: config.Secret{File: "/etc/autoken/tls.crt"}, Key: config.Secret{File: "/run/tls.key"}},
		Replicas:  1,
		LeaseKeys: []config.Secret{{File: "/etc/autoken/lease/2"}, {Command: []string{"/usr/bin/vault-read", "lease", "1"}}},
		Connections: []config.Connection{{
			Name: "jf", URL: "https://acme.jfrog.io", Admin: config.Secret{Env: "JF_TOKEN"}, Contact: "#jf",
			Pos: check.Pos{File: "/etc/autoken/broker.yaml", Line: 10, Col: 3},
		}},
		Limits:         config.Limits{PerRepository: 30, Strangers: 5, Concurrency: 8, MaxStaleness: 30 * time.Minute},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		Outbound:       config.Outbound{Proxy: "from-environment", CAFile: "/etc/autoken/acme.pem"},
		Decisions:      "stdout",
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadBrokerFillsInLimits(t *testing.T) {
	got, _ := config.LoadBroker("b.yaml", []byte("version: 1\nlimits: {strangers: 7/s}\n"))
	want := config.DefaultLimits
	want.Strangers = 7
	if diff := cmp.Diff(want, got.Limits); diff != "" || got.Replicas != 1 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each bad file has its findings, as they are printed, in a file beside it. P25:
// none of them repeats what could be a secret.
func TestLoadBrokerRefuses(t *testing.T) {
	names, err := filepath.Glob("testdata/broker/bad/*.yaml")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(name, ".yaml") + ".want")
		if err != nil {
			t.Fatal(err)
		}
		_, findings := config.LoadBroker(filepath.Base(name), text)
		var got strings.Builder
		for _, f := range findings {
			fmt.Fprintln(&got, f.String()+f.Excerpt)
			if f.Fix != "" {
				fmt.Fprintln(&got, "  fix: "+f.Fix)
			}
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" || strings.Contains(got.String(), "s3cr3t") {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// S25: who can write the configuration chooses which commands run.
func TestS25ConfigurationOfOthers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "broker.yaml")
	for mode, want := range map[os.FileMode]string{0o600: "", 0o644: "", 0o664: "others may write it", 0o646: "others may write it"} {
		if err := os.WriteFile(name, []byte("version: 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		_, _, err := config.ReadBroker(name)
		if got := fmt.Sprint(err); !strings.Contains(got, want) || (want == "") != (err == nil) {
			t.Errorf("%o: %s", mode, got)
		}
	}
}

// FuzzLoadBroker: no text makes it panic, and every finding has its place in the
// file. A file without findings has what a broker cannot do without.
func FuzzLoadBroker(f *testing.F) {
	names, _ := filepath.Glob("testdata/broker/bad/*.yaml")
	for _, name := range append(names, "testdata/broker/good.yaml") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, findings := config.LoadBroker("b.yaml", text)
		lines := strings.Count(string(text), "\n") + 1
		for _, found := range findings {
			if p := found.Pos; p.File != "b.yaml" || p.Line < 0 || p.Line > lines || (p.Line == 0) != (p.Col == 0) || p.Col < 0 {
				t.Errorf("%v is not in a file of %d lines", found, lines)
			}
			if found.Message == "" || found.Rule == "" || found.Severity != check.Error {
				t.Errorf("%+v", found)
			}
		}
		if len(findings) > 0 {
			return
		}
		if b.Instance == "" || b.PublicURL == "" || b.Policy == "" || b.Listen.Address == "" || b.Replicas != 1 || b.Limits.Concurrency < 1 {
			t.Errorf("accepted: %+v", b)
		}
		for _, s := range b.LeaseKeys {
			if s.IsZero() || s.Env != "" || len(s.Command) > 0 && !filepath.IsAbs(s.Command[0]) {
				t.Errorf("lease key %+v", s)
			}
		}
	})
}
