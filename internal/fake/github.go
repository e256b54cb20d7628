package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// GitHub is a small part of GitHub's REST API: repositories, with the refusals of
// the real one.
type GitHub struct {
	Token        string // that it knows; others are refused
	Repositories []GitHubRepository
	Mode         string // "" well; limited, secondary, sso, forbidden, html, down, elsewhere

	mu   sync.Mutex
	seen []string
}

// GitHubRepository is one repository, and the names that it had before.
type GitHubRepository struct {
	ID, OwnerID int
	Name        string // owner/name
	Before      []string
	Private     bool
}

// Seen lists the paths that were asked for, each with the Authorization beside.
func (g *GitHub) Seen() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.seen...)
}

func (g *GitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	authorization := r.Header.Get("Authorization")
	g.mu.Lock()
	g.seen = append(g.seen, strings.TrimSpace(r.URL.Path+" "+authorization))
	g.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Ratelimit-Remaining", "59")
	switch {
	case r.Header.Get("User-Agent") == "" || r.Method != http.MethodGet:
		g.refuse(w, http.StatusForbidden, "Request forbidden by administrative rules.")
	case authorization != "" && authorization != "Bearer "+g.Token:
		g.refuse(w, http.StatusUnauthorized, "Bad credentials")
	case g.Mode != "":
		g.behave(w, r)
	default:
		g.answer(w, r, authorization != "")
	}
}

func (g *GitHub) behave(w http.ResponseWriter, r *http.Request) {
	switch g.Mode {
	case "limited":
		w.Header().Set("X-Ratelimit-Remaining", "0")
		w.Header().Set("X-Ratelimit-Reset", "1795447920") // 2026-11-23 15:32 UTC
		g.refuse(w, http.StatusForbidden, "API rate limit exceeded for 192.0.2.7.")
	case "secondary":
		w.Header().Set("Retry-After", "60")
		g.refuse(w, http.StatusForbidden, "You have exceeded a secondary rate limit.")
	case "sso":
		w.Header().Set("X-Github-Sso", "required; url=https://github.com/orgs/acme/sso?authorization_request=A")
		g.refuse(w, http.StatusForbidden, "Resource protected by organization SAML enforcement.")
	case "forbidden":
		g.refuse(w, http.StatusForbidden, "Resource not accessible by personal access token")
	case "html":
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>##[stop-commands]x</html>")
	case "down":
		g.refuse(w, http.StatusServiceUnavailable, "Unicorn!")
	case "elsewhere":
		w.Header().Set("Location", "http://127.0.0.2:1/repositories/../evil")
		g.refuse(w, http.StatusMovedPermanently, "Moved Permanently")
	default:
		http.Error(w, r.URL.Path, http.StatusTeapot)
	}
}

func (g *GitHub) answer(w http.ResponseWriter, r *http.Request, known bool) {
	for _, repo := range g.Repositories {
		switch path := r.URL.Path; {
		case repo.Private && !known:
		case strings.EqualFold(path, "/repos/"+repo.Name), path == "/repositories/"+strconv.Itoa(repo.ID):
			repo.write(w)
			return
		case repo.was(path):
			w.Header().Set("Location", "http://"+r.Host+"/repositories/"+strconv.Itoa(repo.ID))
			g.refuse(w, http.StatusMovedPermanently, "Moved Permanently")
			return
		}
	}
	g.refuse(w, http.StatusNotFound, "Not Found")
}

func (repo GitHubRepository) was(path string) bool {
	for _, name := range repo.Before {
		if strings.EqualFold(path, "/repos/"+name) {
			return true
		}
	}
	return false
}

func (repo GitHubRepository) write(w http.ResponseWriter) {
	owner, name, _ := strings.Cut(repo.Name, "/")
	visibility := "public"
	if repo.Private {
		visibility = "private"
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"id": repo.ID, "node_id": "R_kgDOABCD", "name": name, "full_name": repo.Name, "private": repo.Private,
		"owner":          map[string]any{"login": owner, "id": repo.OwnerID, "type": "Organization", "site_admin": false},
		"default_branch": "main", "visibility": visibility, "fork": false, "archived": false, "size": 108,
	})
}

func (g *GitHub) refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}
