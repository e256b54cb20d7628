package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// Lambda is a broker of the lambda protocol as it is deployed: API Gateway's
// authorizer, and behind it a handler whose answers come with HTTP 200 whatever
// happened. Mode names what goes wrong.
type Lambda struct {
	Mode  string
	Token string

	mu      sync.Mutex
	asked   int
	cleaned []string
}

// Cleaned lists what was asked to be revoked: the token, or the project.
func (l *Lambda) Cleaned() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.cleaned)
}

func (l *Lambda) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.asked++
	asked := l.asked
	l.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	token := r.Header.Get("Authorization")
	switch {
	case token == "", l.Mode == "gateway-once" && asked == 1, l.Mode == "gateway":
		gateway(w, http.StatusUnauthorized, "Unauthorized")
	case l.Mode == "crash":
		gateway(w, http.StatusInternalServerError, "Internal Server Error")
	case l.Mode == "denied":
		handler(w, http.StatusUnauthorized, map[string]string{"text": "You are not authorized for this project ##[stop-commands]x"})
	case r.Header.Get("Platform") != "sonarqube" && r.Header.Get("Platform") != "artifactory":
		handler(w, http.StatusBadRequest, map[string]string{"text": "Invalid platform."})
	case r.Header.Get("Type") == "cleanup":
		l.clean(w, r)
	case l.Mode == "text":
		handler(w, http.StatusOK, map[string]string{"token": l.Token, "text": "Group just made ##[stop-commands]x"})
	default:
		handler(w, http.StatusOK, map[string]string{"token": l.Token})
	}
}

func (l *Lambda) clean(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Header.Get("Platform") == "artifactory" {
		l.cleaned = append(l.cleaned, r.Header.Get("Token"))
	} else {
		l.cleaned = append(l.cleaned, r.Header.Get("Project"))
	}
	handler(w, http.StatusOK, map[string]string{"text": "Token has been revoked"})
}

func gateway(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message":%q}`, message)
}

func handler(w http.ResponseWriter, code int, message map[string]string) {
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "message": message})
}
