package policy

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// acme is the sample policy.
func acme(tb testing.TB) *Policy {
	tb.Helper()
	p, findings, err := Load(os.DirFS("../../testdata/policies"), "acme", Options{})
	if err != nil || len(findings) > 0 {
		tb.Fatalf("the sample does not load: %v %v", err, findings)
	}
	return p
}

// rulesOf says which rules a policy in one file breaks.
func rulesOf(tb testing.TB, text string) string {
	tb.Helper()
	_, findings, err := Load(fstest.MapFS{FileName: {Data: []byte(text)}}, FileName, Options{Dev: true})
	if err != nil {
		tb.Fatal(err)
	}
	var rules []string
	for _, f := range findings {
		rules = append(rules, f.Rule)
	}
	return strings.Join(rules, " ")
}

func TestLoad(t *testing.T) {
	p := acme(t)
	type row struct {
		ID, Team, Owner, Connection, Platform string
		TTL                                   time.Duration
		Pos                                   string
	}
	var got []row
	for _, g := range p.Grants {
		got = append(got, row{g.ID, g.Team, g.Owner, g.Credential.Connection, g.Credential.Platform.Name, g.Credential.TTL, g.Pos.String()})
	}
	want := []row{
		{"docs", "", "@acme/platform", "gh-app", "github", time.Hour, "acme/autoken.policy.yaml:24:9"},
		{"scan", "", "", "sonar-prod", "sonarqube", 15 * time.Minute, "acme/autoken.policy.yaml:37:9"},
		{"payments/sonar", "payments", "@acme/payments", "sonar-prod", "sonarqube", 15 * time.Minute, "acme/teams/payments.yaml:4:9"},
		{"payments/publish", "payments", "@acme/payments", "jf", "artifactory", 10 * time.Minute, "acme/teams/payments.yaml:12:9"},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	issuers := []identity.Issuer{{Name: "gh", Kind: "github", URL: gh, Audience: "https://autoken.acme.example", MaxTokenAge: 10 * time.Minute}}
	if diff := gocmp.Diff(issuers, p.Issuers()); diff != "" {
		t.Error(diff)
	}
	if len(p.Tests) != 2 || !p.Tests[0].Allow || p.Tests[1].Allow || p.Tests[1].Why != "match.repository_id" || p.Tests[1].Set["repository_id"] != "999" {
		t.Errorf("tests: %+v", p.Tests)
	}
	if len(p.Ignores) != 1 || p.Ignores[0].Rule != "tag-guard-unprotected" || p.Ignores[0].Until.Year() != 2027 {
		t.Errorf("ignores: %+v", p.Ignores)
	}
}

// P23: a policy that is not there allows nothing, and says so.
func TestP23Missing(t *testing.T) {
	folder := fstest.MapFS{"x/other.yaml": {Data: []byte("version: 1\n")}, FileName + "/file": {}}
	for _, name := range []string{"nope", "x", "x/nope.yaml", "../x", "/x", "", FileName, "."} {
		p, findings, err := Load(folder, name, Options{})
		if p != nil || findings != nil || fault.KindOf(err) != fault.Usage {
			t.Errorf("%q: %v %v %v", name, p, findings, err)
		}
	}
}

// A credential lives for as long as its grant says, or else for the default
// within every bound.
func TestTTL(t *testing.T) {
	for _, c := range []struct {
		limits, may, credential string
		want                    time.Duration
	}{
		{"", "", "connection: s, project: x", 15 * time.Minute},
		{"", "", "connection: s, project: x, ttl: 2h", 2 * time.Hour},
		{"default: 20m", "", "connection: s, project: x", 20 * time.Minute},
		{"max: 5m", "", "connection: s, project: x", 5 * time.Minute},
		{"default: 20m, sonarqube: 6m", "", "connection: s, project: x", 6 * time.Minute},
		{"default: 20m, artifactory: 6m", "", "connection: s, project: x", 20 * time.Minute},
		{"", "ttl: 4m", "connection: s, project: x", 4 * time.Minute},
		{"", "ttl: 4m", "connection: s, project: x, ttl: 3m", 3 * time.Minute},
		{"default: 20m", "ttl: 2h", "connection: app, repository_ids: [1], permissions: {issues: read}", time.Hour},
	} {
		files := fstest.MapFS{
			FileName: {Data: fmt.Appendf(nil, `version: 1
include: [t.yaml]
issuers: {gl: {kind: gitlab, url: "https://g.example", audience: a}}
connections: {s: sonarqube, app: github}
limits: {ttl: {%s}}
teams: {t: {may: {issuer: gl, connections: [s, app], project: x, repository_ids: 1, permissions: {issues: write}, %s}}}
`, c.limits, cmp.Or(c.may, "ttl: 24h"))},
			"t.yaml": {Data: fmt.Appendf(nil, "version: 1\nteam: t\ngrants: [{id: g, issuer: gl, match: {project_id: 1, ref_path: refs/heads/main}, credential: {%s}}]\n", c.credential)},
		}
		p, findings, err := Load(files, ".", Options{})
		if p == nil {
			t.Errorf("%+v: %v %v", c, findings, err)
		} else if got := p.Grant("t/g").Credential.TTL; got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// The hash is one of names and contents, and does not depend on where the
// policy lies.
func TestHash(t *testing.T) {
	const main = "version: 1\ninclude: [teams/*.yaml]\nissuers: {gl: {kind: gitlab, url: \"https://g.example\", audience: a}}\nconnections: {s: sonarqube}\n" +
		"teams: {a: {may: {issuer: gl, connections: [s]}}, b: {may: {issuer: gl, connections: [s]}}}\n"
	load := func(dir string, files ...string) string {
		folder := fstest.MapFS{filepath.Join(dir, FileName): {Data: []byte(main)}}
		for i := 0; i < len(files); i += 2 {
			folder[filepath.Join(dir, files[i])] = &fstest.MapFile{Data: []byte(files[i+1])}
		}
		p, findings, err := Load(folder, filepath.Join(dir, "."), Options{})
		if p == nil {
			t.Fatal(findings, err)
		}
		return p.Hash
	}
	const a, b = "version: 1\nteam: a\n", "version: 1\nteam: b\n"
	base := load(".", "teams/a.yaml", a, "teams/b.yaml", b)
	if len(base) != 64 {
		t.Errorf("not a SHA-256: %q", base)
	}
	if got := load("etc/policy", "teams/a.yaml", a, "teams/b.yaml", b); got != base {
		t.Error("the hash depends on the folder")
	}
	for name, other := range map[string]string{
		"content":       load(".", "teams/a.yaml", a+"\n", "teams/b.yaml", b),
		"swapped names": load(".", "teams/a.yaml", b, "teams/b.yaml", a),
		"one file less": load(".", "teams/a.yaml", a),
		"another name":  load(".", "teams/c.yaml", a, "teams/b.yaml", b),
	} {
		if other == base {
			t.Errorf("%s: the same hash", name)
		}
	}
}

// Links inside of the folder are how Kubernetes mounts files; links out of it
// would let a reviewed folder hold what nobody reviewed.
func TestIncludeLinks(t *testing.T) {
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
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	const team = "version: 1\nteam: %s\n"
	write("policy/..2026/main", strings.ReplaceAll(`version: 1
include: [team-*.yaml]
issuers: {gl: {kind: gitlab, url: "https://g.example", audience: a}}
connections: {s: sonarqube}
teams: {a: MAY, b: MAY, c: MAY}
`, "MAY", "{may: {issuer: gl, connections: [s]}}"))
	write("policy/..2026/team-a.yaml", fmt.Sprintf(team, "a"))
	link("..2026", "policy/..data")
	link("..data/main", "policy/"+FileName)
	link("..data/team-a.yaml", "policy/team-a.yaml")
	if p, findings, err := Load(os.DirFS(dir), "policy", Options{}); p == nil {
		t.Fatalf("links inside: %v %v", findings, err)
	}
	write("outside.yaml", fmt.Sprintf(team, "b"))
	write("twice.yaml", fmt.Sprintf(team, "b"))
	write("policy/"+dir+"/twice.yaml", fmt.Sprintf(team, "c"))
	for name, target := range map[string]string{
		"up": "../outside.yaml", "up by another way": "..data/../../outside.yaml", "absolute": filepath.Join(dir, "outside.yaml"), "in a circle": "team-b.yaml",
		"absolute, with such a file inside too": filepath.Join(dir, "twice.yaml"),
	} {
		link(target, "policy/team-b.yaml")
		p, findings, err := Load(os.DirFS(dir), "policy", Options{})
		if p != nil || (err == nil && (len(findings) != 1 || findings[0].Rule != "include")) {
			t.Errorf("%s: %v %v", name, findings, err)
		}
		if err := os.Remove(filepath.Join(dir, "policy/team-b.yaml")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSizeLimits(t *testing.T) {
	big := fstest.MapFS{FileName: {Data: []byte("version: 1\n" + strings.Repeat("# 345678\n", source.MaxBytes/9))}}
	if _, findings, err := Load(big, ".", Options{}); err != nil || len(findings) != 1 || findings[0].Rule != "size-limit" {
		t.Errorf("a large file: %v %v", findings, err)
	}
	var many strings.Builder
	many.WriteString(strings.SplitAfter(oneGrant("x", ""), "grants:\n")[0])
	for i := range maxGrants + 2 {
		fmt.Fprintf(&many, "  - {id: g%d, issuer: gh, match: {repository_id: 1, ref: refs/heads/main}, credential: {connection: box}}\n", i)
	}
	if rules := rulesOf(t, many.String()); rules != "size-limit" {
		t.Errorf("too many grants: %q", rules)
	}
	total := fstest.MapFS{FileName: {Data: []byte("version: 1\ninclude: [\"*.yaml\"]\nteams: {}\n")}}
	for i := range 6 {
		total[fmt.Sprintf("t%d.yaml", i)] = &fstest.MapFile{Data: []byte(strings.Repeat("# 345678\n", 3<<20/9))}
	}
	if _, findings, err := Load(total, ".", Options{}); err != nil || !strings.Contains(fmt.Sprint(findings), "16 MiB") {
		t.Errorf("too much in all: %v %v", len(findings), err)
	}
}

// C: a list that makes the tools' work grow with its square has a limit.
func TestListLimits(t *testing.T) {
	items := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	for _, c := range []struct {
		what, before, item, after string
		limit                     int
	}{
		{"unless", "    unless: [", "{actor: a}", "]\n", maxUnless},
		{"values", "    unless: [{actor: [", "a", "]}]\n", maxValues},
		{"globs", "    unless: [{ref: {glob: [", "refs/heads/a*", "]}}]\n", maxValues},
		{"ignores", "ignore: [", "{rule: a, reason: b}", "]\n", MaxIgnores},
		{"comments", "#", "\n# autoken: ignore[a] b\n#", "\n", MaxIgnores},
	} {
		for n, want := range map[int]string{c.limit: "", c.limit + 1: "size-limit"} {
			if got := rulesOf(t, oneGrant(`{repository_id: "1", ref: refs/heads/main}`, c.before+items(n, c.item)+c.after)); got != want {
				t.Errorf("%d %s: %q, want %q", n, c.what, got, want)
			}
		}
	}
}

// What lies where a file should be and is none is not read.
func TestLoadReadsFilesAlone(t *testing.T) {
	folder := fstest.MapFS{FileName: {Mode: fs.ModeNamedPipe}}
	if p, _, err := Load(folder, ".", Options{}); p != nil || fault.KindOf(err) != fault.Usage {
		t.Errorf("a pipe: %v", err)
	}
}

func BenchmarkLoadThousandGrants(b *testing.B) {
	folder := fstest.MapFS{FileName: {Data: []byte(thousandText())}}
	b.ReportAllocs()
	for b.Loop() {
		if p, _, _ := Load(folder, ".", Options{}); p == nil {
			b.Fatal("does not load")
		}
	}
}

// A policy that an editor of Windows saved is the same policy, at the same places.
func TestCRLF(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{FileName, "teams/payments.yaml"} {
		text, err := os.ReadFile("../../testdata/policies/acme/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files["acme/"+name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(text), "\n", "\r\n"))}
	}
	got, findings, err := Load(files, "acme", Options{})
	if got == nil {
		t.Fatal(findings, err)
	}
	for i, want := range acme(t).Grants {
		if g := got.Grants[i]; g.ID != want.ID || g.Pos != want.Pos || g.Description != want.Description || len(g.Match) != len(want.Match) {
			t.Errorf("%+v, want %+v", g, want)
		}
	}
}
