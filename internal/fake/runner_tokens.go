package fake

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// RunnerTokens is the service from which a job's steps get ID tokens. Its URL is
// the server's with RunnerTokensPath behind it.
type RunnerTokens struct {
	Bearer   string                       // what the runner gave the job
	Mint     func(audience string) string // makes an ID token
	Pending  int                          // how many requests come before the service knows that the job runs
	Statuses []int                        // answers to the next requests, before any token

	mu        sync.Mutex
	audiences []string
}

// RunnerTokensPath has what real ones have: an empty segment and a query.
const RunnerTokensPath = "/222//idtoken/9f2c/3b1e?api-version=2.0"

// Audiences returns the audiences of the tokens that were given out.
func (s *RunnerTokens) Audiences() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.audiences...)
}

func (s *RunnerTokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	query := r.URL.Query()
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case len(s.Statuses) > 0:
		http.Error(w, "upstream said no to "+r.Header.Get("Authorization"), s.Statuses[0])
		s.Statuses = s.Statuses[1:]
	case r.Method != http.MethodGet:
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case !strings.EqualFold(scheme, "bearer") || bearer != s.Bearer:
		http.Error(w, "unauthorized", http.StatusUnauthorized)
	case r.URL.EscapedPath() != "/222//idtoken/9f2c/3b1e":
		http.NotFound(w, r)
	case query.Get("api-version") != "2.0" || len(query["audience"]) != 1 || query.Get("audience") == "":
		http.Error(w, "bad request", http.StatusBadRequest)
	case s.Pending > 0:
		s.Pending--
		http.Error(w, `{"message":"Can't issue ID_TOKEN for non-inprogress job"}`, http.StatusForbidden)
	default:
		s.audiences = append(s.audiences, query.Get("audience"))
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"count": 1, "value": s.Mint(query.Get("audience"))})
	}
}
