package credential_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/secret"
)

func TestVars(t *testing.T) {
	c := credential.Credential{Token: secret.New("t0ken"), Username: "bot", URL: "https://p.example", Registry: "r.example"}
	for platform, want := range map[string]string{
		"sonarqube":   "SONAR_TOKEN=t0ken* SONAR_HOST_URL=https://p.example",
		"artifactory": "ARTIFACTORY_TOKEN=t0ken* ARTIFACTORY_USER=bot ARTIFACTORY_URL=https://p.example ARTIFACTORY_REGISTRY=r.example",
		"github":      "GH_TOKEN=t0ken*",
		"sandbox":     "SANDBOX_TOKEN=t0ken*",
	} {
		c.Platform = platform
		vars, err := c.Vars()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range vars {
			mark := "*" // a secret
			if v.Plain {
				mark = ""
			}
			got = append(got, v.Name+"="+v.Value.Reveal()+mark)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", platform, diff)
		}
	}
	c.Platform = "mainframe"
	if _, err := c.Vars(); err == nil || !strings.Contains(err.Error(), `"mainframe"`) {
		t.Errorf("%v", err)
	}
}

// C2: the first variable of each platform is the token, and it is secret.
func TestC2TokensAreSecret(t *testing.T) {
	for _, p := range credential.Platforms {
		if len(p.Vars) == 0 || !p.Vars[0].Secret || !strings.HasSuffix(p.Vars[0].Name, "_TOKEN") {
			t.Errorf("%s: %+v", p.Name, p.Vars)
		}
		if p.DefaultTTL <= 0 || p.DefaultTTL > p.MaxTTL || p.FixedTTL > 0 && p.FixedTTL != p.MaxTTL {
			t.Errorf("%s: ttl %s, at most %s, fixed %s", p.Name, p.DefaultTTL, p.MaxTTL, p.FixedTTL)
		}
	}
}

// P25: values that reach a platform's requests have its alphabet and no other.
func TestP25FieldsAreChecked(t *testing.T) {
	for _, test := range []struct{ platform, field, value, wrong string }{
		{"sonarqube", "project", "payments:api_1.x-y", ""},
		{"sonarqube", "project", "", "1 to 400"},
		{"sonarqube", "project", "12345", "no digit"},
		{"sonarqube", "project", "a&b=c", "only letters"},
		{"sonarqube", "project", "../x", "only letters"},
		{"sonarqube", "project", "a%2fb", "only letters"},
		{"sonarqube", "project", "a\x00", "only letters"},
		{"artifactory", "groups", "payments-publishers", ""},
		{"artifactory", "groups", "a,administrators", "only letters"},
		{"artifactory", "groups", "Payments", "lower case"},
		{"artifactory", "groups", strings.Repeat("a", 65), "1 to 64"},
		{"github", "repository_ids", "456789", ""},
		{"github", "repository_ids", "0456", "without leading zeros"},
		{"github", "repository_ids", "*", "decimal number"},
		{"github", "repositories", "acme/payments", ""},
		{"github", "repositories", "acme", "owner/name"},
		{"github", "repositories", "acme/*", "owner/name"},
	} {
		p, ok := credential.LookupPlatform(test.platform)
		if !ok {
			t.Fatal(test.platform)
		}
		for _, f := range p.Fields {
			if f.Name != test.field {
				continue
			}
			err := f.Check(test.value)
			if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("%s %s %q: %v", test.platform, test.field, test.value, err)
			}
		}
	}
}
