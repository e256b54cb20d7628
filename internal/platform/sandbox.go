package platform

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/autoken/autoken/internal/credential"
	"github.com/autoken/autoken/internal/fault"
	"github.com/autoken/autoken/internal/secret"
)

var sandbox = Platform{Name: "sandbox", Issue: issueSandbox, Revoke: revokeSandbox}

// Sandbox is a platform that lives in this process, for demonstration and
// development. It is an http.Handler: GET with a token as Bearer answers 200
// while the token lives, else 401.
type Sandbox struct {
	now   func() time.Time
	mu    sync.Mutex
	byID  map[string]sandboxToken
	alive map[string]string // token text → id
}

type sandboxToken struct {
	text    string
	label   string
	expires time.Time
}

// NewSandbox returns an empty sandbox.
func NewSandbox(now func() time.Time) *Sandbox {
	return &Sandbox{now: now, byID: map[string]sandboxToken{}, alive: map[string]string{}}
}

// Live counts the tokens that still work.
func (s *Sandbox) Live() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropExpired()
	return len(s.byID)
}

func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	label, live := s.lookup(token)
	w.Header().Set("Content-Type", "application/json")
	if !ok || !live {
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "unauthorized"}) // the caller is gone; there is nobody left to tell
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"token_of": label}) // the caller is gone; there is nobody left to tell
}

func (s *Sandbox) lookup(text string) (label string, live bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.byID[s.alive[text]]
	if !ok || !s.now().Before(t.expires) {
		return "", false
	}
	return t.label, true
}

// maxSandboxTokens bounds what a long-running development broker keeps; expired
// tokens are dropped when it is reached.
const maxSandboxTokens = 10_000

func (s *Sandbox) add(t sandboxToken) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= maxSandboxTokens {
		s.dropExpired()
	}
	if len(s.byID) >= maxSandboxTokens {
		return "", fault.New(fault.Unavailable, "the sandbox holds %d live tokens, its limit", maxSandboxTokens)
	}
	id = rand.Text()
	s.byID[id], s.alive[t.text] = t, id
	return id, nil
}

func (s *Sandbox) remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.byID[id]
	delete(s.byID, id)
	delete(s.alive, t.text)
	return ok
}

func (s *Sandbox) dropExpired() {
	for id, t := range s.byID {
		if !s.now().Before(t.expires) {
			delete(s.byID, id)
			delete(s.alive, t.text)
		}
	}
}

func issueSandbox(_ context.Context, c Connection, o Order) (Issued, error) {
	if c.Sandbox == nil {
		return Issued{}, fault.New(fault.Internal, "connection %s has no sandbox behind it", c.Name)
	}
	t := sandboxToken{text: "sbx_" + rand.Text(), label: o.Label, expires: c.Now().Add(o.TTL)}
	id, err := c.Sandbox.add(t)
	if err != nil {
		return Issued{}, err
	}
	return Issued{Token: secret.New(t.text), TokenID: id, PlatformExpires: t.expires}, nil
}

func revokeSandbox(_ context.Context, c Connection, r Receipt) (credential.Outcome, error) {
	if c.Sandbox == nil {
		return "", fault.New(fault.Internal, "connection %s has no sandbox behind it", c.Name)
	}
	if c.Sandbox.remove(r.TokenID) {
		return credential.Revoked, nil
	}
	return credential.AlreadyGone, nil
}
