package fake_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/autoken/autoken/internal/fake"
)

func TestRunnerTokensRefuses(t *testing.T) {
	const good = fake.RunnerTokensPath + "&audience=a"
	for name, c := range map[string]struct {
		method, target, authorization string
		want                          int
	}{
		"as it should be": {"GET", good, "Bearer rt", 200},
		"lower case":      {"GET", good, "bearer rt", 200},
		"wrong bearer":    {"GET", good, "Bearer other", 401},
		"no bearer":       {"GET", good, "", 401},
		"POST":            {"POST", good, "Bearer rt", 405},
		"path cleaned":    {"GET", "/222/idtoken/9f2c/3b1e?api-version=2.0&audience=a", "Bearer rt", 404},
		"query lost":      {"GET", "/222//idtoken/9f2c/3b1e?audience=a", "Bearer rt", 400},
		"no audience":     {"GET", fake.RunnerTokensPath, "Bearer rt", 400},
		"two audiences":   {"GET", good + "&audience=b", "Bearer rt", 400},
		"second question": {"GET", fake.RunnerTokensPath + "?audience=a", "Bearer rt", 400},
	} {
		s := &fake.RunnerTokens{Bearer: "rt", Mint: func(audience string) string { return "token-for-" + audience }}
		r := httptest.NewRequest(c.method, "http://x"+c.target, nil)
		r.Header.Set("Authorization", c.authorization)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.want || (len(s.Audiences()) == 1) != (c.want == http.StatusOK) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestRunnerTokensPendingOnce(t *testing.T) {
	s := &fake.RunnerTokens{Bearer: "rt", Pending: 1, Mint: func(string) string { return "a.b.c" }}
	for _, want := range []int{403, 200, 200} {
		r := httptest.NewRequest("GET", "http://x"+fake.RunnerTokensPath+"&audience=a", nil)
		r.Header.Set("Authorization", "Bearer rt")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%d, want %d", w.Code, want)
		}
	}
}
