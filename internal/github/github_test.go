package github_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/fake"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/github"
	"github.com/autoken/autoken/internal/httpclient"
	"github.com/autoken/autoken/internal/secret"
)

const token = "ghp_53cr3t0123456789"

func ask(t *testing.T, server *fake.GitHub, token, name string) (github.Repository, error) {
	t.Helper()
	s := httptest.NewServer(server)
	defer s.Close()
	client, err := httpclient.New(httpclient.Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 11, 23, 14, 32, 0, 0, time.UTC) }
	c := &github.Client{API: s.URL, Token: secret.New(token), Variable: "GH_TOKEN", HTTP: client, Now: now}
	return c.Repository(t.Context(), name)
}

func acme(mode string) *fake.GitHub {
	return &fake.GitHub{Token: token, Mode: mode, Repositories: []fake.GitHubRepository{
		{ID: 456789, OwnerID: 65, Name: "acme/payments", Before: []string{"acme/billing"}},
		{ID: 456790, OwnerID: 65, Name: "acme/payroll", Private: true},
	}}
}

func TestRepository(t *testing.T) {
	for name, c := range map[string]struct {
		asked, token string
		want         github.Repository
	}{
		"public":     {"acme/payments", "", github.Repository{ID: "456789", OwnerID: "65", Name: "acme/payments", DefaultBranch: "main", Visibility: "public"}},
		"other case": {"Acme/Payments", "", github.Repository{ID: "456789", OwnerID: "65", Name: "acme/payments", DefaultBranch: "main", Visibility: "public"}},
		"private":    {"acme/payroll", token, github.Repository{ID: "456790", OwnerID: "65", Name: "acme/payroll", DefaultBranch: "main", Visibility: "private"}},
	} {
		server := acme("")
		got, err := ask(t, server, c.token, c.asked)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

// Each refusal says what to do about it, and none repeats the token or what a
// server wrote.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		mode, asked, token string
		kind               fault.Kind
		says, hints        string
	}{
		"renamed":           {"", "acme/billing", "", fault.Usage, "called acme/payments by now", "--repo acme/payments"},
		"not there":         {"", "acme/nothing", token, fault.Usage, "the token may not see it", "--repository-id"},
		"not public":        {"", "acme/payroll", "", fault.Usage, "no token was given", "GH_TOKEN"},
		"bad token":         {"", "acme/payments", "ghp_other", fault.Usage, "does not accept the token", "unset"},
		"limited":           {"limited", "acme/payments", "", fault.Throttled, "again from 15:32 UTC", "set GH_TOKEN"},
		"limited, token":    {"limited", "acme/payments", token, fault.Throttled, "again from 15:32 UTC", ""},
		"secondary":         {"secondary", "acme/payments", token, fault.Throttled, "again from 14:33 UTC", ""},
		"single sign-on":    {"sso", "acme/payments", token, fault.Usage, "single sign-on", "authorize"},
		"forbidden":         {"forbidden", "acme/payments", token, fault.Usage, "may not read", "Metadata: read"},
		"html":              {"html", "acme/payments", "", fault.Internal, "did not answer like GitHub's API", "/api/v3"},
		"down":              {"down", "acme/payments", "", fault.Unavailable, "answered 503", ""},
		"redirected abroad": {"elsewhere", "acme/payments", token, fault.Internal, "answered 301", ""},
		"no name":           {"", "acme", "", fault.Usage, "OWNER/NAME", ""},
		"a path":            {"", "acme/..", "", fault.Usage, "OWNER/NAME", ""},
		"a query":           {"", "acme/x?y=1", "", fault.Usage, "OWNER/NAME", ""},
	} {
		_, err := ask(t, acme(c.mode), c.token, c.asked)
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || !strings.Contains(fault.HintOf(err), c.hints) {
			t.Errorf("%s: %v (%s), hint %q", name, err, fault.KindOf(err), fault.HintOf(err))
			continue
		}
		if text := err.Error() + fault.HintOf(err); strings.Contains(text, "ghp_") || strings.Contains(text, "##[") {
			t.Errorf("%s repeats what it must not: %s", name, text)
		}
	}
}

// S20: where a server leads elsewhere the token stays here: only the id of the
// repository is taken from its answer.
func TestS20TheTokenStaysWithTheAPI(t *testing.T) {
	server := acme("")
	_, err := ask(t, server, token, "acme/billing")
	if err == nil || !slices.Equal(server.Seen(), []string{"/repos/acme/billing Bearer " + token, "/repositories/456789 Bearer " + token}) {
		t.Errorf("%v, asked %q", err, server.Seen())
	}
	server = acme("elsewhere")
	if _, err = ask(t, server, token, "acme/payments"); err == nil || len(server.Seen()) != 1 {
		t.Errorf("%v, asked %q", err, server.Seen())
	}
}
