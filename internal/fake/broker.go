package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Broker answers the token-exchange protocol of one grant badly, in the way that
// Mode names, or well. It shares no code with package exchange.
type Broker struct {
	Mode  string
	Token string

	mu      sync.Mutex
	asked   int
	revoked []string
	uses    map[string]int // of each ID token
}

// Asked counts the requests for a token; Revoked lists the leases given back.
func (b *Broker) Asked() int { b.mu.Lock(); defer b.mu.Unlock(); return b.asked }

// Revoked lists the leases that were given back, in order.
func (b *Broker) Revoked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.revoked...)
}

// Reused reports whether an ID token was shown more than once.
func (b *Broker) Reused() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.uses {
		if n > 1 {
			return true
		}
	}
	return false
}

func (b *Broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if r.URL.Path == "/revoke" {
		b.revoke(w, r)
		return
	}
	b.mu.Lock()
	b.asked++
	if b.uses == nil {
		b.uses = map[string]int{}
	}
	b.uses[r.PostForm.Get("subject_token")]++
	asked := b.asked
	b.mu.Unlock()
	b.exchange(w, r, asked)
}

func (b *Broker) exchange(w http.ResponseWriter, r *http.Request, asked int) {
	scope := r.PostForm.Get("scope")
	switch b.Mode {
	case "html":
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html><body>Welcome to the hotel's network. ##[stop-commands]x</body></html>")
	case "half":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": %q, "token_type": "Bea`, b.Token)
	case "big":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bytes.Repeat([]byte(" "), 2<<20))
	case "silent":
		<-r.Context().Done()
	case "throttled":
		b.refuse(w, http.StatusTooManyRequests, "slow_down", "", "3600")
	case "throttled-once":
		if asked == 1 {
			b.refuse(w, http.StatusTooManyRequests, "slow_down", "", "1")
			return
		}
		b.issue(w, scope, nil)
	case "flaky":
		if asked <= 2 {
			b.refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "", "")
			return
		}
		b.issue(w, scope, nil)
	case "redirect":
		http.Redirect(w, r, "http://127.0.0.2:1/elsewhere", http.StatusTemporaryRedirect)
	case "other-platform":
		b.issue(w, scope, map[string]any{"platform": "mainframe"})
	case "other-scope":
		b.issue(w, scope, map[string]any{"scope": "payments/other"})
	case "names":
		b.issue(w, scope, map[string]any{"env": map[string]string{"PATH": "/evil"}, "variables": []string{"LD_PRELOAD"}})
	case "stop":
		b.refuse(w, http.StatusForbidden, "invalid_target", "no ##[stop-commands]x\n::stop-commands::x", "")
	case "fresh":
		b.issue(w, scope, map[string]any{"access_token": b.Token + strconv.Itoa(asked)})
	case "warn":
		b.issue(w, scope, map[string]any{"warning": "ask ops ##[stop-commands]x"})
	default:
		b.issue(w, scope, nil)
	}
}

func (b *Broker) issue(w http.ResponseWriter, scope string, change map[string]any) {
	answer := map[string]any{
		"access_token": b.Token, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer",
		"expires_in": 900, "platform_expires_in": 51000, "scope": scope, "platform": "sonarqube",
		"url": "https://sonar.acme.example", "lease": "lease0123456789", "decision_id": "d0123456789ab",
	}
	maps.Copy(answer, change)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(answer)
}

func (b *Broker) refuse(w http.ResponseWriter, status int, word, text, wait string) {
	w.Header().Set("Content-Type", "application/json")
	if wait != "" {
		w.Header().Set("Retry-After", wait)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": word, "error_description": text, "decision_id": "d0123456789ab"})
}

func (b *Broker) revoke(w http.ResponseWriter, r *http.Request) {
	lease := r.PostForm.Get("token")
	b.mu.Lock()
	again := false
	for _, known := range b.revoked {
		again = again || known == lease
	}
	b.revoked = append(b.revoked, lease)
	b.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case b.Mode == "no-revoke":
		b.refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "", "")
	case b.Mode == "stuck":
		fmt.Fprint(w, `{"status": "not_revocable"}`)
	case !strings.HasPrefix(lease, "lease"):
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error": "invalid_token", "status": "unknown"}`)
	case again:
		fmt.Fprint(w, `{"status": "already_gone"}`)
	default:
		fmt.Fprint(w, `{"status": "revoked"}`)
	}
}
