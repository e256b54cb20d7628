package policy

import (
	"os"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/source"
)

// Whatever the file is: no panic, findings point into it, and what loads admits
// neither nobody nor a job that another issuer vouches for.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"autoken.policy.yaml", "teams/payments.yaml"} {
		text, err := os.ReadFile("../../testdata/policies/acme/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(kinds))
	f.Add([]byte(thousandText()[:900]))
	seeds, err := os.ReadDir("testdata/bad")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		archive, err := txtar.ParseFile("testdata/bad/" + seed.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<14 {
			t.Skip()
		}
		file, _ := source.Parse(FileName, text)
		p, findings, err := Load(fstest.MapFS{FileName: {Data: text}}, ".", Options{Dev: true})
		if err != nil {
			t.Fatal(err)
		}
		if (p == nil) != (len(findings) > 0) {
			t.Fatalf("policy %v with findings %v", p, findings)
		}
		for _, finding := range findings {
			if finding.Pos.Line > file.Lines() || (finding.Pos.Line > 0 && (finding.Pos.Col < 1 || finding.Pos.Col > utf8.RuneCountInString(file.Line(finding.Pos.Line))+1)) {
				t.Fatalf("outside of the file: %s", finding)
			}
			if finding.Message == "" || !listed(finding.Rule) {
				t.Fatalf("not a finding for people: %+v", finding)
			}
		}
		if p != nil {
			checkNobody(t, p)
		}
	})
}

func listed(rule string) bool {
	for _, r := range Rules {
		if r.ID == rule {
			return true
		}
	}
	return false
}

func checkNobody(t *testing.T, p *Policy) {
	t.Helper()
	for _, g := range p.Grants {
		if d := p.Decide(identity.Identity{}, g.ID, today); d.Allowed || d.Pinned {
			t.Fatalf("%s admits nobody", g.ID)
		}
		for _, in := range []input{{"", push(), today}, {g.Issuer.URL, nil, today}, {g.Issuer.URL + "/", push(), today}} {
			if d := p.decide(in, g.ID); d.Allowed || d.Pinned {
				t.Fatalf("%s admits %+v", g.ID, in)
			}
		}
	}
}
