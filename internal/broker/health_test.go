package broker

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/autoken/autoken/internal/platform"
)

// get returns the status of a GET from this machine.
func (w *world) get(path string) int {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = "127.0.0.1:4711"
	return w.send(r).Code
}

// S11: the public listener says only whether a job could get a credential.
func TestS11HealthSaysNothingElse(t *testing.T) {
	w := newWorld(t)
	if got := []int{w.get("/healthz"), w.get("/readyz")}; !cmp.Equal(got, []int{200, 503}) {
		t.Errorf("before keys: %v", got)
	}
	w.down = true
	_ = w.rules.Load().verifiers.refresh(t.Context(), false)
	if w.get("/readyz") != http.StatusServiceUnavailable {
		t.Error("ready without keys")
	}
	w.down = false
	_ = w.rules.Load().verifiers.refresh(t.Context(), true)
	for _, path := range []string{"/healthz", "/readyz"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = "[::1]:4711"
		if answer := w.send(r); answer.Code != http.StatusOK || answer.Body.Len() != 0 {
			t.Errorf("%s: %d %q", path, answer.Code, answer.Body)
		}
	}
}

// S18: a development broker is for this machine alone.
func TestS18DevStaysHere(t *testing.T) {
	w := newWorld(t)
	_ = w.rules.Load().verifiers.refresh(t.Context(), false)
	r := httptest.NewRequest(http.MethodGet, "/readyz", nil)
	r.RemoteAddr = "192.0.2.7:4711"
	if got := w.send(r).Code; got != http.StatusServiceUnavailable {
		t.Errorf("readyz from elsewhere: %d", got)
	}
	for name, change := range map[string]func(*Config){
		"not on it":             func(c *Config) { c.PublicURL = "https://broker.example" },
		"for development alone": func(c *Config) { c.Dev = false },
		"names connection second": func(c *Config) {
			c.Connections = map[string]platform.Connection{"sandbox": c.Connections["sandbox"]}
		},
		"of artifactory here": func(c *Config) {
			c.Connections = map[string]platform.Connection{"sandbox": {Name: "sandbox", Platform: "artifactory"}}
		},
	} {
		c := w.config
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.setPolicy(strings.ReplaceAll(policyText(t), fixedURL, "https://issuer.example"))
	if err := w.Reload(); err == nil || !strings.Contains(err.Error(), "of this machine alone") {
		t.Errorf("an issuer elsewhere: %v", err)
	}
}

// S11: the metadata lists no grants.
func TestMetadata(t *testing.T) {
	w := newWorld(t)
	status, body := w.read(w.send(httptest.NewRequest(http.MethodGet, "/.well-known/oauth-authorization-server", nil)))
	want := map[string]any{
		"issuer": brokerURL, "token_endpoint": brokerURL + "/token", "revocation_endpoint": brokerURL + "/revoke",
		"response_types_supported": []any{}, "grant_types_supported": []any{"urn:ietf:params:oauth:grant-type:token-exchange"},
		"token_endpoint_auth_methods_supported": []any{"none"}, "dev": true,
	}
	if diff := cmp.Diff(want, body); diff != "" || status != http.StatusOK {
		t.Errorf("%d (-want +got):\n%s", status, diff)
	}
}
