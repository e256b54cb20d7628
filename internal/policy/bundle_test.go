package policy

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/source"
)

// grantTexts is what a policy says, without where.
func grantTexts(p *Policy) []string {
	var all []string
	for _, g := range p.Grants {
		all = append(all, g.ID+" "+g.Owner+" "+g.Credential.Connection)
		for _, m := range g.Match {
			all = append(all, m.Claim.Name+" "+m.Values.String()+" "+m.Pos.String())
		}
	}
	return all
}

// A bundle loads as the policy that it was made of, hash and all, and what is
// found in it is found at the same places.
func TestBundle(t *testing.T) {
	fsys := os.DirFS("../../testdata/policies/acme")
	text, err := Bundle(fsys, ".", Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := Load(fsys, ".", Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, findings, err := Load(fstest.MapFS{"x/policy.yaml": {Data: []byte(text)}}, "x/policy.yaml", Options{})
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	if got.Hash != want.Hash || len(got.Tests) != len(want.Tests) || len(got.Ignores) != len(want.Ignores) {
		t.Errorf("hash %s, want %s", got.Hash, want.Hash)
	}
	places := strings.NewReplacer("x/policy.yaml/", "")
	gotTexts := grantTexts(got)
	for i := range gotTexts {
		gotTexts[i] = places.Replace(gotTexts[i])
	}
	if diff := cmp.Diff(grantTexts(want), gotTexts); diff != "" {
		t.Error(diff)
	}
	if again, err := Bundle(fstest.MapFS{"p.yaml": {Data: []byte(text)}}, "p.yaml", Options{}); err == nil || !strings.Contains(err.Error(), "is a bundle already") {
		t.Errorf("a bundle was bundled: %.80s", again)
	}
}

// Line ends, blanks at the end and names that need quotes survive byte for byte.
func TestBundleKeepsBytes(t *testing.T) {
	const team = "version: 1\nteam: x\n"
	for name, main := range map[string]string{
		"carriage returns": "version: 1\r\ninclude: [teams/*.yaml]\r\nteams: {x: {may: {issuer: [], connections: []}}}\r\n",
		"no final newline": "version: 1\ninclude: [teams/*.yaml]\nteams: {x: {may: {issuer: [], connections: []}}}",
		"many newlines":    "\n\nversion: 1\ninclude: [teams/*.yaml]\nteams: {x: {may: {issuer: [], connections: []}}}\n\n\n",
		"trailing blanks":  "version: 1  \ninclude: [teams/*.yaml]\nteams: {x: {may: {issuer: [], connections: []}}}\n   ",
		"leading blanks":   "    version: 1\n    include: [teams/*.yaml]\n    teams: {x: {may: {issuer: [], connections: []}}}\n",
		"a command":        "version: 1 # ##[stop-commands]x\n#\n  # x\ninclude: [teams/*.yaml]\nteams: {x: {may: {issuer: [], connections: []}}}\n",
		"a tab":            "version: 1\t# x\ninclude: [teams/*.yaml]\nteams: {x: {may: {issuer: [], connections: []}}}\n",
	} {
		fsys := fstest.MapFS{FileName: {Data: []byte(main)}, "teams/a b: #c.yaml": {Data: []byte(team)}}
		text, err := Bundle(fsys, ".", Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(text, "##[") || strings.Contains(text, "\n::") {
			t.Errorf("%s: the bundle gives orders:\n%s", name, text)
		}
	}
}

// Only a bundle may be larger than a file.
func TestBundleSize(t *testing.T) {
	main := "version: 1\ninclude: [a/*.yaml]\nteams:\n"
	fsys := fstest.MapFS{}
	for _, team := range []string{"a", "b", "c"} {
		main += "  " + team + ": {may: {issuer: [], connections: []}}\n"
		fsys["a/"+team+".yaml"] = &fstest.MapFile{Data: []byte("version: 1\nteam: " + team + "\n" + strings.Repeat("# padding of a comment\n", 90_000))}
	}
	fsys[FileName] = &fstest.MapFile{Data: []byte(main)}
	text, err := Bundle(fsys, ".", Options{})
	if err != nil || len(text) < source.MaxBytes {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	huge := fstest.MapFS{FileName: {Data: []byte(text + strings.Repeat(" ", maxTotal))}}
	if _, findings, err := Load(huge, ".", Options{}); err != nil || len(findings) != 1 || findings[0].Rule != "size-limit" {
		t.Error(findings, err)
	}
	plain := fstest.MapFS{FileName: {Data: []byte("version: 1\n" + strings.Repeat("# padding of a comment\n", 300_000) + "bundle: []\n")}}
	if _, findings, err := Load(plain, ".", Options{}); err != nil || len(findings) != 1 || findings[0].Rule != "size-limit" {
		t.Error(findings, err)
	}
}

// Whatever text stands in a block, YAML gives it back, and no line of it is an
// order to a runner.
func FuzzBlock(f *testing.F) {
	for _, seed := range []string{"", "\n", " ", "a", "a\n", "a\n\n", "\n\na", "  a\n b", "a  \n  ", "a\n  \nb\n", "\ta", "# x\n---\n...\n", "a\r\nb", "##[x]", "::x::", "a\n ::x::y\n", "|", "'\"\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, problems := source.Parse("x", []byte("a: b\n"+text)); len(problems) > 0 && problems[0].Rule == "syntax" && !strings.Contains(problems[0].Message, "YAML") {
			return // no file of a policy has such characters
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r == '\ufffd' || r < ' ' && r != '\n' && r != '\t' && r != '\r' }) {
			return
		}
		written := "version: 1\nbundle:\n  - file: x\n    text: " + block(text) + "  - file: y\n"
		file, problems := source.Parse("bundle", []byte(written))
		if len(problems) > 0 {
			t.Fatalf("%q: %v\n%s", text, problems, written)
		}
		if got := file.Root.Get("bundle").Items[0].Get("text"); got.Text != text || !got.IsText() {
			t.Errorf("%q came back as %q\n%s", text, got.Text, written)
		}
	})
}

// The tests that lie beside a policy's files come along, and count for those who
// read tests alone.
func TestBundleBringsTests(t *testing.T) {
	const test = "version: 1\ntests:\n  - {name: x, from: github/push, request: {grant: g}, expect: deny}\n"
	fsys := fstest.MapFS{FileName: {Data: []byte("version: 1\n")}, "autoken.policy_test.yaml": {Data: []byte(test)}}
	text, err := Bundle(fsys, ".", Options{})
	if err != nil {
		t.Fatal(err)
	}
	bundled := fstest.MapFS{"b.yaml": {Data: []byte(text)}}
	for tests, want := range map[bool]int{false: 0, true: 1} {
		draft, err := Parse(bundled, "b.yaml", Options{Tests: tests})
		if err != nil || len(draft.Findings) > 0 || len(draft.Policy.Tests) != want {
			t.Errorf("with tests %v: %d tests, %v %v", tests, len(draft.Policy.Tests), draft.Findings, err)
		}
	}
}
