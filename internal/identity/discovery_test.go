package identity_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/autoken/autoken/internal/fault"
)

// T8, T7: a discovery document can send us nowhere but to the issuer itself.
func TestT8KeysComeFromTheIssuer(t *testing.T) {
	for name, change := range map[string]func(*world){
		"other host":       func(w *world) { w.discover(issuerURL, "https://evil.example/jwks") },
		"other port":       func(w *world) { w.discover(issuerURL, issuerURL+":8443/jwks") },
		"host as a suffix": func(w *world) { w.discover(issuerURL, issuerURL+".evil.example/jwks") },
		"host as user":     func(w *world) { w.discover(issuerURL, "https://token.actions.example@evil.example/jwks") },
		"user":             func(w *world) { w.discover(issuerURL, "https://x@token.actions.example/jwks") },
		"http":             func(w *world) { w.discover(issuerURL, "http://token.actions.example/jwks") },
		"file":             func(w *world) { w.discover(issuerURL, "file:///etc/passwd") },
		"relative":         func(w *world) { w.discover(issuerURL, "/jwks") },
		"none":             func(w *world) { w.discover(issuerURL, "") },
		"other issuer":     func(w *world) { w.discover(issuerURL+"/", issuerURL+"/jwks") },
		"not JSON":         func(w *world) { w.serve("/.well-known/openid-configuration", "<html>") },
		"two issuers": func(w *world) {
			w.serve("/.well-known/openid-configuration", `{"issuer":"x","issuer":"`+issuerURL+`","jwks_uri":"`+issuerURL+`/jwks"}`)
		},
		"in capitals": func(w *world) {
			w.serve("/.well-known/openid-configuration", `{"ISSUER":"`+issuerURL+`","JWKS_URI":"`+issuerURL+`/jwks"}`)
		},
		"absent":             func(w *world) { delete(w.pages, issuerURL+"/.well-known/openid-configuration") },
		"issuer over http":   func(w *world) { w.move("http://token.actions.example") },
		"http in the policy": func(w *world) { w.issuer.JWKSURL = "http://token.actions.example/jwks" },
		"http on loopback":   func(w *world) { w.move("http://127.0.0.1:8080") },
		"http of an https issuer": func(w *world) {
			w.issuer.Loopback = true
			w.move("https://127.0.0.1")
			w.pages["https://127.0.0.1/.well-known/openid-configuration"] = discovery("https://127.0.0.1", "http://127.0.0.1/jwks")
		},
		"name of loopback": func(w *world) { w.issuer.Loopback = true; w.move("http://localhost") },
		"http elsewhere":   func(w *world) { w.issuer.Loopback = true; w.move("http://10.0.0.1") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			change(w)
			verifier := w.verifier()
			_, err := verifier.Verify(t.Context(), w.token(nil), "")
			wantKind(t, err, fault.Unavailable)
			for url := range w.reads {
				if !strings.HasSuffix(url, "/.well-known/openid-configuration") || strings.HasPrefix(url, "http:") {
					t.Errorf("read %s", url)
				}
			}
			if verifier.Ready() {
				t.Error("ready")
			}
		})
	}
}

// move puts everything that the network answers on another base.
func (w *world) move(base string) {
	for url, page := range w.pages {
		w.pages[strings.Replace(url, issuerURL, base, 1)] = strings.ReplaceAll(page, issuerURL, base)
	}
	w.issuer.URL = base
}

func TestKeysFromElsewhereAreTheOperatorsChoice(t *testing.T) {
	for name, change := range map[string]func(*world){
		"jwks_url": func(w *world) {
			w.issuer.JWKSURL = "https://keys.example"
			w.pages["https://keys.example"] = w.pages[issuerURL+"/jwks"]
		},
		"loopback":     func(w *world) { w.issuer.Loopback = true; w.move("http://127.0.0.1:8080") },
		"loopback, v6": func(w *world) { w.issuer.Loopback = true; w.move("http://[::1]:8080") },
		"path":         func(w *world) { w.move("https://ghes.example/_services/token") },
		"path with a slash": func(w *world) {
			w.move("https://ghes.example/token")
			w.issuer.URL += "/"
			w.pages["https://ghes.example/token/.well-known/openid-configuration"] = discovery("https://ghes.example/token/", "https://ghes.example/token/jwks")
		},
		"host in other case": func(w *world) {
			w.discover(issuerURL, "https://TOKEN.actions.example/jwks")
			w.pages["https://TOKEN.actions.example/jwks"] = w.pages[issuerURL+"/jwks"]
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			change(w)
			_, err := w.verifier().Verify(t.Context(), w.token(nil), "")
			wantKind(t, err, "")
		})
	}
}

// T6, T10: an answer that is too large or too slow is no answer.
func TestT6T10AnswersAreBounded(t *testing.T) {
	t.Run("size", func(t *testing.T) {
		w := newWorld()
		w.publish(jwk("k1", rsaKey().Public()), `{"pad":"`+strings.Repeat("x", 1<<20)+`"}`)
		_, err := w.verifier().Verify(t.Context(), w.token(nil), "")
		wantKind(t, err, fault.Unavailable)
	})
	t.Run("time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.block = make(chan struct{})
			begun := time.Now()
			_, err := w.verifier().Verify(t.Context(), w.token(nil), "")
			wantKind(t, err, fault.Unavailable)
			if took := time.Since(begun); took != 5*time.Second {
				t.Errorf("gave up after %s", took)
			}
		})
	})
}
