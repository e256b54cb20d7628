package issuer

import (
	"maps"
	"net/http"
	"strings"

	"github.com/autoken/autoken/internal/identity"
	"github.com/autoken/autoken/internal/secret"
)

// ServeHTTP answers for the discovery document, the keys and the jobs' tokens.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	status, body := i.answer(r)
	w.WriteHeader(status)
	_, _ = w.Write(mustJSON(body)) //nolint:gosec // JSON by its content type, and encoding/json escapes < and >
}

func (i *Issuer) answer(r *http.Request) (status int, body any) {
	switch {
	case r.Method != http.MethodGet:
		return refusal(http.StatusMethodNotAllowed, "the method is not GET")
	case r.URL.Path == "/.well-known/openid-configuration":
		return http.StatusOK, map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/.well-known/jwks"}
	case r.URL.Path == "/.well-known/jwks":
		return http.StatusOK, i.jwks()
	case r.URL.Path == "/token":
		return i.token(r)
	default:
		return refusal(http.StatusNotFound, "nothing is here")
	}
}

func (i *Issuer) token(r *http.Request) (status int, body any) {
	claims, ok := i.claimsOf(r.Header.Get("Authorization"))
	query := r.URL.Query()
	switch {
	case !ok:
		return refusal(http.StatusUnauthorized, "the request token is not that of a running job")
	case query.Get("api-version") != "2.0":
		return refusal(http.StatusBadRequest, "api-version is not 2.0")
	case len(query["audience"]) > 1:
		return refusal(http.StatusBadRequest, "audience occurs twice")
	}
	if claims["aud"] = query.Get("audience"); claims["aud"] == "" {
		owner, _ := claims.Text("repository_owner")
		claims["aud"] = "https://github.com/" + owner
	}
	return http.StatusOK, map[string]any{"count": 1, "value": i.Sign(claims).Reveal()}
}

// claimsOf returns a copy of the claims of the job that sent this header.
func (i *Issuer) claimsOf(authorization string) (identity.Claims, bool) {
	scheme, token, _ := strings.Cut(authorization, " ")
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, job := range i.jobs {
		if strings.EqualFold(scheme, "Bearer") && job.RequestToken.Equal(secret.New(token)) {
			return maps.Clone(job.claims), true
		}
	}
	return nil, false
}

func refusal(status int, message string) (int, any) {
	return status, map[string]string{"message": message}
}

// GitHubPush returns the claims of a job that a push to main of acme/payments
// started on github.com, without what Sign and the request for the token add.
func GitHubPush() identity.Claims { return githubClaims("github/push") }

// GitHubPullRequest returns the claims of a job for a pull request of
// acme/payments.
func GitHubPullRequest() identity.Claims { return githubClaims("github/pull_request") }

func githubClaims(fixture string) identity.Claims {
	f, _ := identity.LookupFixture(fixture)
	for _, signed := range []string{"iat", "nbf", "exp", "jti"} {
		delete(f.Claims, signed)
	}
	return f.Claims
}
